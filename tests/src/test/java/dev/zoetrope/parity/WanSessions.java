package dev.zoetrope.parity;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.ffm.ort.Environment;
import dev.zoetrope.ffm.ort.EnvironmentOptions;
import dev.zoetrope.ffm.ort.LogLevel;
import dev.zoetrope.ffm.ort.Session;
import dev.zoetrope.ffm.ort.SessionOptions;
import dev.zoetrope.graph.export.OnnxModel;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Opens the sessions that a part of a model asks for, and closes them all. */
final class WanSessions implements Function<OnnxModel, Supplier<Session>>, AutoCloseable {
    private final Environment environment = Environment.open(new EnvironmentOptions(1, false, LogLevel.FATAL));
    private final List<Session> opened = new ArrayList<>();

    @MustBeClosed
    @SuppressWarnings("MustBeClosed") // close() closes the environment
    WanSessions() {}

    @Override
    public Supplier<Session> apply(OnnxModel model) {
        SessionOptions options =
                SessionOptions.of(model.name()).withMemoryPattern(false).withExternalDataFolder(model.weightFolder());
        return new Supplier<>() {
            private @Nullable Session session;

            @Override
            @SuppressWarnings("MustBeClosed") // close() closes it
            public Session get() {
                Session known = session;
                if (known == null) {
                    known = Session.open(environment, options, model.bytes());
                    opened.add(known);
                    session = known;
                }
                return known;
            }
        };
    }

    @Override
    public void close() {
        opened.forEach(Session::close);
        environment.close();
    }
}
