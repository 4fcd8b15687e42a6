package dev.zoetrope.runtime.encode;

import static org.bytedeco.ffmpeg.global.avutil.AV_LOG_ERROR;
import static org.bytedeco.ffmpeg.global.avutil.AV_LOG_FATAL;
import static org.bytedeco.ffmpeg.global.avutil.AV_LOG_WARNING;
import static org.bytedeco.ffmpeg.presets.avutil.AVERROR_EAGAIN;

import dev.zoetrope.runtime.error.OutputException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVDictionaryEntry;
import org.bytedeco.ffmpeg.avutil.LogCallback;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avformat;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.ffmpeg.global.swscale;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;
import org.jspecify.annotations.Nullable;

/**
 * Loads FFmpeg's libraries once for the process, sends their log to {@link System.Logger} and turns their error codes
 * into words. Every native call of this package comes after {@link #load()}.
 */
final class Ffmpeg {
    private static final Logger LOGGER = System.getLogger("dev.zoetrope.ffmpeg");
    private static final int ERROR_TEXT_BYTES = 256;

    /**
     * JavaCPP refuses to allocate once the process is larger than a multiple of the Java heap. The weights of a network
     * live outside the heap, so that limit would say nothing here but stop a healthy process.
     */
    private static final String PHYSICAL_LIMIT = "org.bytedeco.javacpp.maxphysicalbytes";

    private static final String ALLOCATION_LIMIT = "org.bytedeco.javacpp.maxbytes";

    /** Who logs a line, in front of it. */
    private static final Pattern WRITER = Pattern.compile("^\\[\\S+ @ [^\\]]+\\] ");

    private static final ThreadLocal<String> LOGGED_ERROR = ThreadLocal.withInitial(() -> "");

    private Ffmpeg() {}

    /** Makes sure that the libraries are loaded; costs nothing after the first time. */
    static void load() {
        try {
            Libraries.touch();
        } catch (LinkageError e) {
            Throwable reason = e.getCause() == null ? e : e.getCause();
            throw new OutputException(
                    "FFmpeg: expected its native libraries for this platform (" + Loader.getPlatform() + "), found: "
                            + String.valueOf(reason.getMessage())
                                    .lines()
                                    .findFirst()
                                    .orElse("none")
                            + " (put org.bytedeco:ffmpeg and org.bytedeco:javacpp with the classifier "
                            + Loader.getPlatform() + " on the class path)",
                    e);
        }
    }

    /** The last error that FFmpeg logged on this thread, which often says more than its code; empty if there was none. */
    static String takeLoggedError() {
        String text = LOGGED_ERROR.get();
        LOGGED_ERROR.remove();
        return text;
    }

    /** Checks what a call returned. */
    static int check(int code, String call) throws FfmpegException {
        if (code < 0) {
            throw failure(code, call);
        }
        return code;
    }

    static FfmpegException failure(int code, String call) {
        return new FfmpegException(call, code, errorText(code));
    }

    /** Whether a call wants more input before it can give output, or has none left. */
    static boolean isDrained(int code) {
        return code == AVERROR_EAGAIN() || code == avutil.AVERROR_EOF;
    }

    /** FFmpeg's words for an error code, in lower case as part of a sentence. */
    private static String errorText(int code) {
        byte[] text = new byte[ERROR_TEXT_BYTES];
        avutil.av_strerror(code, text, text.length);
        int length = 0;
        while (length < text.length && text[length] != 0) {
            length++;
        }
        String words = new String(text, 0, length, StandardCharsets.UTF_8);
        return words.isEmpty() ? "error " + code : Character.toLowerCase(words.charAt(0)) + words.substring(1);
    }

    /** Adds the entries of a dictionary to a map; keys as they are, the first of two equal ones stays. */
    static void collect(@Nullable AVDictionary dictionary, Map<String, String> into) {
        if (dictionary == null) {
            return;
        }
        AVDictionaryEntry entry = null;
        while ((entry = avutil.av_dict_iterate(dictionary, entry)) != null) {
            into.putIfAbsent(text(entry.key()), text(entry.value()));
        }
    }

    static Map<String, String> entries(AVDictionary dictionary) {
        Map<String, String> entries = new LinkedHashMap<>();
        collect(dictionary, entries);
        return entries;
    }

    /** Sets an entry, in UTF-8 whatever the encoding of the platform. */
    static void put(AVDictionary dictionary, String key, String value) {
        try (BytePointer nativeKey = new BytePointer(key, StandardCharsets.UTF_8);
                BytePointer nativeValue = new BytePointer(value, StandardCharsets.UTF_8)) {
            avutil.av_dict_set(dictionary, nativeKey, nativeValue, 0);
        }
    }

    static String text(@Nullable BytePointer pointer) {
        return pointer == null || pointer.isNull() ? "" : pointer.getString(StandardCharsets.UTF_8);
    }

    /** Version, licence and build options of the libraries, for reports. */
    static Map<String, String> about() {
        load();
        Map<String, String> about = new LinkedHashMap<>();
        about.put("version", text(avutil.av_version_info()));
        about.put("licence", text(avcodec.avcodec_license()));
        about.put("configuration", text(avcodec.avcodec_configuration()));
        return about;
    }

    /** Loaded by the class loader's own lock, once. */
    private static final class Libraries {
        /** Kept here, for the native side holds no reference. */
        private static final LogCallback LOG;

        static {
            setUnlessSet(PHYSICAL_LIMIT);
            setUnlessSet(ALLOCATION_LIMIT);
            avutil.avutil_version();
            avcodec.avcodec_version();
            avformat.avformat_version();
            swscale.swscale_version();
            LOG = new SystemLog();
            avutil.av_log_set_level(AV_LOG_WARNING);
            avutil.setLogCallback(LOG);
        }

        private static void setUnlessSet(String property) {
            if (System.getProperty(property) == null) {
                System.setProperty(property, "0");
            }
        }

        static void touch() {
            // Running the static initialiser is all there is to do.
        }
    }

    /**
     * FFmpeg's log lines, two levels lower than FFmpeg puts them: what a caller has to know comes as an exception, and
     * a library must not print to the console of the program it lives in.
     */
    private static final class SystemLog extends LogCallback {
        @Override
        public void call(int level, BytePointer message) {
            try {
                if (level <= AV_LOG_ERROR) {
                    LOGGED_ERROR.set(
                            WRITER.matcher(text(message)).replaceFirst("").strip());
                }
                LOGGER.log(
                        level <= AV_LOG_FATAL ? Level.WARNING : Level.DEBUG,
                        () -> text(message).strip());
            } catch (RuntimeException | Error e) {
                // Nothing may leave an upcall: it would end the process, and a log line is not worth that.
            }
        }
    }
}
