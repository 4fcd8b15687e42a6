package dev.zoetrope.server.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.server.job.JobEvent;
import dev.zoetrope.server.job.JobFeed;
import dev.zoetrope.server.job.JobPreview;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Readers of all kinds, over a real connection. */
class EventStreamTest {
    private static final int WAIT_SECONDS = 60;

    /** About 10 MB: more than the buffers of both ends of a connection hold. */
    private static final int EVENTS = 60_000;

    /** About 50 MB. */
    private static final int PICTURES = 400;

    private final JobFeed feed = new JobFeed();
    private final CompletableFuture<EventStream> opened = new CompletableFuture<>();
    private Vertx vertx;
    private int port;

    @BeforeEach
    void listen() throws Exception {
        vertx = Vertx.vertx();
        HttpServer server = vertx.createHttpServer()
                .webSocketHandler(socket ->
                        opened.complete(EventStream.open(vertx, new EventSocket(socket), feed, "video_1", true)))
                .requestHandler(request -> opened.complete(
                        EventStream.open(vertx, new ServerSentEvents(request.response()), feed, "video_1", true)));
        port = server.listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .get(WAIT_SECONDS, TimeUnit.SECONDS)
                .actualPort();
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(WAIT_SECONDS, TimeUnit.SECONDS);
    }

    @Test
    void aReaderThatDoesNotReadHoldsNobodyUpAndGetsTheNewestLater() throws Exception {
        try (Socket socket = ask()) {
            EventStream stream = opened.get(WAIT_SECONDS, TimeUnit.SECONDS);
            for (int step = 1; step <= EVENTS; step++) {
                stream.offer(new JobEvent.Step(step, EVENTS, 0, 1));
                letItWrite(stream); // else most would be passed over before the connection was asked
            }
            stream.offer(new JobEvent.Completed());
            List<String> names = events(socket);
            assertEquals("completed", names.getLast());
            assertTrue(names.size() < EVENTS / 2, names.size() + " were kept for it");
        }
    }

    @Test
    void ofPicturesASlowReaderGetsTheNewest() throws Exception {
        try (Socket socket = ask()) {
            EventStream stream = opened.get(WAIT_SECONDS, TimeUnit.SECONDS);
            byte[] picture = new byte[100_000];
            for (int step = 1; step <= PICTURES; step++) {
                stream.offer(new JobPreview(step, PICTURES, 256, 256, picture));
                letItWrite(stream);
            }
            List<String> lines = lines(socket, "data: ", stream);
            assertTrue(lines.size() < PICTURES / 2, lines.size() + " were kept for it");
            assertTrue(lines.get(lines.size() - 2).contains("\"step\":" + PICTURES + ","), "the newest was");
        }
    }

    @Test
    void aSocketThatIsNotReadHoldsNobodyUpEither() throws Exception {
        SlowListener listener = new SlowListener();
        WebSocket socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(URI.create("ws://127.0.0.1:" + port + "/"), listener)
                .get(WAIT_SECONDS, TimeUnit.SECONDS);
        EventStream stream = opened.get(WAIT_SECONDS, TimeUnit.SECONDS);
        byte[] picture = new byte[100_000];
        for (int step = 1; step <= PICTURES; step++) {
            stream.offer(new JobPreview(step, PICTURES, 256, 256, picture));
            letItWrite(stream);
        }
        listener.whenSeen("\"step\":" + PICTURES + ",", () -> stream.offer(new JobEvent.Completed()));
        socket.request(Long.MAX_VALUE);
        int messages = listener.closed.get(WAIT_SECONDS, TimeUnit.SECONDS);
        assertTrue(messages < PICTURES / 2, messages + " were kept for it");
    }

    /** Asks for nothing by itself; counts messages. */
    private static final class SlowListener implements WebSocket.Listener {
        private final CompletableFuture<Integer> closed = new CompletableFuture<>();
        private final StringBuilder text = new StringBuilder();
        private volatile String awaited = "nothing";
        private volatile Runnable then = () -> {};
        private int messages;

        void whenSeen(String part, Runnable action) {
            then = action;
            awaited = part;
        }

        @Override
        public void onOpen(WebSocket socket) {
            // the usual one would ask for a message
        }

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
            text.append(part);
            if (last) {
                messages++;
                if (text.indexOf(awaited) >= 0) {
                    then.run();
                }
                text.setLength(0);
            }
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
            closed.complete(messages);
            return CompletableFuture.completedFuture(null);
        }
    }

    @Test
    void whatComesLateIsLeftOutAndNothingFollowsTheLast() throws Exception {
        try (Socket socket = ask()) {
            EventStream stream = opened.get(WAIT_SECONDS, TimeUnit.SECONDS);
            for (JobEvent event : List.of(
                    new JobEvent.Queued(2, Optional.empty()),
                    new JobEvent.Queued(1, Optional.empty()),
                    new JobEvent.Step(3, 9, 0, 1),
                    new JobEvent.Queued(1, Optional.empty()), // an answer of the database that was older
                    new JobEvent.Decoded(1, 8, 0.125, 80),
                    new JobEvent.Step(9, 9, 0, 75),
                    new JobEvent.Cancelled(),
                    new JobEvent.Completed())) {
                stream.offer(event);
                letItWrite(stream);
            }
            assertEquals(List.of("queued", "queued", "step", "frame", "cancelled"), events(socket));
            assertEquals(0, feed.watching());
        }
    }

    @Test
    void aReaderThatGoesIsForgotten() throws Exception {
        try (Socket socket = ask()) {
            opened.get(WAIT_SECONDS, TimeUnit.SECONDS);
            assertEquals(1, feed.watching());
            assertTrue(socket.isConnected());
        }
        long start = System.nanoTime();
        while (feed.watching() > 0) {
            assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(WAIT_SECONDS), "still watched");
            Thread.sleep(5);
        }
    }

    private Socket ask() throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(1 << 14);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        socket.setSoTimeout(WAIT_SECONDS * 1000);
        socket.getOutputStream().write("GET / HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    /** Waits until the connection's thread has done what was asked of it before. */
    private static void letItWrite(EventStream stream) throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        stream.afterWriting(done::countDown);
        assertTrue(done.await(WAIT_SECONDS, TimeUnit.SECONDS));
    }

    /** Reads to the end, and lets the job end when the last picture has come. */
    private static List<String> lines(Socket socket, String beginning, EventStream stream) throws IOException {
        List<String> lines = new ArrayList<>();
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (line.startsWith(beginning)) {
                    lines.add(line);
                    if (line.contains("\"step\":" + PICTURES + ",")) {
                        stream.offer(new JobEvent.Completed());
                    }
                }
            }
        }
        return lines;
    }

    private static List<String> events(Socket socket) throws IOException {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
            return lines.lines()
                    .filter(line -> line.startsWith("event: "))
                    .map(line -> line.substring("event: ".length()))
                    .toList();
        }
    }
}
