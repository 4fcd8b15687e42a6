package dev.zoetrope.cli;

import dev.zoetrope.runtime.Diagnostics;
import dev.zoetrope.runtime.encode.VideoEncoder;
import dev.zoetrope.runtime.error.ZoetropeException;
import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints: this program, and the native libraries that a render would use. */
final class VersionReport implements IVersionProvider {
    @Override
    public String[] getVersion() {
        Logs.quiet();
        return new String[] {
            "zoetrope " + software(), "onnxruntime " + onnxRuntime(), "ffmpeg " + ffmpeg(), "java " + Runtime.version()
        };
    }

    private static String software() {
        String version = VersionReport.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    private static String onnxRuntime() {
        try {
            return Diagnostics.onnxRuntime().version();
        } catch (ZoetropeException e) {
            return "not found (zoetrope doctor says why)";
        }
    }

    private static String ffmpeg() {
        try {
            return VideoEncoder.libraryInfo().getOrDefault("version", "unknown");
        } catch (LinkageError e) {
            return "not found (zoetrope doctor says why)";
        }
    }
}
