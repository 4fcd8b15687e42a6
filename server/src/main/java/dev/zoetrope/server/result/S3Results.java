package dev.zoetrope.server.result;

import dev.zoetrope.runtime.error.OutputException;
import dev.zoetrope.server.config.S3Settings;
import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Results in a bucket, one object a file, named {@code PREFIX + video id + / + file name}. An object is there whole or not at
 * all. Thread-safe; blocks.
 */
public final class S3Results implements AutoCloseable {
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

    private final S3Client client;
    private final String bucket;
    private final String prefix;

    private S3Results(S3Client client, S3Settings settings) {
        this.client = client;
        this.bucket = settings.bucket();
        this.prefix = settings.prefix();
    }

    /**
     * Opens a bucket; keys are found as the store's own tools find them (environment, profile, the machine's role).
     *
     * @throws OutputException when it cannot be reached or is not there
     */
    public static S3Results open(S3Settings settings) {
        S3Results results = null;
        try {
            S3ClientBuilder builder = S3Client.builder()
                    .httpClientBuilder(UrlConnectionHttpClient.builder()
                            .connectionTimeout(LONGEST_WAIT)
                            .socketTimeout(LONGEST_WAIT))
                    // Stores other than Amazon's know nothing of its newer checksums.
                    .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                    .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED);
            settings.endpoint()
                    .ifPresent(endpoint -> builder.endpointOverride(endpoint).forcePathStyle(true));
            settings.region().ifPresent(region -> builder.region(Region.of(region)));
            if (settings.endpoint().isPresent() && settings.region().isEmpty()) {
                builder.region(Region.US_EAST_1); // which most of them take for theirs
            }
            results = new S3Results(builder.build(), settings);
            results.client.headBucket(request -> request.bucket(settings.bucket()));
            return results;
        } catch (SdkException | IllegalArgumentException e) {
            if (results != null) {
                results.close();
            }
            throw new OutputException(
                    "--results: expected the bucket " + settings.bucket()
                            + settings.endpoint()
                                    .map(endpoint -> " at " + endpoint.getHost())
                                    .orElse("")
                            + ", found: " + reason(e),
                    e);
        }
    }

    /** Puts a file there; it appears whole, in place of one of the same name. */
    public void put(String id, Path file, String type) {
        try {
            client.putObject(
                    request -> request.bucket(bucket).key(key(id, name(file))).contentType(type),
                    RequestBody.fromFile(file));
        } catch (SdkException e) {
            throw failed("to keep " + name(file) + " of " + id, e);
        }
    }

    /** How many bytes a file has; nothing where it is not there. */
    public OptionalLong size(String id, String name) {
        try {
            return OptionalLong.of(
                    client.headObject(request -> request.bucket(bucket).key(key(id, name)))
                            .contentLength());
        } catch (NoSuchKeyException _) {
            return OptionalLong.empty();
        } catch (SdkException e) {
            throw failed("to find " + name + " of " + id, e);
        }
    }

    /**
     * A part of a file; the caller closes it. Nothing where it is not there.
     *
     * @param first first byte, from 0
     * @param last last byte, itself included
     */
    public Optional<InputStream> open(String id, String name, long first, long last) {
        try {
            return Optional.of(client.getObject(
                    request -> request.bucket(bucket).key(key(id, name)).range("bytes=" + first + "-" + last)));
        } catch (NoSuchKeyException _) {
            return Optional.empty();
        } catch (SdkException e) {
            throw failed("to read " + name + " of " + id, e);
        }
    }

    /** Copies a whole file to the disk; false where it is not there. */
    public boolean fetch(String id, String name, Path target) throws IOException {
        try (InputStream input =
                client.getObject(request -> request.bucket(bucket).key(key(id, name)))) {
            Files.copy(input, target, StandardCopyOption.REPLACE_EXISTING);
            return true;
        } catch (NoSuchKeyException _) {
            return false;
        } catch (SdkException e) {
            throw failed("to read " + name + " of " + id, e);
        }
    }

    /** Removes files that may be there. What cannot be removed stays behind, and the log says so. */
    public void delete(String id, List<String> names) {
        for (String name : names) {
            try {
                client.deleteObject(request -> request.bucket(bucket).key(key(id, name)));
            } catch (SdkException e) {
                System.getLogger(S3Results.class.getName())
                        .log(Level.WARNING, "left behind in the bucket: " + key(id, name) + " (" + reason(e) + ")");
            }
        }
    }

    private String key(String id, String name) {
        return prefix + id + "/" + name;
    }

    private static String name(Path file) {
        return String.valueOf(file.getFileName());
    }

    private static ResultException failed(String what, SdkException failure) {
        return new ResultException("results: expected " + what + ", found: " + reason(failure), failure);
    }

    private static String reason(Exception failure) {
        String text = failure instanceof S3Exception answer
                ? "status " + answer.statusCode() + " " + answer.getMessage()
                : String.valueOf(failure.getMessage());
        return text.lines().findFirst().orElse("");
    }

    @Override
    public void close() {
        client.close();
    }
}
