package dev.zoetrope.runtime.model;

import dev.zoetrope.ffm.library.CacheFolder;
import dev.zoetrope.runtime.error.ModelException;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * The model in the box, flipbook: class-path resources, unpacked once into the per-user cache because the native runtime
 * reads weights from files. The folder's name is made from its content, so another version lands beside it; it
 * appears by one rename, so two processes that start at once do not disturb each other.
 */
public final class ShippedModel {
    private static final String ROOT = "/dev/zoetrope/models/flipbook/";
    private static final List<String> FILES = List.of(
            "model_index.json",
            "scheduler/scheduler_config.json",
            "text_encoder/config.json",
            "text_encoder/vocabulary.json",
            "transformer/config.json",
            "transformer/diffusion_pytorch_model.safetensors",
            "vae/config.json",
            "vae/diffusion_pytorch_model.safetensors");

    private ShippedModel() {}

    /** The unpacked folder. */
    public static Path folder() {
        try {
            Path models = CacheFolder.current().resolve("models");
            Path folder = models.resolve("flipbook-" + contentKey().substring(0, 16));
            if (!isComplete(folder)) {
                unpack(models, folder);
            }
            return folder;
        } catch (IOException e) {
            throw new ModelException(
                    "shipped model: cannot be unpacked into the cache folder " + CacheFolder.current() + ": " + e
                            + " (name a writable folder in ZOETROPE_CACHE)",
                    e);
        }
    }

    /**
     * A name for this content that costs no reading: of a file in a jar its length and the CRC-32 of the jar's
     * directory, of a file in a build folder its length and its time.
     */
    private static String contentKey() throws IOException {
        MessageDigest digest = ModelFolder.sha256();
        for (String file : FILES) {
            URLConnection connection = connect(file);
            long check = connection instanceof JarURLConnection jar
                    ? jar.getJarEntry().getCrc()
                    : connection.getLastModified();
            digest.update((file + ':' + connection.getContentLengthLong() + ':' + check + '\n')
                    .getBytes(StandardCharsets.UTF_8));
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Whether every file is there with its length; a killed or full-disk unpacking never gets this far (rename). */
    private static boolean isComplete(Path folder) throws IOException {
        for (String file : FILES) {
            Path path = folder.resolve(file);
            if (!Files.isRegularFile(path) || Files.size(path) != connect(file).getContentLengthLong()) {
                return false;
            }
        }
        return true;
    }

    private static URLConnection connect(String file) throws IOException {
        URL url = ShippedModel.class.getResource(ROOT + file);
        if (url == null) {
            throw new ModelException("shipped model: expected the resource " + ROOT + file
                    + " on the class path, found none (is the zoetrope-onnx-graphs jar there?)");
        }
        return url.openConnection();
    }

    private static void unpack(Path models, Path folder) throws IOException {
        Files.createDirectories(models);
        Path fresh = Files.createTempDirectory(models, "unpacking-");
        try {
            for (String file : FILES) {
                Path target = fresh.resolve(file);
                Files.createDirectories(target.getParent());
                try (InputStream stream = connect(file).getInputStream()) {
                    Files.copy(stream, target);
                }
                try (FileChannel channel = FileChannel.open(target, StandardOpenOption.WRITE)) {
                    channel.force(true);
                }
            }
            if (Files.exists(folder)) {
                deleteTree(folder); // damaged: isComplete said so
            }
            Files.move(fresh, folder, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileAlreadyExistsException | DirectoryNotEmptyException e) {
            if (!isComplete(folder)) {
                throw e;
            }
            // Another process was quicker; its copy has the same hash.
        } finally {
            deleteTree(fresh);
        }
    }

    private static void deleteTree(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> walk = Files.walk(folder)) {
            for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
