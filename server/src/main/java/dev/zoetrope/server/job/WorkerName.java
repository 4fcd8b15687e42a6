package dev.zoetrope.server.job;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;

/** What a server calls itself among those that share a database: a new name at each start. */
final class WorkerName {
    /** With the rest, within the 50 characters that the queue's table has for it. */
    private static final int LONGEST_HOST = 20;

    private WorkerName() {}

    static String draw() {
        String host;
        try {
            host = InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException _) {
            host = "host";
        }
        return host.substring(0, Math.min(host.length(), LONGEST_HOST)) + "-"
                + ProcessHandle.current().pid() + "-" + Integer.toHexString(new SecureRandom().nextInt());
    }
}
