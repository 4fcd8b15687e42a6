package dev.zoetrope.ffm.library;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;

/**
 * One native file on the class path.
 *
 * @param fileName the name it gets on disk
 * @param url where it lies, usually inside a jar
 */
record NativeResource(String fileName, URL url) {

    InputStream open() throws IOException {
        return connect().getInputStream();
    }

    /**
     * What tells this file from another without reading it: the URL with the jar entry's size and CRC. For a file
     * outside a jar there is no such thing, and the identity is empty.
     */
    String identity() throws IOException {
        if (connect() instanceof JarURLConnection jar) {
            // Without caches every connection has its own JarFile, ours to close.
            try (var file = jar.getJarFile()) {
                var entry = file.getJarEntry(jar.getEntryName());
                return fileName + " " + entry.getSize() + " " + Long.toHexString(entry.getCrc());
            }
        }
        return "";
    }

    private URLConnection connect() throws IOException {
        URLConnection connection = url.openConnection();
        connection.setUseCaches(false);
        return connection;
    }
}
