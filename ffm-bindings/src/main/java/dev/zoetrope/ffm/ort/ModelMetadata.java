package dev.zoetrope.ffm.ort;

import java.util.Map;

/**
 * What a model says about itself; a text that it does not carry is empty.
 *
 * @param producer the program that wrote it
 * @param graphName name of its graph
 * @param domain reverse-DNS name space of the model
 * @param description free text
 * @param version number its author gave it
 * @param properties free key and value pairs
 */
public record ModelMetadata(
        String producer,
        String graphName,
        String domain,
        String description,
        long version,
        Map<String, String> properties) {
    /** Copies the properties. */
    public ModelMetadata {
        properties = Map.copyOf(properties);
    }
}
