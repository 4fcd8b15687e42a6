package dev.zoetrope.server.config;

import dev.zoetrope.runtime.error.RequestException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Where it is kept which videos there are and what waits. */
public sealed interface DatabaseSettings {
    /** A file in the data folder; one server at a time. */
    record InDataFolder() implements DatabaseSettings {}

    /**
     * A PostgreSQL that several servers may share.
     *
     * @param url for its driver, without user and password
     * @param user empty: the driver's usual one
     * @param password empty: none, or one that the driver finds by itself
     */
    record PostgreSql(String url, Optional<String> user, Optional<String> password) implements DatabaseSettings {
        /** Without the password: this goes to logs. */
        @Override
        public String toString() {
            return "PostgreSql[" + url + "]";
        }
    }

    /** The file in the data folder. */
    static DatabaseSettings inDataFolder() {
        return new InDataFolder();
    }

    /**
     * Reads {@code postgresql://user:password@host:port/database?option=value} or {@code jdbc:postgresql://…}; a user and a
     * password that are not in it are taken from the environment's {@code PGUSER} and {@code PGPASSWORD}.
     *
     * @throws RequestException when it is something else; what is said never holds a password
     */
    static DatabaseSettings parse(String text, Map<String, String> environment) {
        String scheme = text.toLowerCase(Locale.ROOT);
        String plain = scheme.startsWith("jdbc:") ? text.substring("jdbc:".length()) : text;
        URI uri;
        try {
            uri = new URI(plain);
        } catch (URISyntaxException e) {
            throw refused("one that is no URL (special characters of a password are written as %40 and the like)");
        }
        String name = String.valueOf(uri.getScheme());
        if (!name.equals("postgresql") && !name.equals("postgres")) {
            throw refused("one that begins with '" + name.substring(0, Math.min(name.length(), 16)) + ":'");
        }
        String path = Optional.ofNullable(uri.getRawPath()).orElse("");
        if (uri.getHost() == null || path.length() < 2) {
            throw refused("one without " + (uri.getHost() == null ? "a host" : "the name of a database"));
        }
        Optional<String> user = Optional.ofNullable(environment.get("PGUSER"));
        Optional<String> password = Optional.ofNullable(environment.get("PGPASSWORD"));
        List<String> options = new ArrayList<>();
        String query = Optional.ofNullable(uri.getRawQuery()).orElse("");
        for (String option : query.isEmpty() ? new String[0] : query.split("&")) {
            if (option.startsWith("user=")) {
                user = Optional.of(decoded(option.substring("user=".length())));
            } else if (option.startsWith("password=")) {
                password = Optional.of(decoded(option.substring("password=".length())));
            } else {
                options.add(option);
            }
        }
        String login = Optional.ofNullable(uri.getRawUserInfo()).orElse("");
        if (!login.isEmpty()) {
            int colon = login.indexOf(':');
            user = Optional.of(decoded(colon < 0 ? login : login.substring(0, colon)));
            password = colon < 0 ? password : Optional.of(decoded(login.substring(colon + 1)));
        }
        String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
        return new PostgreSql(
                "jdbc:postgresql://" + uri.getHost() + port + path
                        + (options.isEmpty() ? "" : "?" + String.join("&", options)),
                user,
                password);
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static RequestException refused(String found) {
        return new RequestException("--database: expected postgresql://USER:PASSWORD@HOST/DATABASE, found " + found);
    }
}
