package dev.zoetrope.ffm.ort;

import dev.zoetrope.ffm.cuda.CudaStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/**
 * How the CUDA provider works.
 *
 * <p>The defaults differ from ONNX Runtime's where those trade accuracy or start-up time for speed unasked: no TF32, so
 * that float32 is float32, and convolutions chosen by heuristic instead of by trying all.
 *
 * @param tensorFloat32 whether float32 products may be rounded to TF32, with 10 bits of mantissa
 * @param convolutionSearch how cuDNN's algorithm for a convolution is chosen
 * @param convolutionMaxWorkspace whether cuDNN may take as much scratch memory as its fastest algorithm wants
 * @param fuseConvolutionBias whether a convolution and its bias become one cuDNN call
 * @param preferChannelsLast whether convolutions are rewritten to NHWC, the layout of tensor cores
 * @param attentionKernels kernels that attention may use; empty for the library's own choice
 * @param arenaStrategy how the memory arena grows
 * @param memoryLimitBytes most memory the arena may take; weights count, cuDNN's and cuBLAS's scratch does not
 * @param unifiedStream whether all sessions' threads share one stream and one arena
 * @param stream the stream to work in, in place of the library's own
 * @param cudaGraph whether runs are recorded and replayed; see {@code gpu_graph_id} of {@link Binding#setRunEntry}
 */
public record CudaOptions(
        boolean tensorFloat32,
        ConvolutionSearch convolutionSearch,
        boolean convolutionMaxWorkspace,
        boolean fuseConvolutionBias,
        boolean preferChannelsLast,
        Set<AttentionKernel> attentionKernels,
        ArenaStrategy arenaStrategy,
        OptionalLong memoryLimitBytes,
        boolean unifiedStream,
        Optional<CudaStream> stream,
        boolean cudaGraph) {

    /** How cuDNN's algorithm for a convolution is chosen. */
    public enum ConvolutionSearch {
        /** By cuDNN's model of the GPU. */
        HEURISTIC,
        /** By running all of them once for every shape: slow to start. */
        EXHAUSTIVE,
        /** Always the same one. */
        DEFAULT
    }

    /** A kernel for attention, as the provider names them. */
    public enum AttentionKernel {
        FLASH(1),
        MEMORY_EFFICIENT(2),
        TENSORRT_FUSED(4),
        CUDNN(8),
        MATH(16);

        private final int bit;

        AttentionKernel(int bit) {
            this.bit = bit;
        }
    }

    /** How the memory arena grows. */
    public enum ArenaStrategy {
        /** By what was asked for. */
        SAME_AS_REQUESTED("kSameAsRequested"),
        /** By powers of two: fewer allocations, up to twice the memory. */
        NEXT_POWER_OF_TWO("kNextPowerOfTwo");

        private final String nativeName;

        ArenaStrategy(String nativeName) {
            this.nativeName = nativeName;
        }
    }

    /** Copies the set. */
    public CudaOptions {
        attentionKernels = Set.copyOf(attentionKernels);
        if (memoryLimitBytes.isPresent() && memoryLimitBytes.getAsLong() <= 0) {
            throw new IllegalArgumentException(
                    "memoryLimitBytes: expected more than 0, found " + memoryLimitBytes.getAsLong());
        }
    }

    /** Exact float32, heuristic search, an arena that grows by what is asked for, the library's own stream. */
    public static CudaOptions defaults() {
        return new CudaOptions(
                false,
                ConvolutionSearch.HEURISTIC,
                true,
                false,
                false,
                Set.of(),
                ArenaStrategy.SAME_AS_REQUESTED,
                OptionalLong.empty(),
                false,
                Optional.empty(),
                false);
    }

    /** As this, with or without TF32. */
    public CudaOptions withTensorFloat32(boolean enabled) {
        return new CudaOptions(
                enabled,
                convolutionSearch,
                convolutionMaxWorkspace,
                fuseConvolutionBias,
                preferChannelsLast,
                attentionKernels,
                arenaStrategy,
                memoryLimitBytes,
                unifiedStream,
                stream,
                cudaGraph);
    }

    /** As this, with convolutions chosen otherwise. */
    public CudaOptions withConvolutionSearch(ConvolutionSearch search) {
        return new CudaOptions(
                tensorFloat32,
                search,
                convolutionMaxWorkspace,
                fuseConvolutionBias,
                preferChannelsLast,
                attentionKernels,
                arenaStrategy,
                memoryLimitBytes,
                unifiedStream,
                stream,
                cudaGraph);
    }

    /** As this, with or without limits on cuDNN's scratch memory. */
    public CudaOptions withConvolutionMaxWorkspace(boolean enabled) {
        return new CudaOptions(
                tensorFloat32,
                convolutionSearch,
                enabled,
                fuseConvolutionBias,
                preferChannelsLast,
                attentionKernels,
                arenaStrategy,
                memoryLimitBytes,
                unifiedStream,
                stream,
                cudaGraph);
    }

    /** As this, with convolutions and biases fused or apart. */
    public CudaOptions withFuseConvolutionBias(boolean enabled) {
        return new CudaOptions(
                tensorFloat32,
                convolutionSearch,
                convolutionMaxWorkspace,
                enabled,
                preferChannelsLast,
                attentionKernels,
                arenaStrategy,
                memoryLimitBytes,
                unifiedStream,
                stream,
                cudaGraph);
    }

    /** As this, with convolutions in NHWC or as the graph has them. */
    public CudaOptions withPreferChannelsLast(boolean enabled) {
        return new CudaOptions(
                tensorFloat32,
                convolutionSearch,
                convolutionMaxWorkspace,
                fuseConvolutionBias,
                enabled,
                attentionKernels,
                arenaStrategy,
                memoryLimitBytes,
                unifiedStream,
                stream,
                cudaGraph);
    }

    /** As this, with attention by one of those kernels. */
    public CudaOptions withAttentionKernels(Set<AttentionKernel> kernels) {
        return new CudaOptions(
                tensorFloat32,
                convolutionSearch,
                convolutionMaxWorkspace,
                fuseConvolutionBias,
                preferChannelsLast,
                kernels,
                arenaStrategy,
                memoryLimitBytes,
                unifiedStream,
                stream,
                cudaGraph);
    }

    /** As this, with an arena that grows otherwise. */
    public CudaOptions withArenaStrategy(ArenaStrategy strategy) {
        return new CudaOptions(
                tensorFloat32,
                convolutionSearch,
                convolutionMaxWorkspace,
                fuseConvolutionBias,
                preferChannelsLast,
                attentionKernels,
                strategy,
                memoryLimitBytes,
                unifiedStream,
                stream,
                cudaGraph);
    }

    /** As this, with an arena of at most that size. */
    public CudaOptions withMemoryLimit(long bytes) {
        return new CudaOptions(
                tensorFloat32,
                convolutionSearch,
                convolutionMaxWorkspace,
                fuseConvolutionBias,
                preferChannelsLast,
                attentionKernels,
                arenaStrategy,
                OptionalLong.of(bytes),
                unifiedStream,
                stream,
                cudaGraph);
    }

    /** As this, with one stream for all or one for each. */
    public CudaOptions withUnifiedStream(boolean enabled) {
        return new CudaOptions(
                tensorFloat32,
                convolutionSearch,
                convolutionMaxWorkspace,
                fuseConvolutionBias,
                preferChannelsLast,
                attentionKernels,
                arenaStrategy,
                memoryLimitBytes,
                enabled,
                stream,
                cudaGraph);
    }

    /** As this, in that stream. A session opened so keeps it from being closed until the session is. */
    public CudaOptions withStream(CudaStream owned) {
        return new CudaOptions(
                tensorFloat32,
                convolutionSearch,
                convolutionMaxWorkspace,
                fuseConvolutionBias,
                preferChannelsLast,
                attentionKernels,
                arenaStrategy,
                memoryLimitBytes,
                unifiedStream,
                Optional.of(owned),
                cudaGraph);
    }

    /**
     * As this, with runs recorded and replayed or launched one by one. A recorded run is of the addresses that were
     * bound: see docs/native.md for what it asks of model and binding.
     */
    public CudaOptions withCudaGraph(boolean enabled) {
        return new CudaOptions(
                tensorFloat32,
                convolutionSearch,
                convolutionMaxWorkspace,
                fuseConvolutionBias,
                preferChannelsLast,
                attentionKernels,
                arenaStrategy,
                memoryLimitBytes,
                unifiedStream,
                stream,
                enabled);
    }

    /**
     * The options under ONNX Runtime's names. The stream is not among them: it is a pointer, and goes its own way.
     */
    public Map<String, String> entries() {
        Map<String, String> entries = new LinkedHashMap<>();
        entries.put("use_tf32", flag(tensorFloat32));
        entries.put("cudnn_conv_algo_search", convolutionSearch.name());
        entries.put("cudnn_conv_use_max_workspace", flag(convolutionMaxWorkspace));
        entries.put("fuse_conv_bias", flag(fuseConvolutionBias));
        entries.put("prefer_nhwc", flag(preferChannelsLast));
        entries.put(
                "sdpa_kernel",
                Integer.toString(
                        attentionKernels.stream().mapToInt(kernel -> kernel.bit).sum()));
        entries.put("arena_extend_strategy", arenaStrategy.nativeName);
        memoryLimitBytes.ifPresent(bytes -> entries.put("gpu_mem_limit", Long.toString(bytes)));
        entries.put("use_ep_level_unified_stream", flag(unifiedStream));
        entries.put("enable_cuda_graph", flag(cudaGraph));
        return entries;
    }

    private static String flag(boolean enabled) {
        return enabled ? "1" : "0";
    }

    /** For logs and reports: {@code name=value} pairs in the order of their names. */
    @Override
    public String toString() {
        var pairs = new TreeSet<String>();
        entries().forEach((name, value) -> pairs.add(name + "=" + value));
        stream.ifPresent(own -> pairs.add("user_compute_stream=0x" + Long.toHexString(own.handle())));
        return String.join(" ", pairs);
    }
}
