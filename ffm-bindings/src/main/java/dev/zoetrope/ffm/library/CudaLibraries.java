package dev.zoetrope.ffm.library;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Loads NVIDIA's libraries, by full path and before ONNX Runtime opens its CUDA provider, from where people have them.
 * The dynamic loader then takes what is loaded already, so that nobody need set a library path before Java starts.
 *
 * <p>For each library, in this order: the folders of the system property {@code zoetrope.cuda.lib} or the environment
 * variable {@code ZOETROPE_CUDA_LIB}; the system's loader; the pip packages of {@code VIRTUAL_ENV} and of {@code python3};
 * the class path; conda and toolkits. Which major version is wanted, the provider's library says itself. Linux only.
 */
public final class CudaLibraries {
    /** System property that names folders with CUDA libraries. */
    public static final String PROPERTY = "zoetrope.cuda.lib";

    /** Environment variable that names folders with CUDA libraries. */
    public static final String VARIABLE = "ZOETROPE_CUDA_LIB";

    static final String PROVIDER = "libonnxruntime_providers_cuda.so";

    private static final String DRIVER = "libcuda.so.1";
    private static final Pattern VERSIONED = Pattern.compile("lib([A-Za-z]+)\\.so\\.(\\d+)");

    /** In the order in which they must be loaded: cuBLAS needs cuBLASLt, cuDNN may need cuBLAS and NVRTC. */
    private static final Map<String, String> USES = uses();

    private static final Map<Path, Report> REPORTS = new LinkedHashMap<>();

    private static Map<String, String> uses() {
        Map<String, String> uses = new LinkedHashMap<>();
        uses.put("cuda", "NVIDIA's driver");
        uses.put("cudart", "CUDA runtime");
        uses.put("cublasLt", "matrix products");
        uses.put("cublas", "matrix products");
        uses.put("curand", "random numbers");
        uses.put("nvrtc", "kernels that cuDNN compiles");
        uses.put("cudnn", "convolutions, fused attention");
        uses.put("cufft", "Fourier transforms");
        return uses;
    }

    /** Opens libraries; what stands in for it in tests loads nothing. */
    interface Opener {
        /** Lets the system find a library by its name, and returns its file; empty if it does not. */
        String byName(String fileName);

        /** Opens a file, and returns why it could not; empty if it could. */
        String byPath(Path file);
    }

    /**
     * What was found.
     *
     * @param provider the provider's library
     * @param libraries what it uses, in the order of loading
     * @param lookedAt where libraries were looked for, in words
     * @param refused files that were there but could not be loaded, with the reason
     */
    public record Report(Path provider, List<CudaLibrary> libraries, List<String> lookedAt, List<String> refused) {
        /** Copies the lists. */
        public Report {
            libraries = List.copyOf(libraries);
            lookedAt = List.copyOf(lookedAt);
            refused = List.copyOf(refused);
        }

        /** What the provider does not load without, and is not there. */
        public List<CudaLibrary> missing() {
            return libraries.stream()
                    .filter(library -> library.required() && !library.isLoaded())
                    .toList();
        }

        /**
         * Does nothing if the provider will load.
         *
         * @throws NativeLibraryException if something is missing: what, where it was looked for, and the cure
         */
        public void requireComplete() {
            List<CudaLibrary> missing = missing();
            if (!missing.isEmpty()) {
                throw new NativeLibraryException(problem(missing));
            }
        }

        private String problem(List<CudaLibrary> missing) {
            if (missing.getFirst().fileName().equals(DRIVER)) {
                return "no NVIDIA driver: " + DRIVER + " not found; install NVIDIA's driver (in a container: start it"
                        + " with GPU access), or use the CPU provider";
            }
            List<String> others = missing.stream()
                    .map(CudaLibrary::otherVersion)
                    .filter(other -> !other.isEmpty())
                    .toList();
            return "CUDA libraries: expected "
                    + String.join(
                            " and ", missing.stream().map(CudaLibrary::fileName).toList())
                    + " for " + provider.getFileName() + ", found "
                    + (others.isEmpty() ? "none" : "another major version (" + String.join(", ", others) + ")")
                    + (refused.isEmpty() ? "" : ", refused by the loader: " + String.join("; ", refused))
                    + "; " + cure(missing) + " (looked at: " + String.join("; ", lookedAt) + ")";
        }

        /** What to do about libraries that are missing. */
        public String cure(List<CudaLibrary> missing) {
            return "install with `pip install "
                    + String.join(
                            " ",
                            missing.stream()
                                    .map(library -> packageName(library.fileName()))
                                    .distinct()
                                    .toList())
                    + "`, or name the folder in " + VARIABLE;
        }

        private String packageName(String fileName) {
            String stem = stem(fileName);
            String part = switch (stem) {
                case "cudart" -> "cuda-runtime";
                case "cublasLt" -> "cublas";
                case "nvrtc" -> "cuda-nvrtc";
                default -> stem;
            };
            int cuda = majorOf(libraries, "cudart");
            return "nvidia-" + part + (stem.equals("cudnn") || cuda <= 12 ? "-cu" + cuda : "");
        }
    }

    private final CudaPlaces places;
    private final Opener opener;

    CudaLibraries(CudaPlaces places, Opener opener) {
        this.places = places;
        this.opener = opener;
    }

    /**
     * Loads what the CUDA provider beside that ONNX Runtime library uses. What is loaded stays so; a search that found
     * everything required is not done again.
     *
     * @param coreLibrary ONNX Runtime's library
     * @throws NativeLibraryException if a setting or the provider's library is bad; what is missing the report says
     */
    public static synchronized Report load(Path coreLibrary) {
        Report known = REPORTS.get(coreLibrary);
        if (known != null) {
            return known;
        }
        ClassLoader own = CudaLibraries.class.getClassLoader();
        var places = new CudaPlaces(
                System.getProperty(PROPERTY, ""),
                System.getenv(),
                own == null ? ClassLoader.getSystemClassLoader() : own,
                Path.of("/"),
                CacheFolder.current());
        Report report = new CudaLibraries(places, new SystemOpener()).search(coreLibrary);
        if (report.missing().isEmpty()) {
            REPORTS.put(coreLibrary, report);
        }
        return report;
    }

    /** As {@link #load}, nothing remembered; without a provider on Linux there is nothing to load. */
    Report search(Path coreLibrary) {
        Path provider = coreLibrary.resolveSibling(PROVIDER);
        if (!Files.isRegularFile(provider)) {
            return new Report(provider, List.of(), List.of(), List.of());
        }
        List<CudaLibrary> wanted = wanted(provider);
        Search search = new Search(wanted.stream().map(CudaLibrary::fileName).toList());
        List<CudaLibrary> libraries = new ArrayList<>();
        for (CudaLibrary library : wanted) {
            String place = search.open(library.fileName());
            libraries.add(new CudaLibrary(
                    library.fileName(),
                    library.required(),
                    library.use(),
                    place,
                    place.isEmpty() ? search.otherVersion(library.fileName()) : ""));
        }
        return new Report(provider, libraries, search.lookedAt(), search.refused);
    }

    /** One search: its steps are taken when they are needed, and once. */
    private final class Search {
        private final Map<Integer, CudaPlaces.Step> steps = new LinkedHashMap<>();
        private final List<Supplier<CudaPlaces.Step>> sources;
        private final List<String> refused = new ArrayList<>();

        private Search(List<String> fileNames) {
            sources = List.of(places::named, places::pip, () -> places.maven(fileNames), places::toolkits);
        }

        private CudaPlaces.Step step(int index) {
            return steps.computeIfAbsent(index, i -> sources.get(i).get());
        }

        /** Loads a library from the first place that has it, and says which; empty if none has. */
        private String open(String fileName) {
            String place = inFolders(0, fileName);
            if (place.isEmpty()) {
                place = opener.byName(fileName);
            }
            // The driver belongs to the kernel's module: another one of the same name is of no use.
            for (int i = 1; place.isEmpty() && i < sources.size() && !fileName.equals(DRIVER); i++) {
                place = inFolders(i, fileName);
            }
            return place;
        }

        private String inFolders(int index, String fileName) {
            for (Path folder : step(index).folders()) {
                Path file = folder.resolve(fileName);
                if (Files.isRegularFile(file)) {
                    String reason = opener.byPath(file);
                    if (reason.isEmpty()) {
                        return file.toString();
                    }
                    refused.add(reason);
                }
            }
            return "";
        }

        private String otherVersion(String fileName) {
            String prefix = fileName.substring(0, fileName.lastIndexOf('.') + 1);
            for (CudaPlaces.Step step : steps.values()) {
                for (Path folder : step.folders()) {
                    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, prefix + "*")) {
                        var file = files.iterator();
                        if (file.hasNext()) {
                            return file.next().toString();
                        }
                    } catch (IOException e) {
                        // A folder that cannot be read holds nothing for us.
                    }
                }
            }
            return "";
        }

        private List<String> lookedAt() {
            List<String> places = new ArrayList<>();
            steps.forEach((index, step) -> {
                places.add(step.describe());
                if (index == 0) {
                    places.add("the system's loader");
                }
            });
            return places;
        }
    }

    /** What the provider names itself, and what it opens later, of the versions that go with it. */
    private static List<CudaLibrary> wanted(Path provider) {
        Map<String, CudaLibrary> named = new LinkedHashMap<>();
        try {
            for (String fileName : ElfFile.needed(provider)) {
                String use = USES.get(stem(fileName));
                if (use != null) {
                    named.put(stem(fileName), new CudaLibrary(fileName, true, use, "", ""));
                }
            }
        } catch (IOException e) {
            throw new NativeLibraryException(
                    provider + ": expected the CUDA provider of ONNX Runtime, found a file that is none ("
                            + e.getMessage() + ")",
                    e);
        }
        int cuda = majorOf(named.values(), "cudart");
        Function<String, String> later = stem -> switch (stem) {
            case "nvrtc" -> "libnvrtc.so." + cuda;
            case "cudnn" -> "libcudnn.so.9";
            case "cufft" -> "libcufft.so." + (cuda - 1);
            default -> "";
        };
        List<CudaLibrary> wanted = new ArrayList<>();
        USES.forEach((stem, use) -> {
            String fileName = cuda == 0 ? "" : later.apply(stem);
            if (named.containsKey(stem)) {
                wanted.add(named.get(stem));
            } else if (!fileName.isEmpty()) {
                wanted.add(new CudaLibrary(fileName, false, use, "", ""));
            }
        });
        return wanted;
    }

    private static String stem(String fileName) {
        Matcher matcher = VERSIONED.matcher(fileName);
        return matcher.matches() ? matcher.group(1) : "";
    }

    private static int majorOf(Iterable<CudaLibrary> libraries, String stem) {
        for (CudaLibrary library : libraries) {
            Matcher matcher = VERSIONED.matcher(library.fileName());
            if (matcher.matches() && matcher.group(1).equals(stem)) {
                return Integer.parseInt(matcher.group(2));
            }
        }
        return 0;
    }

    /** The dynamic loader of this process. */
    private static final class SystemOpener implements Opener {
        @Override
        @SuppressWarnings("restricted") // NVIDIA's own libraries, by the names that the provider itself asks for
        public String byName(String fileName) {
            try {
                SymbolLookup.libraryLookup(fileName, Arena.global());
                return loadedFile(fileName);
            } catch (IllegalArgumentException e) {
                return "";
            }
        }

        @Override
        public String byPath(Path file) {
            try {
                NativeLibrary.open(new LibraryLocation(file, file.toString(), ""));
                return "";
            } catch (NativeLibraryException e) {
                return String.valueOf(e.getMessage());
            }
        }

        /** Which file it was, the kernel knows. */
        private static String loadedFile(String fileName) {
            try (var lines = Files.lines(Path.of("/proc/self/maps"))) {
                return lines.map(line -> line.substring(Math.max(0, line.indexOf('/'))))
                        .filter(path -> path.contains("/" + fileName))
                        .findFirst()
                        .orElse("the system's loader");
            } catch (IOException e) {
                return "the system's loader";
            }
        }
    }
}
