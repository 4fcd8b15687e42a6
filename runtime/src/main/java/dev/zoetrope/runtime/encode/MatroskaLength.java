package dev.zoetrope.runtime.encode;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * How long a Matroska or WebM file says it is. FFmpeg takes one that was cut off for a shorter clip, for recordings that
 * nobody closed are like that too; those say that they do not know their length. RFC 8794 (EBML) and RFC 9559 (Matroska).
 */
final class MatroskaLength {
    private static final long SEGMENT = 0x18538067L;
    private static final long EBML_HEADER = 0x1A45DFA3L;

    private MatroskaLength() {}

    /** Bytes the file has if nothing is missing; empty where it does not say. */
    static OptionalLong promised(Path file) throws IOException {
        try (DataInputStream input = new DataInputStream(Files.newInputStream(file))) {
            long position = 0;
            for (long expected : new long[] {EBML_HEADER, SEGMENT}) {
                long id = Integer.toUnsignedLong(input.readInt());
                int first = input.readUnsignedByte();
                int sizeBytes =
                        Integer.numberOfLeadingZeros(first) - 23; // of a number whose length its first byte says
                if (id != expected || sizeBytes > 8) {
                    return OptionalLong.empty();
                }
                long size = first & (0x7F >> (sizeBytes - 1));
                for (int i = 1; i < sizeBytes; i++) {
                    size = (size << 8) | input.readUnsignedByte();
                }
                if (size == (1L << (7 * sizeBytes)) - 1) {
                    return OptionalLong.empty(); // all ones: not known when it was written
                }
                position += Integer.BYTES + sizeBytes + size;
                if (expected == EBML_HEADER) {
                    input.skipNBytes(size);
                }
            }
            return OptionalLong.of(position);
        } catch (EOFException _) {
            return OptionalLong.empty();
        }
    }
}
