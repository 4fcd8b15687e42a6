package dev.zoetrope.runtime.model;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.graph.export.OnnxModel;
import dev.zoetrope.runtime.error.ModelException;
import dev.zoetrope.runtime.model.wan.WanGraphs;
import dev.zoetrope.runtime.model.wan.WanModel;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/** The families that this version runs, by the pipeline class that a folder's index names. */
final class ModelFamilies {
    /**
     * A family.
     *
     * @param opener opens a folder; nothing native need be opened yet
     * @param graphs builds every graph of a folder, by the name of the file that it is exported as
     */
    private record Family(Opener opener, Function<ModelFolder, SortedMap<String, OnnxModel>> graphs) {}

    private interface Opener {
        @MustBeClosed
        VideoModel open(ModelFolder folder, SessionOpener sessions);
    }

    private static final Family WAN = new Family(WanModel::open, WanGraphs::of);

    private static final Map<String, Family> BY_CLASS = new TreeMap<>(Map.of(
            FlipbookModel.PIPELINE_CLASS,
            new Family(FlipbookModel::open, FlipbookModel::graphs),
            "WanPipeline",
            WAN,
            "WanImageToVideoPipeline",
            WAN));

    private ModelFamilies() {}

    /** Opens a folder as the family its index names. */
    @MustBeClosed
    @SuppressWarnings("MustBeClosed") // handed on to the caller
    static VideoModel open(ModelFolder folder, SessionOpener sessions) {
        Family family = familyOf(folder);
        return SessionSlot.translated(() -> family.opener().open(folder, sessions));
    }

    /** Builds every graph of a folder, by file name such as {@code vae/decoder.onnx}; a damaged folder is refused. */
    static SortedMap<String, OnnxModel> graphs(ModelFolder folder) {
        Family family = familyOf(folder);
        return SessionSlot.translated(() -> family.graphs().apply(folder));
    }

    private static Family familyOf(ModelFolder folder) {
        Family family = BY_CLASS.get(folder.pipelineClass());
        if (family == null) {
            throw new ModelException(
                    "model folder " + folder.path() + ": expected _class_name in model_index.json to be one of "
                            + String.join(", ", BY_CLASS.keySet()) + ", found '" + folder.pipelineClass() + "'");
        }
        return family;
    }
}
