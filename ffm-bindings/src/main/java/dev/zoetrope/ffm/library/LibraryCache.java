package dev.zoetrope.ffm.library;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * Native files unpacked from jars: {@code <folder>/<sha256>/<file name>}, and one index per jar content.
 *
 * <p>A dynamic loader needs files. Every file is written under a temporary name in its final folder, forced to disk and
 * renamed, so that a reader, in this or in another process, sees a whole file or none. The index repeats size and
 * modification time of each file as they were when its hash was known to be right: if both are unchanged the file is
 * taken as it is (a start costs three {@code stat} calls); if not, it is hashed again, and replaced if it differs.
 */
final class LibraryCache {
    /**
     * A group of files on disk.
     *
     * @param folder where they lie
     * @param hashes SHA-256 of each file, in the order asked for
     */
    record Unpacked(Path folder, List<String> hashes) {
        Unpacked {
            hashes = List.copyOf(hashes);
        }
    }

    private record Written(String fileName, Path temporary, String sha256) {}

    private final Path root;

    LibraryCache(Path root) {
        this.root = root;
    }

    /** Puts the files side by side into one folder, or finds them there. */
    Unpacked unpack(List<NativeResource> resources) {
        try {
            Optional<Path> index = indexFile(resources);
            if (index.isPresent()) {
                Optional<Unpacked> known = readIndex(index.get(), resources);
                if (known.isPresent()) {
                    return known.get();
                }
            }
            Unpacked unpacked = write(resources);
            if (index.isPresent()) {
                writeIndex(index.get(), resources, unpacked);
            }
            return unpacked;
        } catch (IOException e) {
            throw new NativeLibraryException(
                    "native library cache " + root + ": expected a folder that can be written, found "
                            + e.getClass().getSimpleName() + " (" + e.getMessage()
                            + "); set ZOETROPE_CACHE to a folder with room, or ZOETROPE_ORT_LIB to an unpacked library",
                    e);
        }
    }

    private Optional<Path> indexFile(List<NativeResource> resources) throws IOException {
        var identity = new StringBuilder();
        for (NativeResource resource : resources) {
            String part = resource.identity();
            if (part.isEmpty()) {
                return Optional.empty();
            }
            identity.append(part).append('\n');
        }
        return Optional.of(root.resolve("index").resolve(Sha256.ofText(identity.toString())));
    }

    private Optional<Unpacked> readIndex(Path index, List<NativeResource> resources) throws IOException {
        List<String> lines;
        try {
            lines = Files.readAllLines(index);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        if (lines.size() != resources.size() + 1) {
            return Optional.empty();
        }
        Path folder = root.resolve(lines.getFirst());
        List<String> hashes = new ArrayList<>();
        for (int i = 0; i < resources.size(); i++) {
            String line = lines.get(i + 1);
            Path file = folder.resolve(resources.get(i).fileName());
            if (!Files.isRegularFile(file) || !line.endsWith(" " + stamp(file))) {
                return Optional.empty();
            }
            hashes.add(line.substring(0, line.indexOf(' ')));
        }
        return Optional.of(new Unpacked(folder, hashes));
    }

    private void writeIndex(Path index, List<NativeResource> resources, Unpacked unpacked) throws IOException {
        List<String> lines = new ArrayList<>();
        lines.add(root.relativize(unpacked.folder()).toString());
        for (int i = 0; i < resources.size(); i++) {
            Path file = unpacked.folder().resolve(resources.get(i).fileName());
            lines.add(unpacked.hashes().get(i) + " " + stamp(file));
        }
        Files.createDirectories(index.getParent());
        Path temporary = temporaryBeside(index);
        Files.write(temporary, lines);
        Files.move(temporary, index, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static String stamp(Path file) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        return attributes.size() + " " + attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS);
    }

    private Unpacked write(List<NativeResource> resources) throws IOException {
        Files.createDirectories(root);
        List<Written> all = new ArrayList<>();
        try {
            for (NativeResource resource : resources) {
                Path temporary = temporaryBeside(root.resolve(resource.fileName()));
                all.add(new Written(resource.fileName(), temporary, writeForced(resource, temporary)));
            }
            List<String> hashes = all.stream().map(Written::sha256).toList();
            // The core library finds its provider libraries beside it, so the folder is named after all of them.
            Path folder =
                    root.resolve(hashes.size() == 1 ? hashes.getFirst() : Sha256.ofText(String.join("\n", hashes)));
            Files.createDirectories(folder);
            for (Written written : all) {
                publish(written, folder.resolve(written.fileName()));
            }
            forceFolder(folder);
            return new Unpacked(folder, hashes);
        } finally {
            for (Written written : all) {
                Files.deleteIfExists(written.temporary());
            }
        }
    }

    private static String writeForced(NativeResource resource, Path temporary) throws IOException {
        try (InputStream source = resource.open();
                FileChannel channel =
                        FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            OutputStream target = Channels.newOutputStream(channel);
            String sha256 = Sha256.copy(source, target);
            channel.force(true);
            return sha256;
        } catch (IOException e) {
            Files.deleteIfExists(temporary);
            throw e;
        }
    }

    private static void publish(Written written, Path target) throws IOException {
        // A right file is left alone: another process may have it open, and Windows does not let go of it.
        if (Files.isRegularFile(target) && Sha256.ofFile(target).equals(written.sha256())) {
            return;
        }
        try {
            Files.move(
                    written.temporary(), target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AccessDeniedException e) {
            // Windows: another process published and opened the same file between the check and the move.
            if (!Files.isRegularFile(target) || !Sha256.ofFile(target).equals(written.sha256())) {
                throw e;
            }
        }
    }

    private static void forceFolder(Path folder) {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            // Windows cannot open a folder. A lost rename costs one more unpacking, never a wrong file.
        }
    }

    private static Path temporaryBeside(Path file) {
        return file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID() + ".part");
    }
}
