package dev.zoetrope.server.config;

import dev.zoetrope.runtime.error.RequestException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Base64;

/**
 * Who is told when a video is done, and the secret that such messages are signed with (Standard Webhooks).
 *
 * @param address where they are posted to
 * @param secret {@code whsec_} and the key in Base64
 */
public record WebhookSettings(URI address, String secret) {
    private static final String MARK = "whsec_";

    /* As Standard Webhooks asks for. */
    private static final int LEAST_KEY_BYTES = 24;

    private static final int MOST_KEY_BYTES = 64;

    public WebhookSettings {
        key(secret);
    }

    /**
     * Reads an address and a secret as they are given.
     *
     * @throws RequestException when one of them is something else; the secret is not said
     */
    public static WebhookSettings parse(String address, String secret) {
        URI uri;
        try {
            uri = new URI(address);
        } catch (URISyntaxException e) {
            throw new RequestException(
                    "--webhook: expected an address such as https://example.org/hook, found no URL", e);
        }
        String scheme = String.valueOf(uri.getScheme());
        if (uri.getHost() == null || !(scheme.equals("https") || scheme.equals("http"))) {
            throw new RequestException("--webhook: expected https://HOST/… or http://HOST/…, found '" + scheme + ":…'");
        }
        return new WebhookSettings(uri, secret);
    }

    /** The bytes of the key. */
    public byte[] key() {
        return key(secret);
    }

    private static byte[] key(String secret) {
        String expected = "--webhook-secret: expected " + MARK + " and " + LEAST_KEY_BYTES + " to " + MOST_KEY_BYTES
                + " bytes in Base64, found ";
        String cure = " (echo whsec_$(openssl rand -base64 32) makes one)";
        if (!secret.startsWith(MARK)) {
            throw new RequestException(expected + "another beginning" + cure);
        }
        byte[] key;
        try {
            key = Base64.getDecoder().decode(secret.substring(MARK.length()));
        } catch (IllegalArgumentException e) {
            throw new RequestException(expected + "something else behind it" + cure, e);
        }
        if (key.length < LEAST_KEY_BYTES || key.length > MOST_KEY_BYTES) {
            throw new RequestException(expected + key.length + " bytes" + cure);
        }
        return key;
    }

    /** Without the secret, and what may be one in the address: this goes to logs. */
    @Override
    public String toString() {
        return "WebhookSettings[" + address.getScheme() + "://" + address.getHost() + "]";
    }
}
