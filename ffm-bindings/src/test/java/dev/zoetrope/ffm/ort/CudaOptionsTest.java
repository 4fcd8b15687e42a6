package dev.zoetrope.ffm.ort;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.zoetrope.ffm.cuda.FakeCuda;
import dev.zoetrope.ffm.ort.CudaOptions.ArenaStrategy;
import dev.zoetrope.ffm.ort.CudaOptions.AttentionKernel;
import dev.zoetrope.ffm.ort.CudaOptions.ConvolutionSearch;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CudaOptionsTest {
    @Test
    void defaultsAreForParity() {
        assertEquals(
                "arena_extend_strategy=kSameAsRequested cudnn_conv_algo_search=HEURISTIC cudnn_conv_use_max_workspace=1"
                        + " enable_cuda_graph=0 fuse_conv_bias=0 prefer_nhwc=0 sdpa_kernel=0 use_ep_level_unified_stream=0"
                        + " use_tf32=0",
                CudaOptions.defaults().toString());
    }

    @Test
    void everyOptionReachesItsName() {
        CudaOptions options = CudaOptions.defaults()
                .withTensorFloat32(true)
                .withConvolutionSearch(ConvolutionSearch.EXHAUSTIVE)
                .withConvolutionMaxWorkspace(false)
                .withFuseConvolutionBias(true)
                .withPreferChannelsLast(true)
                .withAttentionKernels(Set.of(AttentionKernel.FLASH, AttentionKernel.CUDNN))
                .withArenaStrategy(ArenaStrategy.NEXT_POWER_OF_TWO)
                .withMemoryLimit(5_000_000_000L)
                .withUnifiedStream(true)
                .withCudaGraph(true);
        assertEquals(
                "arena_extend_strategy=kNextPowerOfTwo cudnn_conv_algo_search=EXHAUSTIVE cudnn_conv_use_max_workspace=0"
                        + " enable_cuda_graph=1 fuse_conv_bias=1 gpu_mem_limit=5000000000 prefer_nhwc=1 sdpa_kernel=9"
                        + " use_ep_level_unified_stream=1 use_tf32=1",
                options.toString());
        assertThrows(IllegalArgumentException.class, () -> options.withMemoryLimit(0));
    }

    @Test
    void aStreamMustBeOfTheSessionsGpu() {
        try (var context = FakeCuda.withDevices(2).open().openContext(1);
                var stream = context.createStream()) {
            CudaOptions options = CudaOptions.defaults().withStream(stream);
            assertTrue(options.toString().endsWith(" user_compute_stream=0x" + Long.toHexString(stream.handle())));
            var failure = assertThrows(IllegalArgumentException.class, () -> new Provider.Cuda(0, options));
            assertEquals(
                    "stream: expected one of GPU 0, where the session computes, found one of GPU 1",
                    failure.getMessage());
        }
    }

    @Test
    void aSessionThatDoesNotOpenGivesItsStreamBack() {
        try (var environment = Environment.open(EnvironmentOptions.defaults());
                var context = FakeCuda.withDevices(1).open().openContext(0);
                var stream = context.createStream()) {
            assumeFalse(
                    environment.availableProviders().contains("CUDAExecutionProvider"), "needs a library without CUDA");
            var provider = new Provider.Cuda(0, CudaOptions.defaults().withStream(stream));
            var options = SessionOptions.of("add").withProvider(provider);
            assertThrows(
                    OrtException.class,
                    () -> Session.open(environment, options, TinyModel.add()).close());
            // Closing the stream, at the end of this block, would throw if the session still had it.
        }
    }

    @Test
    @SuppressWarnings("try") // closes early: that is part of the test
    void memoryOfAGpuIsATensorWhileItIsOpen() {
        try (var context = FakeCuda.withDevices(1).open().openContext(0);
                var device = context.allocateDevice(64);
                var mapped = context.allocateMapped(64)) {
            Tensor tail = Tensor.viewDevice(device, 16, ElementType.FLOAT32, 3, 4);
            assertEquals(device.devicePointer() + 16, tail.address());
            assertEquals(0, tail.cudaDevice());
            assertEquals(
                    "tensor memory: expected 52 bytes for FLOAT32 [13], found 48",
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> Tensor.viewDevice(device, 16, ElementType.FLOAT32, 13))
                            .getMessage());
            assertThrows(IllegalArgumentException.class, () -> Tensor.viewDevice(device, -4, ElementType.FLOAT32, 1));

            MemorySegment slice = mapped.segment().asSlice(32);
            Tensor shared = Tensor.viewMapped(mapped, slice, ElementType.FLOAT32, 8);
            assertEquals(mapped.devicePointer() + 32, shared.address());
            assertThrows(
                    IllegalArgumentException.class, () -> Tensor.viewMapped(mapped, slice, ElementType.FLOAT32, 9));

            assertTrue(tail.isAlive() && shared.isAlive());
            device.close();
            mapped.close();
            assertTrue(!tail.isAlive() && !shared.isAlive());
        }
    }
}
