package dev.zoetrope.server.http;

import dev.zoetrope.server.config.ApiKeys;
import io.vertx.core.http.Cookie;
import io.vertx.core.http.CookieSameSite;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Who signed in with a browser. A {@code <video>} and an {@code EventSource} can send no {@code Authorization}, but they
 * do send cookies; and a cookie that scripts cannot read need not be guarded from them.
 */
final class BrowserSessions {
    /* The cookie says whose it is and until when, and has a seal (HMAC-SHA256) that only this process can make: nothing is
     * kept for those who never come back, and the key itself is neither in the cookie nor in the page. A restart ends all
     * sessions. */

    static final String COOKIE = "zoetrope_session";
    static final Duration LIFETIME = Duration.ofDays(1);

    private static final Pattern FORM = Pattern.compile("([0-9a-f]{64})-([0-9]{1,12})-([0-9a-f]{64})");
    private static final String SEAL = "HmacSHA256";

    private final ApiKeys keys;
    private final InstantSource clock;
    private final SecretKeySpec secret;

    BrowserSessions(ApiKeys keys, InstantSource clock) {
        this.keys = keys;
        this.clock = clock;
        byte[] random = new byte[32];
        new SecureRandom().nextBytes(random);
        this.secret = new SecretKeySpec(random, SEAL);
    }

    /** The value of a cookie for the owner of a key. */
    String issue(String owner) {
        String said = owner + "-" + clock.instant().plus(LIFETIME).getEpochSecond();
        return said + "-" + HexFormat.of().formatHex(seal(said));
    }

    /** Whose cookie it is; empty when it is forged or over. */
    Optional<String> owner(String value) {
        Matcher form = FORM.matcher(value);
        if (!form.matches()) {
            return Optional.empty();
        }
        byte[] expected = seal(form.group(1) + "-" + form.group(2));
        boolean genuine = MessageDigest.isEqual(expected, HexFormat.of().parseHex(form.group(3)));
        boolean over = Long.parseLong(form.group(2)) <= clock.instant().getEpochSecond();
        return genuine && !over ? Optional.of(form.group(1)) : Optional.empty();
    }

    /** Whose browser sends a request; empty when it has no session. */
    Optional<String> owner(RoutingContext context) {
        return Optional.ofNullable(context.request().getCookie(COOKIE)).flatMap(cookie -> owner(cookie.getValue()));
    }

    /** The owner of a key that is one of the server's. */
    Optional<String> ownerOfKey(String key) {
        return keys.owner(key);
    }

    boolean areNeeded() {
        return !keys.isEmpty();
    }

    /** Gives a browser its cookie; the browser forgets it when it is closed. */
    void begin(RoutingContext context, String owner) {
        context.response().addCookie(cookie(context, issue(owner)));
    }

    /** Takes it away. */
    void end(RoutingContext context) {
        context.response().addCookie(cookie(context, "").setMaxAge(0));
    }

    private static Cookie cookie(RoutingContext context, String value) {
        boolean secure = context.request().isSSL()
                || "https".equalsIgnoreCase(context.request().getHeader("X-Forwarded-Proto"));
        return Cookie.cookie(COOKIE, value)
                .setPath("/")
                .setHttpOnly(true)
                .setSecure(secure)
                .setSameSite(CookieSameSite.STRICT);
    }

    private byte[] seal(String said) {
        try {
            Mac mac = Mac.getInstance(SEAL);
            mac.init(secret);
            return mac.doFinal(said.getBytes(StandardCharsets.US_ASCII));
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException("every JDK has " + SEAL, e);
        }
    }
}
