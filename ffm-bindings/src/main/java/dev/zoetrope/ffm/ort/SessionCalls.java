package dev.zoetrope.ffm.ort;

import dev.zoetrope.ffm.generated.onnxruntime.OrtApi;
import dev.zoetrope.ffm.memory.NativeText;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/** The C functions that make, end and free an {@code OrtSession}. */
final class SessionCalls {
    private final OrtLibrary library;
    private final MemorySegment api;
    private final String model;

    SessionCalls(OrtLibrary library, String model) {
        this.library = library;
        this.api = library.api();
        this.model = model;
    }

    MemorySegment create(MemorySegment environment, MemorySegment options, byte[] modelProtobuf) {
        // The library parses the bytes into its own graph, so they are needed during the call only.
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment bytes = scratch.allocate(Math.max(1, modelProtobuf.length));
            MemorySegment.copy(MemorySegment.ofArray(modelProtobuf), 0, bytes, 0, modelProtobuf.length);
            return library.create(
                    "CreateSessionFromArray",
                    model,
                    out -> OrtApi.CreateSessionFromArray.invoke(
                            OrtApi.CreateSessionFromArray(api),
                            environment,
                            bytes,
                            modelProtobuf.length,
                            options,
                            out));
        }
    }

    MemorySegment create(MemorySegment environment, MemorySegment options, Path modelFile) {
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment path = NativeText.allocatePath(scratch, modelFile);
            return library.create(
                    "CreateSession",
                    model,
                    out -> OrtApi.CreateSession.invoke(OrtApi.CreateSession(api), environment, path, options, out));
        }
    }

    String endProfiling(MemorySegment session) {
        MemorySegment allocator = library.allocator();
        return library.text(
                "SessionEndProfiling",
                model,
                out -> OrtApi.SessionEndProfiling.invoke(OrtApi.SessionEndProfiling(api), session, allocator, out));
    }

    void release(MemorySegment session) {
        OrtApi.ReleaseSession.invoke(OrtApi.ReleaseSession(api), session);
    }
}
