package dev.zoetrope.server.job;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VideoFolderTest {
    @TempDir
    Path path;

    /** Seen under load: a cancelled video's run removed the end that was being written, and the cancel got a 500. */
    @Test
    void clearingLeavesTheEndThatIsBeingWritten() throws Exception {
        for (String name : Set.of("request.json", "end.json.part", "video.mp4", "live.mp4")) {
            Files.createFile(path.resolve(name));
        }
        Files.createDirectories(path.resolve("run-1"));
        Files.createFile(path.resolve("run-1/checkpoint"));
        new VideoFolder(path).clear();
        try (Stream<Path> left = Files.list(path)) {
            assertEquals(
                    Set.of("request.json", "end.json.part"),
                    left.map(file -> file.getFileName().toString()).collect(Collectors.toSet()));
        }
    }
}
