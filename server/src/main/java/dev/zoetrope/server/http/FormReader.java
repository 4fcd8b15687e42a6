package dev.zoetrope.server.http;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;

/**
 * Reads forms, as Vert.x's own reader of bodies does, by the same decoder. That one passes on three of the decoder's many
 * exceptions and closes the connection at the others, without an answer; and it gives it each chunk as it comes.
 */
final class FormReader implements Handler<RoutingContext> {
    private static final String KEY = "form";

    private final Answers answers;
    private final Path folder;
    private final long mostBytes;

    /**
     * Nothing is read yet.
     *
     * @param folder where files are until their request is over
     * @param mostBytes of a whole body
     */
    FormReader(Answers answers, Path folder, long mostBytes) {
        this.answers = answers;
        this.folder = folder;
        this.mostBytes = mostBytes;
    }

    /** Whether a request brings a form. */
    static boolean isForm(RoutingContext context) {
        String type =
                String.valueOf(context.request().getHeader("Content-Type")).toLowerCase(Locale.ROOT);
        return type.startsWith("multipart/form-data") || type.startsWith("application/x-www-form-urlencoded");
    }

    /** The form of a request, which was read. */
    static Fields fields(RoutingContext context) {
        return Objects.requireNonNull(context.<Fields>get(KEY), "the form was read");
    }

    @Override
    public void handle(RoutingContext context) {
        HttpServerRequest request = context.request();
        if (declaredBytes(request) > mostBytes) {
            context.fail(413);
            return;
        }
        String expect = request.getHeader("Expect");
        if (expect != null && !expect.equalsIgnoreCase("100-continue")) {
            context.fail(417);
            return;
        }
        new Reading(context, new Form(request.getHeader("Content-Type"), folder)).begin(expect != null);
    }

    /** 0 where it is not said. */
    private static long declaredBytes(HttpServerRequest request) {
        String length = request.getHeader("Content-Length");
        return length != null && length.matches("\\d{1,18}") ? Long.parseLong(length) : 0;
    }

    /** One form. All is done on its connection's thread but what the form itself does. */
    private final class Reading {
        private final RoutingContext context;
        private final Form form;
        private long bytes;

        Reading(RoutingContext context, Form form) {
            this.context = context;
            this.form = form;
        }

        void begin(boolean isWaitedFor) {
            context.addEndHandler(_ -> answers.blocking(() -> {
                form.close();
                return form;
            }));
            HttpServerRequest request = context.request();
            request.exceptionHandler(failure -> Answers.fail(context, failure));
            request.handler(part -> {
                if (context.failed()) {
                    return; // and the rest of it is read and dropped, so that the answer is
                }
                bytes += part.length();
                if (bytes > mostBytes) {
                    context.fail(413);
                    return;
                }
                request.pause();
                byte[] next = part.getBytes();
                answers.blocking(() -> {
                            form.add(next);
                            return form;
                        })
                        .onComplete(done -> {
                            if (done.failed()) {
                                Answers.fail(context, done.cause());
                            }
                            request.resume();
                        });
            });
            request.endHandler(_ -> {
                if (!context.failed()) {
                    answers.afterwards(context, form::finish, fields -> {
                        context.put(KEY, fields);
                        context.next();
                    });
                }
            });
            if (isWaitedFor) {
                context.response().writeContinue();
            }
        }
    }
}
