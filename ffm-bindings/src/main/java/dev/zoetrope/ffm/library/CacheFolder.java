package dev.zoetrope.ffm.library;

import java.nio.file.Path;
import java.util.Map;

/**
 * The per-user folder for files that can be made again.
 *
 * <p>{@code ZOETROPE_CACHE} if set; else {@code $XDG_CACHE_HOME/zoetrope} or {@code ~/.cache/zoetrope} on Linux, {@code
 * ~/Library/Caches/zoetrope} on macOS, {@code %LOCALAPPDATA%\zoetrope\cache} on Windows.
 */
public final class CacheFolder {
    private CacheFolder() {}

    /** The folder of this user; it may not exist yet. */
    public static Path current() {
        return of(System.getenv(), Path.of(System.getProperty("user.home", ".")), Platform.current());
    }

    static Path of(Map<String, String> environment, Path home, Platform platform) {
        String chosen = environment.getOrDefault("ZOETROPE_CACHE", "");
        if (!chosen.isBlank()) {
            return Path.of(chosen).toAbsolutePath();
        }
        if (platform.isMac()) {
            return home.resolve("Library/Caches/zoetrope");
        }
        if (platform.isWindows()) {
            String local = environment.getOrDefault("LOCALAPPDATA", "");
            Path base = local.isBlank() ? home.resolve("AppData/Local") : Path.of(local);
            return base.resolve("zoetrope/cache");
        }
        String xdg = environment.getOrDefault("XDG_CACHE_HOME", "");
        // The XDG base directory specification: a relative path in the variable is to be ignored.
        Path base = !xdg.isBlank() && Path.of(xdg).isAbsolute() ? Path.of(xdg) : home.resolve(".cache");
        return base.resolve("zoetrope");
    }
}
