package dev.zoetrope.ffm.ort;

import com.google.errorprone.annotations.MustBeClosed;
import dev.zoetrope.ffm.cuda.CudaStream;
import dev.zoetrope.ffm.memory.Lifetime;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * An opened model.
 *
 * <p>Owned by the caller, thread-safe; bindings made from it may run at the same time. {@link #close()} refuses new
 * work, asks runs in flight to stop, waits for them, then frees bindings, session and its share in the environment, in
 * this order. Memory bound by the caller stays the caller's.
 */
public final class Session implements AutoCloseable {
    private final SharedEnvironment shared;
    private final SessionOptions options;
    private final MemorySegment pointer;
    private final List<ValueInfo> inputs;
    private final List<ValueInfo> outputs;
    private final ModelMetadata metadata;
    private final Lifetime lifetime;
    private final Set<Binding> bindings = new LinkedHashSet<>();

    private Session(SharedEnvironment shared, SessionOptions options, MemorySegment pointer) {
        this.shared = shared;
        this.options = options;
        this.pointer = pointer;
        var model = new ModelCalls(shared.library(), options.modelName(), pointer);
        this.inputs = model.inputs();
        this.outputs = model.outputs();
        this.metadata = model.metadata();
        this.lifetime = new Lifetime("Session " + options.modelName());
    }

    /**
     * Opens a model that lies in memory as a serialized {@code ModelProto}. The caller closes the session.
     *
     * @throws OrtException if the library refuses it
     */
    @MustBeClosed
    public static Session open(Environment environment, SessionOptions options, byte[] modelProtobuf) {
        return open(
                environment,
                options,
                (session, pointers) -> session.create(pointers.environment(), pointers.options(), modelProtobuf));
    }

    /**
     * Opens a model file. The caller closes the session.
     *
     * @throws OrtException if the library refuses it, or there is no such file
     */
    @MustBeClosed
    public static Session open(Environment environment, SessionOptions options, Path modelFile) {
        return open(
                environment,
                options,
                (session, pointers) -> session.create(pointers.environment(), pointers.options(), modelFile));
    }

    private record Pointers(MemorySegment environment, MemorySegment options) {}

    @MustBeClosed
    private static Session open(
            Environment environment, SessionOptions options, BiFunction<SessionCalls, Pointers, MemorySegment> create) {
        SharedEnvironment shared = environment.retain();
        try {
            return openWithStream(shared, options, create);
        } catch (RuntimeException e) {
            shared.release();
            throw e;
        }
    }

    @MustBeClosed
    private static Session openWithStream(
            SharedEnvironment shared,
            SessionOptions options,
            BiFunction<SessionCalls, Pointers, MemorySegment> create) {
        stream(options).ifPresent(CudaStream::lend);
        try {
            NativeLog.forgetErrors();
            var calls = new SessionCalls(shared.library(), options.modelName());
            MemorySegment pointer = createNative(shared, options, calls, create);
            try {
                return new Session(shared, options, pointer);
            } catch (RuntimeException e) {
                calls.release(pointer);
                throw e;
            }
        } catch (RuntimeException e) {
            stream(options).ifPresent(CudaStream::giveBack);
            throw e;
        }
    }

    private static Optional<CudaStream> stream(SessionOptions options) {
        return options.provider() instanceof Provider.Cuda cuda ? cuda.options().stream() : Optional.empty();
    }

    private static MemorySegment createNative(
            SharedEnvironment shared,
            SessionOptions options,
            SessionCalls calls,
            BiFunction<SessionCalls, Pointers, MemorySegment> create) {
        var optionsCalls = new SessionOptionsCalls(shared.library(), options.modelName());
        MemorySegment nativeOptions =
                optionsCalls.create(options, shared.options().logLevel());
        try {
            return create.apply(calls, new Pointers(shared.pointer(), nativeOptions));
        } finally {
            optionsCalls.release(nativeOptions);
        }
    }

    /** What must be bound before a run, in the model's order. */
    public List<ValueInfo> inputs() {
        return inputs;
    }

    /** What may be bound to receive results, in the model's order. */
    public List<ValueInfo> outputs() {
        return outputs;
    }

    /** What the model says about itself. */
    public ModelMetadata metadata() {
        return metadata;
    }

    /** The name given in the options. */
    public String modelName() {
        return options.modelName();
    }

    /** The options it was opened with. */
    public SessionOptions options() {
        return options;
    }

    /** A binding without tensors. The caller closes it, or this session does. */
    @MustBeClosed
    @SuppressWarnings("MustBeClosed") // the set does not own it alone: the caller's close() removes it
    public Binding createBinding() {
        lifetime.enter();
        try {
            var binding = new Binding(this);
            synchronized (bindings) {
                bindings.add(binding);
            }
            return binding;
        } finally {
            lifetime.leave();
        }
    }

    /** Whether there is a binding that is not closed: somebody is about to run. */
    public boolean hasBindings() {
        return !bindings().isEmpty();
    }

    /**
     * Ends profiling and returns the file written. Only for sessions opened with a profile prefix.
     *
     * @throws IllegalStateException if the options have no profile prefix
     */
    public Path endProfiling() {
        if (options.profilePrefix().isEmpty()) {
            throw new IllegalStateException("endProfiling (model " + modelName()
                    + "): expected options with a profile prefix, found none; see SessionOptions.withProfilePrefix");
        }
        lifetime.enter();
        try {
            return Path.of(new SessionCalls(shared.library(), modelName()).endProfiling(pointer));
        } finally {
            lifetime.leave();
        }
    }

    /**
     * Which provider runs each node, after the basic rewriting of the graph and before a provider's own fusions. Only for
     * sessions opened with node placement.
     *
     * @throws IllegalStateException if the options are without it, or the session is closed
     */
    public List<NodePlacement> nodePlacement() {
        if (!options.hasNodePlacement()) {
            throw new IllegalStateException("nodePlacement (model " + modelName()
                    + "): expected options that record it, found none; see SessionOptions.withNodePlacement");
        }
        lifetime.enter();
        try {
            return new PlacementCalls(shared.library(), modelName()).of(pointer);
        } finally {
            lifetime.leave();
        }
    }

    /** Asks every run in flight to stop at the next operator; it then ends with a cancellation exception. */
    public void cancelRuns() {
        for (Binding binding : bindings()) {
            binding.cancel();
        }
    }

    /** Closes in the order the class comment gives. Closing twice is harmless. */
    @Override
    public void close() {
        if (!lifetime.beginClose()) {
            return;
        }
        try {
            cancelRuns();
            lifetime.awaitIdle();
            for (Binding binding : bindings()) {
                binding.close();
            }
            new SessionCalls(shared.library(), modelName()).release(pointer);
            stream(options).ifPresent(CudaStream::giveBack);
            shared.release();
        } finally {
            lifetime.endClose();
        }
    }

    private List<Binding> bindings() {
        synchronized (bindings) {
            return List.copyOf(bindings);
        }
    }

    void forget(Binding binding) {
        synchronized (bindings) {
            bindings.remove(binding);
        }
    }

    Lifetime lifetime() {
        return lifetime;
    }

    OrtLibrary library() {
        return shared.library();
    }

    MemorySegment pointer() {
        return pointer;
    }
}
