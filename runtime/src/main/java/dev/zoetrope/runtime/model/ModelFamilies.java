package dev.zoetrope.runtime.model;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.error.ModelException;
import dev.zoetrope.runtime.model.wan.WanModel;
import java.util.Map;
import java.util.TreeMap;

/** The families that this version runs, by the pipeline class that a folder's index names. */
final class ModelFamilies {
    /** Opens a folder of its family; nothing native need be opened yet. */
    @FunctionalInterface
    interface Family {
        @MustBeClosed
        VideoModel open(ModelFolder folder, SessionOpener sessions);
    }

    private static final Map<String, Family> BY_CLASS = new TreeMap<>(Map.of(
            FlipbookModel.PIPELINE_CLASS,
            FlipbookModel::open,
            "WanPipeline",
            WanModel::open,
            "WanImageToVideoPipeline",
            WanModel::open));

    private ModelFamilies() {}

    /** Opens a folder as the family its index names. */
    @MustBeClosed
    @SuppressWarnings("MustBeClosed") // handed on to the caller
    static VideoModel open(ModelFolder folder, SessionOpener sessions) {
        Family family = BY_CLASS.get(folder.pipelineClass());
        if (family == null) {
            throw new ModelException(
                    "model folder " + folder.path() + ": expected _class_name in model_index.json to be" + " one of "
                            + String.join(", ", BY_CLASS.keySet()) + ", found '" + folder.pipelineClass() + "'");
        }
        return SessionSlot.translated(() -> family.open(folder, sessions));
    }
}
