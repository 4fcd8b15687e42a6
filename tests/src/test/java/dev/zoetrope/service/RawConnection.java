package dev.zoetrope.service;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** A connection that may send what is no HTTP, and reads what comes back. */
final class RawConnection implements AutoCloseable {
    private static final int LONGEST_MILLIS = 20_000;

    private final Socket socket;

    /**
     * What came back.
     *
     * @param status 0 when the connection was closed without an answer, -1 when nothing came in time
     * @param head status line and headers
     */
    record Reply(int status, String head, String body) {
        boolean hasHeader(String name) {
            return head.toLowerCase(Locale.ROOT).contains("\r\n" + name.toLowerCase(Locale.ROOT) + ":");
        }
    }

    RawConnection(URI address) throws IOException {
        socket = new Socket();
        socket.connect(new InetSocketAddress(address.getHost(), address.getPort()), LONGEST_MILLIS);
        socket.setSoTimeout(LONGEST_MILLIS);
    }

    /** Sends all there is and reads one answer. */
    static Reply exchange(URI address, byte[] request) throws IOException {
        try (RawConnection connection = new RawConnection(address)) {
            connection.send(request);
            return connection.read();
        }
    }

    /** What the server closes before all is sent need not be sent. */
    void send(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
        } catch (IOException _) {
            // read() says what it had to say
        }
    }

    void send(String text) {
        send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** One answer. */
    Reply read() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            InputStream input = socket.getInputStream();
            while (!isWhole(bytes)) {
                int next = input.read();
                if (next < 0) {
                    break;
                }
                bytes.write(next);
                bytes.writeBytes(input.readNBytes(Math.max(0, input.available())));
            }
        } catch (SocketTimeoutException _) {
            return new Reply(-1, "", bytes.toString(StandardCharsets.UTF_8));
        } catch (IOException _) {
            // closed by the other side while we were still sending
        }
        String all = bytes.toString(StandardCharsets.UTF_8);
        int end = all.indexOf("\r\n\r\n");
        if (!all.startsWith("HTTP/1.") || end < 0) {
            return new Reply(0, all, "");
        }
        return new Reply(Integer.parseInt(all.substring(9, 12)), all.substring(0, end), all.substring(end + 4));
    }

    private static boolean isWhole(ByteArrayOutputStream bytes) {
        String all = bytes.toString(StandardCharsets.ISO_8859_1);
        int end = all.indexOf("\r\n\r\n");
        if (end < 0) {
            return false;
        }
        String head = all.substring(0, end).toLowerCase(Locale.ROOT);
        int at = head.indexOf("\r\ncontent-length: ");
        if (at < 0) {
            return false;
        }
        int start = at + "\r\ncontent-length: ".length();
        int stop = head.indexOf("\r\n", start);
        int length = Integer.parseInt(
                head.substring(start, stop < 0 ? head.length() : stop).strip());
        return all.length() - end - 4 >= length;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
