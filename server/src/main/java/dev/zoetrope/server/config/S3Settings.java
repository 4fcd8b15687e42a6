package dev.zoetrope.server.config;

import dev.zoetrope.runtime.error.RequestException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;

/**
 * A bucket for results.
 *
 * @param bucket its name
 * @param prefix what all names in it begin with: empty, or with a slash at its end
 * @param endpoint the store's address; empty: Amazon's of the region
 * @param region empty: what the environment says
 */
public record S3Settings(String bucket, String prefix, Optional<URI> endpoint, Optional<String> region) {
    /**
     * Reads {@code s3://bucket/prefix?endpoint=https://…&region=…}.
     *
     * @throws RequestException when it is something else
     */
    public static S3Settings parse(String text) {
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException e) {
            throw refused("no URL");
        }
        if (!"s3".equals(uri.getScheme()) || uri.getRawAuthority() == null) {
            throw refused(uri.getScheme() == null ? "no scheme" : "'" + uri.getScheme() + ":'");
        }
        if (uri.getRawUserInfo() != null || uri.getRawAuthority().contains("@")) {
            throw refused("keys in it (they come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile)");
        }
        Optional<URI> endpoint = Optional.empty();
        Optional<String> region = Optional.empty();
        String query = Optional.ofNullable(uri.getQuery()).orElse("");
        for (String option : query.isEmpty() ? new String[0] : query.split("&")) {
            String value = option.substring(option.indexOf('=') + 1);
            if (option.startsWith("endpoint=http://") || option.startsWith("endpoint=https://")) {
                endpoint = Optional.of(URI.create(value));
            } else if (option.startsWith("region=") && !value.isEmpty()) {
                region = Optional.of(value);
            } else {
                throw refused("'" + option + "'");
            }
        }
        String path = Optional.ofNullable(uri.getPath()).orElse("").replaceAll("^/+|/+$", "");
        return new S3Settings(uri.getRawAuthority(), path.isEmpty() ? "" : path + "/", endpoint, region);
    }

    private static RequestException refused(String found) {
        return new RequestException(
                "--results: expected s3://BUCKET/PREFIX?endpoint=https://HOST&region=NAME, found " + found);
    }
}
