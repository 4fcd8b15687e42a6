package dev.zoetrope.ffm.ort;

/**
 * Which provider runs a node of a session's graph.
 *
 * @param node the node's name; may be empty
 * @param domain its operator's domain; empty for ONNX's own
 * @param operator its operator
 * @param provider the provider, for example {@code CUDAExecutionProvider}
 */
public record NodePlacement(String node, String domain, String operator, String provider) {
    private static final String CPU = "CPUExecutionProvider";

    /** Whether the node runs on the processor. */
    public boolean isOnCpu() {
        return provider.equals(CPU);
    }

    /** For example {@code Add total_node on CPUExecutionProvider}. */
    @Override
    public String toString() {
        String type = domain.isEmpty() ? operator : domain + "." + operator;
        return (node.isEmpty() ? type : type + " " + node) + " on " + provider;
    }
}
