package dev.zoetrope.ffm.library;

import java.io.IOException;
import java.net.URL;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds the ONNX Runtime library.
 *
 * <p>In this order: the system property {@code zoetrope.ort.lib}, the environment variable {@code ZOETROPE_ORT_LIB}
 * (both name a file), the {@code onnxruntime_gpu} jar, the {@code onnxruntime} jar. A setting that names a bad file is an
 * error, not a reason to go on searching: who set it wants that library or none.
 */
public final class OnnxRuntimeSearch {
    /** System property that names the library file. */
    public static final String PROPERTY = "zoetrope.ort.lib";

    /** Environment variable that names the library file. */
    public static final String VARIABLE = "ZOETROPE_ORT_LIB";

    private static final String CUDA_PROVIDER = "onnxruntime_providers_cuda";
    private static final String SHARED_PROVIDERS = "onnxruntime_providers_shared";

    private final Platform platform;
    private final String property;
    private final Map<String, String> environment;
    private final ClassLoader loader;
    private final Path cacheFolder;

    OnnxRuntimeSearch(
            Platform platform, String property, Map<String, String> environment, ClassLoader loader, Path cacheFolder) {
        this.platform = platform;
        this.property = property;
        this.environment = Map.copyOf(environment);
        this.loader = loader;
        this.cacheFolder = cacheFolder;
    }

    /** A search with this process's settings and class path. */
    public static OnnxRuntimeSearch current() {
        ClassLoader own = OnnxRuntimeSearch.class.getClassLoader();
        return new OnnxRuntimeSearch(
                Platform.current(),
                System.getProperty(PROPERTY, ""),
                System.getenv(),
                own == null ? ClassLoader.getSystemClassLoader() : own,
                CacheFolder.current());
    }

    /**
     * The library to open, unpacked if it lies in a jar.
     *
     * @throws NativeLibraryException if there is none; the message lists where it was looked for
     */
    public LibraryLocation find() {
        if (!property.isBlank()) {
            return fromSetting("system property " + PROPERTY, property);
        }
        String variable = environment.getOrDefault(VARIABLE, "");
        if (!variable.isBlank()) {
            return fromSetting("environment variable " + VARIABLE, variable);
        }
        String folder = "ai/onnxruntime/native/" + platform.folder() + "/";
        String core = platform.libraryFile("onnxruntime");
        List<URL> found = resources(folder + core);
        Optional<List<NativeResource>> gpu = found.stream()
                .map(this::withProviders)
                .filter(files -> files.size() > 1)
                .findFirst();
        if (gpu.isPresent()) {
            return unpack("onnxruntime_gpu jar", gpu.get());
        }
        if (!found.isEmpty()) {
            return unpack("onnxruntime jar", List.of(new NativeResource(core, found.getFirst())));
        }
        throw new NativeLibraryException("ONNX Runtime library: expected one for " + platform.folder()
                + ", found none. Looked at: system property " + PROPERTY + " (not set), environment variable "
                + VARIABLE
                + " (not set), class path resource " + folder + core + " (not there). Add the dependency"
                + " com.microsoft.onnxruntime:onnxruntime:1.29.0 (or onnxruntime_gpu), or set " + VARIABLE
                + " to the path of a " + core + " of version 1.29 or newer");
    }

    private static LibraryLocation fromSetting(String source, String value) {
        try {
            return new LibraryLocation(Path.of(value).toAbsolutePath(), source, "");
        } catch (InvalidPathException e) {
            throw new NativeLibraryException(source + ": expected a path, found `" + value + "`", e);
        }
    }

    private LibraryLocation unpack(String source, List<NativeResource> files) {
        LibraryCache.Unpacked unpacked = new LibraryCache(cacheFolder.resolve("native")).unpack(files);
        return new LibraryLocation(
                unpacked.folder().resolve(files.getFirst().fileName()),
                source,
                unpacked.hashes().getFirst());
    }

    /** The core library and, in the GPU jar, the provider libraries which it opens from its own folder. */
    private List<NativeResource> withProviders(URL core) {
        List<NativeResource> files = new ArrayList<>();
        String coreFile = platform.libraryFile("onnxruntime");
        files.add(new NativeResource(coreFile, core));
        String base = core.toString().substring(0, core.toString().length() - coreFile.length());
        List<URL> providers = new ArrayList<>();
        for (String name : List.of(SHARED_PROVIDERS, CUDA_PROVIDER)) {
            String resource = "ai/onnxruntime/native/" + platform.folder() + "/" + platform.libraryFile(name);
            for (URL candidate : resources(resource)) {
                if (candidate.toString().startsWith(base)) {
                    providers.add(candidate);
                    files.add(new NativeResource(platform.libraryFile(name), candidate));
                }
            }
        }
        return providers.size() == 2 ? files : files.subList(0, 1);
    }

    private List<URL> resources(String name) {
        try {
            return Collections.list(loader.getResources(name));
        } catch (IOException e) {
            throw new NativeLibraryException("class path resource " + name + ": expected readable, found " + e, e);
        }
    }
}
