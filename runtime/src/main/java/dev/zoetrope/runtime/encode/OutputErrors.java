package dev.zoetrope.runtime.encode;

import static org.bytedeco.ffmpeg.presets.avutil.AVERROR_EACCES;
import static org.bytedeco.ffmpeg.presets.avutil.AVERROR_EFBIG;
import static org.bytedeco.ffmpeg.presets.avutil.AVERROR_EIO;
import static org.bytedeco.ffmpeg.presets.avutil.AVERROR_ENOMEM;
import static org.bytedeco.ffmpeg.presets.avutil.AVERROR_ENOSPC;
import static org.bytedeco.ffmpeg.presets.avutil.AVERROR_EPERM;

import dev.zoetrope.runtime.error.OutputException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;

/** Says in one line what went wrong with a file, and what helps. */
final class OutputErrors {
    private OutputErrors() {}

    /** What FFmpeg's code means for the file being written. */
    static OutputException whileWriting(Path target, FfmpegException failure) {
        int code = failure.code();
        String cure;
        if (code == AVERROR_ENOSPC() || code == AVERROR_EFBIG()) {
            cure = "free some space, or name a file on another disk";
        } else if (code == AVERROR_EACCES() || code == AVERROR_EPERM()) {
            cure = "name a folder that may be written to";
        } else if (code == AVERROR_ENOMEM()) {
            cure = "free some memory, or ask for a smaller size";
        } else if (code == AVERROR_EIO()) {
            cure = "name a file on another disk";
        } else {
            cure = "failed in: " + failure.getMessage();
        }
        return new OutputException(
                "output " + target + ": expected to write the clip, found: " + failure.reason()
                        + "; nothing was left under that name (" + cure + ")",
                failure);
    }

    /** What an error of the file system means for the file being written. */
    static OutputException whileWriting(Path target, IOException failure) {
        String found;
        String cure;
        switch (failure) {
            case NoSuchFileException missing -> {
                found = "no folder " + target.toAbsolutePath().getParent();
                cure = "create the folder first, or name another one";
            }
            case AccessDeniedException denied -> {
                found = "a folder that may not be written to";
                cure = "name a folder that may be written to";
            }
            case FileSystemException other
            when other.getReason() != null -> {
                found = other.getReason().toLowerCase(Locale.ROOT);
                cure = "free some space, or name a file elsewhere";
            }
            default -> {
                found = String.valueOf(failure.getMessage());
                cure = "free some space, or name a file elsewhere";
            }
        }
        return new OutputException(
                "output " + target + ": expected to write the clip, found: " + found
                        + "; nothing was left under that name (" + cure + ")",
                failure);
    }
}
