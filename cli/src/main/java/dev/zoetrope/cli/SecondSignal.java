package dev.zoetrope.cli;

import java.lang.reflect.Proxy;
import java.util.List;

/**
 * Has the next Ctrl-C or SIGTERM end the process at once. Once the JVM is ending it takes no notice of more of them: who is
 * tired of waiting could only kill it.
 */
final class SecondSignal {
    /** What shells add to the number of a signal that ended a process. */
    private static final int SIGNAL_STATUS = 128;

    private SecondSignal() {}

    /* By reflection: the class is in every JDK, in a module named after its not being supported, and naming it is a
     * warning that cannot be suppressed. Without it, a second signal does nothing, as before. */
    static void endAtOnce() {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object halt = Proxy.newProxyInstance(
                    handler.getClassLoader(), new Class<?>[] {handler}, (_, method, arguments) -> {
                        if (method.getName().equals("handle")) {
                            int number = (int) signal.getMethod("getNumber").invoke(arguments[0]);
                            Runtime.getRuntime().halt(SIGNAL_STATUS + number);
                        }
                        return method.getReturnType() == int.class ? 0 : false;
                    });
            for (String name : List.of("INT", "TERM")) {
                signal.getMethod("handle", signal, handler)
                        .invoke(null, signal.getConstructor(String.class).newInstance(name), halt);
            }
        } catch (ReflectiveOperationException | RuntimeException _) {
            // Another kind of JVM, or one that was told to leave signals alone (-Xrs).
        }
    }
}
