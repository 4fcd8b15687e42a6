package dev.zoetrope.ffm.library;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The search for NVIDIA's libraries, over folders of empty files and a loader that only remembers; the last test is over
 * real ones, where they are named.
 */
class CudaLibrariesTest {
    private static final String[] NEEDED = {
        "libcublasLt.so.13", "libcublas.so.13", "libcurand.so.10", "libcudart.so.13", "libcuda.so.1", "libc.so.6"
    };

    @TempDir
    private Path folder;

    private final List<String> opened = new ArrayList<>();
    private Path core;

    @BeforeEach
    void makeAProvider() throws IOException {
        core = folder.resolve("ort/libonnxruntime.so");
        write(core.resolveSibling(CudaLibraries.PROVIDER), library(NEEDED));
    }

    @Test
    void readsWhatALibraryNeeds() throws IOException {
        assertEquals(List.of(NEEDED), ElfFile.needed(core.resolveSibling(CudaLibraries.PROVIDER)));
        Path text = folder.resolve("text.so");
        Files.writeString(text, "a".repeat(100));
        assertEquals(
                "not a 64-bit ELF file",
                assertThrows(IOException.class, () -> ElfFile.needed(text)).getMessage());
        byte[] cut = library(NEEDED);
        Files.write(text, java.util.Arrays.copyOf(cut, 200));
        assertEquals(
                "a table lies outside the file",
                assertThrows(IOException.class, () -> ElfFile.needed(text)).getMessage());
    }

    @Test
    void readsWhatALibraryOfThisSystemNeeds() throws IOException {
        Path java = Path.of(System.getProperty("java.home"), "lib", "libjava.so");
        assumeTrue(Files.exists(java), "needs Linux");
        assertTrue(ElfFile.needed(java).contains("libjvm.so"), ElfFile.needed(java)::toString);
    }

    @Test
    void loadsInTheOrderInWhichTheyNeedEachOther() throws IOException {
        Path named = folder("named", "cudart.so.13", "cublasLt.so.13", "cublas.so.13", "curand.so.10", "cudnn.so.9");
        var report = search(Map.of("ZOETROPE_CUDA_LIB", named.toString()), "libcuda.so.1", "libnvrtc.so.13");
        assertEquals(
                List.of(
                        "libcuda.so.1",
                        named + "/libcudart.so.13",
                        named + "/libcublasLt.so.13",
                        named + "/libcublas.so.13",
                        named + "/libcurand.so.10",
                        "libnvrtc.so.13",
                        named + "/libcudnn.so.9"),
                opened);
        report.requireComplete();
        assertEquals(
                List.of("libcufft.so.12"),
                report.libraries().stream()
                        .filter(library -> !library.isLoaded())
                        .map(CudaLibrary::fileName)
                        .toList());
    }

    @Test
    void namedFoldersComeBeforeTheSystemAndTheSystemBeforePip() throws IOException {
        Path named = folder("named", "cudart.so.13");
        Path venv = folder.resolve("venv");
        Path pip = folder(
                "venv/lib/python3.12/site-packages/nvidia/cu13/lib",
                "cudart.so.13",
                "cublasLt.so.13",
                "cublas.so.13",
                "curand.so.10");
        Path toolkit = folder("usr/local/cuda-13.0/lib64", "cublas.so.13", "cufft.so.12");
        var report = search(
                Map.of("ZOETROPE_CUDA_LIB", named.toString(), "VIRTUAL_ENV", venv.toString()),
                "libcuda.so.1",
                "libcublasLt.so.13");
        report.requireComplete();
        assertEquals(
                List.of(
                        "libcuda.so.1",
                        named + "/libcudart.so.13",
                        "libcublasLt.so.13",
                        pip + "/libcublas.so.13",
                        pip + "/libcurand.so.10",
                        toolkit + "/libcufft.so.12"),
                opened);
    }

    @Test
    void takesMavensRedistributablesFromTheClassPath() throws IOException {
        Path jar = folder.resolve("redist.jar");
        String inside = "org/bytedeco/cuda/"
                + (Platform.current().architecture().equals("x64") ? "linux-x86_64/" : "linux-arm64/");
        try (var out = new JarOutputStream(Files.newOutputStream(jar))) {
            for (String name : List.of("libcudart.so.13", "libcudnn.so.9", "libcudnn_ops.so.9", "libcudnn_ext.so.9")) {
                out.putNextEntry(new JarEntry(inside + name));
                out.write(name.getBytes(StandardCharsets.UTF_8));
            }
        }
        try (var loader = new URLClassLoader(new URL[] {jar.toUri().toURL()}, null)) {
            var places = new CudaPlaces("", noPython(Map.of()), loader, folder, folder.resolve("cache"));
            var report = new CudaLibraries(places, opener(Set.of("libcuda.so.1"))).search(core);
            Path unpacked = Path.of(report.libraries().get(1).place());
            assertEquals("libcudart.so.13", Files.readString(unpacked));
            assertEquals("libcudnn_ops.so.9", Files.readString(unpacked.resolveSibling("libcudnn_ops.so.9")));
            assertEquals("libcudnn_ext.so.9", Files.readString(unpacked.resolveSibling("libcudnn_ext.so.9")));
        }
    }

    @Test
    void saysThatThereIsNoDriver() {
        var report = search(Map.of());
        assertEquals(
                "no NVIDIA driver: libcuda.so.1 not found; install NVIDIA's driver (in a container: start it with GPU"
                        + " access), or use the CPU provider",
                problem(report));
    }

    @Test
    void saysWhatIsMissingWhereItLookedAndWhatHelps() {
        var report = search(Map.of(), "libcuda.so.1", "libcudart.so.13");
        assertEquals(
                "CUDA libraries: expected libcublasLt.so.13 and libcublas.so.13 and libcurand.so.10 for"
                        + " libonnxruntime_providers_cuda.so, found none; install with `pip install nvidia-cublas"
                        + " nvidia-curand`, or name the folder in ZOETROPE_CUDA_LIB (looked at: ZOETROPE_CUDA_LIB (not set);"
                        + " the system's loader; pip packages of python3; class path (org.bytedeco:cuda-platform-redist); "
                        + folder.resolve("usr/local/cuda*/lib64")
                        + " and CUDA_HOME)",
                problem(report));
    }

    @Test
    void saysWhichOtherVersionItFound() throws IOException {
        Path toolkit = folder("usr/local/cuda-12.9/lib64", "cudart.so.12", "cublas.so.12");
        String problem = problem(search(Map.of(), "libcuda.so.1", "libcublasLt.so.13", "libcurand.so.10"));
        assertTrue(
                problem.startsWith("CUDA libraries: expected libcudart.so.13 and libcublas.so.13 for"
                        + " libonnxruntime_providers_cuda.so, found another major version (" + toolkit
                        + "/libcudart.so.12, " + toolkit + "/libcublas.so.12); install with `"),
                problem);
    }

    @Test
    void aProviderForCuda12WantsPackagesForCuda12() throws IOException {
        write(core.resolveSibling(CudaLibraries.PROVIDER), library("libcudart.so.12", "libcublas.so.12"));
        String problem = problem(search(Map.of()));
        assertTrue(problem.contains("`pip install nvidia-cuda-runtime-cu12 nvidia-cublas-cu12`"), problem);
    }

    @Test
    void saysWhatTheLoaderRefused() throws IOException {
        Path named = folder("named", "cudart.so.13", "broken-cublas.so.13");
        Files.move(named.resolve("libbroken-cublas.so.13"), named.resolve("libcublas.so.13"));
        Files.writeString(named.resolve("libcublas.so.13"), "broken");
        String problem = problem(search(
                Map.of("ZOETROPE_CUDA_LIB", named.toString()), "libcuda.so.1", "libcublasLt.so.13", "libcurand.so.10"));
        assertTrue(
                problem.contains("refused by the loader: " + named + "/libcublas.so.13: file too short; install"),
                problem);
    }

    @Test
    void aSettingThatNamesNoFolderIsAnError() {
        var failure = assertThrows(
                NativeLibraryException.class, () -> search(Map.of("ZOETROPE_CUDA_LIB", "/not/there"), "libcuda.so.1"));
        assertEquals(
                "ZOETROPE_CUDA_LIB: expected folders with CUDA libraries, found `/not/there`, which is no folder",
                failure.getMessage());
    }

    @Test
    void aLibraryWithoutProviderOrWithABrokenOneIsToldApart() throws IOException {
        var none = search(folder.resolve("elsewhere/libonnxruntime.so"), Map.of());
        none.requireComplete();
        assertEquals(List.of(), none.libraries());
        Path provider = core.resolveSibling(CudaLibraries.PROVIDER);
        Files.writeString(provider, "no library, but long enough to have the header of one: 64 bytes.....");
        var failure = assertThrows(NativeLibraryException.class, () -> search(Map.of()));
        assertEquals(
                provider + ": expected the CUDA provider of ONNX Runtime, found a file that is none (not a 64-bit ELF"
                        + " file)",
                failure.getMessage());
    }

    /** Loads what {@code ZOETROPE_TEST_CUDA_ORT}, a CUDA build of ONNX Runtime, uses; no GPU is needed. */
    @Test
    void loadsRealLibraries() {
        String named = System.getenv("ZOETROPE_TEST_CUDA_ORT");
        assumeTrue(named != null, "needs a CUDA build of ONNX Runtime, named in ZOETROPE_TEST_CUDA_ORT");
        CudaLibraries.Report report = CudaLibraries.load(Path.of(named));
        assertEquals(
                List.of(),
                report.missing().stream()
                        .filter(library -> !library.fileName().equals("libcuda.so.1"))
                        .toList());
    }

    private CudaLibraries.Report search(Map<String, String> environment, String... ofSystem) {
        return search(core, environment, ofSystem);
    }

    private CudaLibraries.Report search(Path library, Map<String, String> environment, String... ofSystem) {
        var places = new CudaPlaces(
                "", noPython(environment), new URLClassLoader(new URL[0], null), folder, folder.resolve("cache"));
        return new CudaLibraries(places, opener(Set.of(ofSystem))).search(library);
    }

    /** Otherwise what the Python of this machine has would be found too. */
    private Map<String, String> noPython(Map<String, String> environment) {
        var all = new java.util.HashMap<>(environment);
        all.put("PATH", folder.toString());
        all.put("PYTHONPATH", "");
        all.put("PYTHONHOME", folder.toString());
        return all;
    }

    private CudaLibraries.Opener opener(Set<String> ofSystem) {
        return new CudaLibraries.Opener() {
            @Override
            public String byName(String fileName) {
                if (ofSystem.contains(fileName)) {
                    opened.add(fileName);
                    return "/lib/" + fileName;
                }
                return "";
            }

            @Override
            public String byPath(Path file) {
                try {
                    if (Files.readString(file).equals("broken")) {
                        return file + ": file too short";
                    }
                } catch (IOException e) {
                    return e.toString();
                }
                opened.add(file.toString());
                return "";
            }
        };
    }

    private static String problem(CudaLibraries.Report report) {
        return String.valueOf(assertThrows(NativeLibraryException.class, report::requireComplete)
                .getMessage());
    }

    private Path folder(String name, String... libraries) throws IOException {
        Path made = Files.createDirectories(folder.resolve(name));
        for (String library : libraries) {
            Files.writeString(made.resolve("lib" + library), "");
        }
        return made;
    }

    private static void write(Path file, byte[] bytes) throws IOException {
        Files.createDirectories(file.getParent());
        Files.write(file, bytes);
    }

    /** A shared library of headers and a dynamic section alone. */
    private static byte[] library(String... needed) {
        int dynamicAt = 64 + 2 * 56;
        int stringsAt = dynamicAt + (needed.length + 2) * 16;
        var names = new StringBuilder("\0");
        ByteBuffer file = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
        long loadedAt = 0x10000;
        file.position(dynamicAt);
        for (String name : needed) {
            file.putLong(1).putLong(names.length());
            names.append(name).append('\0');
        }
        file.putLong(5).putLong(loadedAt + stringsAt);
        file.putLong(0).putLong(0);
        file.put(names.toString().getBytes(StandardCharsets.UTF_8));
        file.putInt(0, 0x464C457F).put(4, (byte) 2).put(5, (byte) 1);
        file.putLong(32, 64).putShort(54, (short) 56).putShort(56, (short) 2);
        segment(file, 64, 1, 0, loadedAt, 4096);
        segment(file, 64 + 56, 2, dynamicAt, loadedAt + dynamicAt, (needed.length + 2) * 16L);
        return file.array();
    }

    private static void segment(ByteBuffer file, int at, int type, long offset, long address, long size) {
        file.putInt(at, type).putLong(at + 8, offset).putLong(at + 16, address).putLong(at + 32, size);
    }
}
