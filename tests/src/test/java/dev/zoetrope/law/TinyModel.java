package dev.zoetrope.law;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.runtime.model.ModelFolder;
import dev.zoetrope.runtime.model.NativeRuntime;
import dev.zoetrope.runtime.model.VideoModel;
import java.nio.file.Path;

/** The committed folder of small random weights: every network of flipbook, quick to run. */
public final class TinyModel implements AutoCloseable {
    private final NativeRuntime runtime;
    private final VideoModel model;

    @MustBeClosed
    @SuppressWarnings("MustBeClosed") // close() closes both
    TinyModel() {
        runtime = NativeRuntime.open(2, false);
        model = runtime.openModel(ModelFolder.open(folder()), false);
    }

    /** Its folder. */
    public static Path folder() {
        return Path.of(System.getProperty("zoetrope.root"), "tests/src/test/resources/golden/flipbook/tiny");
    }

    VideoModel model() {
        return model;
    }

    @Override
    public void close() {
        model.close();
        runtime.close();
    }
}
