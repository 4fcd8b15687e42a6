package dev.zoetrope.server.http;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.zoetrope.runtime.error.OutputException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.multipart.Attribute;
import io.netty.handler.codec.http.multipart.DefaultHttpDataFactory;
import io.netty.handler.codec.http.multipart.DiskFileUpload;
import io.netty.handler.codec.http.multipart.FileUpload;
import io.netty.handler.codec.http.multipart.HttpPostRequestDecoder;
import io.netty.handler.codec.http.multipart.HttpPostRequestDecoder.EndOfDataDecoderException;
import io.netty.handler.codec.http.multipart.HttpPostRequestDecoder.TooLongFormFieldException;
import io.netty.handler.codec.http.multipart.HttpPostRequestDecoder.TooManyFormFieldsException;
import io.netty.handler.codec.http.multipart.InterfaceHttpData;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A form on its way in. Texts are kept in memory, files on the disk until it is closed. It is fed by one thread at a time and
 * closed by any.
 */
final class Form implements AutoCloseable {
    /** A prompt in a form may be as long as one in JSON. */
    private static final int FIELD_BYTES = 256 << 10;

    private static final int MOST_FIELDS = 64;

    /** What a part's headers and the line before it may take. */
    private static final int HEADER_BYTES = 8 << 10;

    private static final String MULTIPART = "multipart/";

    private static final byte[] CARRIAGE_RETURN = {'\r'};

    private final Parts parts;
    private final HttpPostRequestDecoder decoder;

    @GuardedBy("this")
    private boolean endsWithCarriageReturn;

    @GuardedBy("this")
    private boolean closed;

    /**
     * Nothing of it is read yet.
     *
     * @param contentType as the request says it
     * @param folder where files go
     */
    Form(String contentType, Path folder) {
        HttpRequest head = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/");
        head.headers().set("Content-Type", contentType);
        parts = new Parts(folder);
        boolean whole;
        @Nullable HttpPostRequestDecoder made = null;
        try {
            made = new HttpPostRequestDecoder(parts, head, StandardCharsets.UTF_8, MOST_FIELDS, HEADER_BYTES);
            // Without a boundary it would look for the other kind of form.
            whole = made.isMultipart() == contentType.regionMatches(true, 0, MULTIPART, 0, MULTIPART.length());
        } catch (RuntimeException _) { // of any kind, an index out of bounds too
            whole = false;
        }
        if (made == null || !whole) {
            throw unreadable("no boundary in its Content-Type, or a charset that is none");
        }
        decoder = made;
    }

    /** Texts in memory, files on the disk, whatever their sizes. */
    private static final class Parts extends DefaultHttpDataFactory {
        private final Path folder;
        private final List<FileUpload> files = new ArrayList<>();

        Parts(Path folder) {
            super(false); // the texts
            this.folder = folder;
            setMaxLimit(FIELD_BYTES);
        }

        @Override
        public FileUpload createFileUpload(
                HttpRequest request,
                String name,
                String fileName,
                String contentType,
                String encoding,
                Charset charset,
                long size) {
            try {
                Files.createDirectories(folder);
            } catch (IOException e) {
                throw new OutputException("data folder: expected to keep the upload, found: " + e.getMessage(), e);
            }
            FileUpload file = new DiskFileUpload(
                    name, fileName, contentType, encoding, charset, size, folder.toString(), /* deleteOnExit */ false);
            files.add(file);
            return file;
        }

        /** Also those that did not come to their end, which the decoder has forgotten. */
        void deleteFiles() {
            files.forEach(FileUpload::delete);
        }
    }

    /**
     * The next bytes; blocks.
     *
     * @throws ApiException when they are no form
     */
    synchronized void add(byte[] bytes) {
        if (closed || bytes.length == 0) {
            return;
        }
        // Netty takes a CR at the end of what it is given for the part's own, though it may begin the line break that
        // belongs to
        // the boundary (netty/netty#17383). So it gets one only together with what follows.
        int held = endsWithCarriageReturn ? 1 : 0;
        endsWithCarriageReturn = bytes[bytes.length - 1] == '\r';
        ByteBuf next = Unpooled.wrappedBuffer(
                Unpooled.wrappedBuffer(CARRIAGE_RETURN, 0, held),
                Unpooled.wrappedBuffer(bytes, 0, endsWithCarriageReturn ? bytes.length - 1 : bytes.length));
        offer(new DefaultHttpContent(next));
    }

    /**
     * What was in it, now that all of it is there; blocks. Files are there until {@link #close}.
     *
     * @throws ApiException when it was no form, or broke off
     */
    synchronized Fields finish() {
        if (closed) {
            throw unreadable("its connection closed");
        }
        offer(new DefaultLastHttpContent(Unpooled.wrappedBuffer(CARRIAGE_RETURN, 0, endsWithCarriageReturn ? 1 : 0)));
        Map<String, String> texts = new LinkedHashMap<>();
        Map<String, Path> files = new LinkedHashMap<>();
        try {
            while (decoder.hasNext()) {
                InterfaceHttpData part = decoder.next();
                String name = part.getName();
                if (texts.containsKey(name) || files.containsKey(name)) {
                    throw ApiException.field(name, name + ": expected one value, found several");
                }
                if (part instanceof FileUpload file) {
                    files.put(name, file.getFile().toPath());
                } else if (part instanceof Attribute text) {
                    texts.put(name, text(name, text));
                }
            }
        } catch (EndOfDataDecoderException _) {
            return new Fields(texts, files); // which is how the decoder says that all of it was there
        } catch (IOException e) {
            throw new OutputException("data folder: expected to keep the upload, found: " + e.getMessage(), e);
        }
        throw unreadable("one that breaks off before its last boundary");
    }

    private static String text(String name, Attribute part) throws IOException {
        byte[] bytes = part.get();
        return part.getCharset().equals(StandardCharsets.UTF_8)
                ? StrictText.of(bytes, what -> ApiException.field(name, name + ": expected UTF-8, found " + what))
                : new String(bytes, part.getCharset());
    }

    private void offer(HttpContent content) {
        try {
            decoder.offer(content);
        } catch (TooManyFormFieldsException _) {
            throw unreadable("one of more than " + MOST_FIELDS + " fields");
        } catch (TooLongFormFieldException _) {
            throw tooLong("headers of a part that are longer than " + HEADER_BYTES + " bytes");
        } catch (OutputException e) {
            throw e;
        } catch (RuntimeException e) {
            // It says what is wrong with a form by any exception there is.
            if (e.getCause() instanceof IOException failed) {
                if (decoder.currentPartialHttpData() instanceof Attribute) {
                    throw tooLong("a text of more than " + FIELD_BYTES + " bytes");
                }
                throw new OutputException(
                        "data folder: expected to keep the upload, found: " + failed.getMessage(), failed);
            }
            throw unreadable("a part without a name, or without the boundary, or with headers that mean nothing");
        } finally {
            content.release();
        }
    }

    private static ApiException unreadable(String found) {
        return new ApiException(400, null, "invalid_form", "body: expected a whole form, found " + found);
    }

    private static ApiException tooLong(String found) {
        return new ApiException(413, null, "body_too_large", "body: expected shorter fields, found " + found);
    }

    /** Removes the files that nobody has moved away; blocks. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            decoder.destroy();
            parts.deleteFiles();
        }
    }
}
