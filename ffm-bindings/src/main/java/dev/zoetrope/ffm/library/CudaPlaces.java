package dev.zoetrope.ffm.library;

import java.io.IOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The folders in which people have NVIDIA's libraries.
 *
 * @param property value of the system property {@link CudaLibraries#PROPERTY}
 * @param environment environment variables
 * @param loader where Maven's redistributables would be
 * @param root where the file system begins
 * @param cacheFolder where jars are unpacked
 */
record CudaPlaces(String property, Map<String, String> environment, ClassLoader loader, Path root, Path cacheFolder) {
    private static final int PYTHON_SECONDS = 10;
    private static final String REDISTRIBUTABLE = "org/bytedeco/cuda/";

    /** cuDNN opens these itself, from its own folder. */
    private static final List<String> CUDNN_PARTS = List.of(
            "graph",
            "ops",
            "cnn",
            "adv",
            "heuristic",
            "engines_precompiled",
            "engines_runtime_compiled",
            "engines_tensor_ir",
            "ext");

    CudaPlaces {
        environment = Map.copyOf(environment);
    }

    /** A step of the search: what it is called, and the folders found there. */
    record Step(String name, List<Path> folders) {
        Step {
            folders = List.copyOf(folders);
        }

        /** The name with what is there. */
        String describe() {
            return folders.isEmpty()
                    ? name
                    : name + " ("
                            + String.join(
                                    ", ", folders.stream().map(Path::toString).toList()) + ")";
        }
    }

    /** The folders that the user named. */
    Step named() {
        String value = property.isBlank() ? environment.getOrDefault(CudaLibraries.VARIABLE, "") : property;
        String source = property.isBlank() ? CudaLibraries.VARIABLE : "system property " + CudaLibraries.PROPERTY;
        if (value.isBlank()) {
            return new Step(CudaLibraries.VARIABLE + " (not set)", List.of());
        }
        List<Path> folders = new ArrayList<>();
        for (String entry : value.split(java.io.File.pathSeparator)) {
            try {
                Path folder = Path.of(entry);
                if (!Files.isDirectory(folder)) {
                    throw new NativeLibraryException(source + ": expected folders with CUDA libraries, found `" + entry
                            + "`, which is no folder");
                }
                folders.add(folder.toAbsolutePath());
            } catch (InvalidPathException e) {
                throw new NativeLibraryException(source + ": expected folders, found `" + entry + "`", e);
            }
        }
        return new Step(source, folders);
    }

    /** {@code nvidia/<part>/lib} of every {@code site-packages}, those of an active environment first. */
    Step pip() {
        Set<Path> roots = new LinkedHashSet<>();
        String active = environment.getOrDefault("VIRTUAL_ENV", "");
        if (!active.isBlank()) {
            roots.addAll(matching(root.resolve(active).resolve("lib"), "python3*", "site-packages"));
        }
        for (String line : pythonPath()) {
            if (!line.isBlank()) {
                roots.add(Path.of(line));
            }
        }
        List<Path> folders = new ArrayList<>();
        for (Path packages : roots) {
            folders.addAll(matching(packages.resolve("nvidia"), "*", "lib"));
        }
        return new Step("pip packages of python3", folders);
    }

    /** The environment of conda, and toolkits. */
    Step toolkits() {
        List<Path> folders = new ArrayList<>();
        String conda = environment.getOrDefault("CONDA_PREFIX", "");
        if (!conda.isBlank()) {
            addIfFolder(folders, root.resolve(conda).resolve("lib"));
        }
        for (String variable : List.of("CUDA_HOME", "CUDA_PATH")) {
            String home = environment.getOrDefault(variable, "");
            if (!home.isBlank()) {
                addIfFolder(folders, root.resolve(home).resolve("lib64"));
            }
        }
        List<Path> toolkits = matching(root.resolve("usr/local"), "cuda*", "lib64");
        Collections.reverse(toolkits);
        folders.addAll(toolkits);
        addIfFolder(folders, root.resolve("opt/cuda/lib64"));
        return new Step(root.resolve("usr/local/cuda*/lib64") + " and CUDA_HOME", folders);
    }

    /** The folder into which libraries of Maven's redistributables are unpacked, if they are on the class path. */
    Step maven(List<String> fileNames) {
        String name = "class path (org.bytedeco:cuda-platform-redist)";
        String folder = REDISTRIBUTABLE
                + (Platform.current().architecture().equals("x64") ? "linux-x86_64" : "linux-arm64") + "/";
        List<NativeResource> files = new ArrayList<>();
        for (String file : fileNames) {
            addResource(files, folder, file);
            if (file.startsWith("libcudnn.so.")) {
                for (String part : CUDNN_PARTS) {
                    addResource(files, folder, file.replace("libcudnn.", "libcudnn_" + part + "."));
                }
            }
        }
        return files.isEmpty()
                ? new Step(name, List.of())
                : new Step(
                        name,
                        List.of(new LibraryCache(cacheFolder.resolve("native"))
                                .unpack(files)
                                .folder()));
    }

    private void addResource(List<NativeResource> files, String folder, String file) {
        URL resource = loader.getResource(folder + file);
        if (resource != null) {
            files.add(new NativeResource(file, resource));
        }
    }

    private static void addIfFolder(List<Path> folders, Path folder) {
        if (Files.isDirectory(folder)) {
            folders.add(folder);
        }
    }

    /** Folders {@code parent/<pattern>/child}, by name. */
    private static List<Path> matching(Path parent, String pattern, String child) {
        List<Path> found = new ArrayList<>();
        if (Files.isDirectory(parent)) {
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(parent, pattern)) {
                for (Path entry : entries) {
                    addIfFolder(found, entry.resolve(child));
                }
            } catch (IOException e) {
                return new ArrayList<>(); // a folder that cannot be read holds nothing for us
            }
        }
        Collections.sort(found);
        return found;
    }

    /** Where {@code python3} of the {@code PATH} looks for packages; nothing if there is none. */
    private List<String> pythonPath() {
        try {
            ProcessBuilder builder = new ProcessBuilder(
                            "python3",
                            "-c",
                            "import site, sys; print('\\n'.join(sys.path + [site.getusersitepackages()]))")
                    .redirectError(ProcessBuilder.Redirect.DISCARD);
            builder.environment().clear();
            builder.environment().putAll(environment);
            Process python = builder.start();
            python.getOutputStream().close();
            String out;
            try (var in = python.getInputStream()) {
                out = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            }
            if (!python.waitFor(PYTHON_SECONDS, TimeUnit.SECONDS)) {
                python.destroyForcibly();
            }
            return out.lines().toList();
        } catch (IOException e) {
            return List.of();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return List.of();
        }
    }
}
