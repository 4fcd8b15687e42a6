package dev.zoetrope.runtime;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.zoetrope.runtime.error.RequestException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Edits and continuity as JSON, a part of {@link RequestJson}'s. */
final class EditJson {
    private EditJson() {}

    static ObjectNode write(Edit edit) {
        ObjectNode node = RequestJson.JSON.createObjectNode();
        return switch (edit) {
            case Edit.Compose compose -> compose(node, compose);
            case Edit.Extend extend ->
                node.put("kind", "extend")
                        .put("clip", extend.clip().toString())
                        .put("seconds", extend.seconds())
                        .put("backward", extend.backward());
            case Edit.Loop loop ->
                node.put("kind", "loop").put("clip", loop.clip().toString()).put("seconds", loop.seconds());
            case Edit.Connect connect ->
                node.put("kind", "connect")
                        .put("clip", connect.first().toString())
                        .put("second", connect.second().toString())
                        .put("seconds", connect.seconds())
                        .put("way", connect.way().name().toLowerCase(Locale.ROOT));
            case Edit.Interpolate interpolate ->
                node.put("kind", "interpolate").put("clip", interpolate.clip().toString());
            case Edit.Restyle restyle -> {
                node.put("kind", "restyle")
                        .put("clip", restyle.source().toString())
                        .put("strength", restyle.strength());
                restyle.mask().ifPresent(mask -> node.put("mask", mask.toString()));
                yield node;
            }
            case Edit.KeyFrames keys -> node.put("kind", "key_frames").put("stride", keys.stride());
        };
    }

    private static ObjectNode compose(ObjectNode node, Edit.Compose compose) {
        node.put("kind", "compose").put("loop", compose.loop());
        ArrayNode placed = node.putArray("placed");
        for (Edit.Placed thing : compose.placed()) {
            placed.addObject()
                    .put("file", thing.file().toString())
                    .put("at", thing.atSeconds())
                    .put("strength", thing.strength());
        }
        ArrayNode shots = node.putArray("shots");
        for (Edit.Shot shot : compose.shots()) {
            shots.addObject()
                    .put("at", shot.atSeconds())
                    .put("prompt", shot.prompt())
                    .put("transition", shot.transition().name().toLowerCase(Locale.ROOT));
        }
        return node;
    }

    static Edit read(JsonNode node) {
        Path clip = Path.of(node.path("clip").asText(""));
        double seconds = node.path("seconds").asDouble();
        return switch (node.path("kind").asText("")) {
            case "compose" -> readCompose(node);
            case "extend" ->
                new Edit.Extend(clip, seconds, node.path("backward").asBoolean());
            case "loop" -> new Edit.Loop(clip, seconds);
            case "connect" ->
                new Edit.Connect(
                        clip,
                        Path.of(node.path("second").asText("")),
                        seconds,
                        way(node.path("way").asText("auto")));
            case "interpolate" -> new Edit.Interpolate(clip);
            case "restyle" ->
                new Edit.Restyle(
                        clip,
                        node.path("strength").asDouble(),
                        node.hasNonNull("mask")
                                ? Optional.of(Path.of(node.get("mask").asText()))
                                : Optional.empty());
            case "key_frames" -> new Edit.KeyFrames(node.path("stride").asInt());
            default ->
                throw new RequestException("edit: expected compose, extend, loop, connect, interpolate, restyle or"
                        + " key_frames as its kind, found " + node);
        };
    }

    private static Edit readCompose(JsonNode node) {
        List<Edit.Placed> placed = new ArrayList<>();
        node.path("placed")
                .forEach(thing -> placed.add(new Edit.Placed(
                        Path.of(thing.path("file").asText("")),
                        thing.path("at").asDouble(),
                        thing.path("strength").asDouble(1))));
        List<Edit.Shot> shots = new ArrayList<>();
        node.path("shots")
                .forEach(shot -> shots.add(new Edit.Shot(
                        shot.path("at").asDouble(),
                        shot.path("prompt").asText(""),
                        transition(shot.path("transition").asText("cut")))));
        return new Edit.Compose(placed, shots, node.path("loop").asBoolean());
    }

    private static Edit.Transition transition(String name) {
        return switch (name) {
            case "cut" -> Edit.Transition.CUT;
            case "blend" -> Edit.Transition.BLEND;
            default -> throw new RequestException("transition of a shot: expected cut or blend, found '" + name + "'");
        };
    }

    private static Edit.Way way(String name) {
        return switch (name) {
            case "auto" -> Edit.Way.AUTO;
            case "made" -> Edit.Way.MADE;
            case "dissolve" -> Edit.Way.DISSOLVE;
            default ->
                throw new RequestException(
                        "way of a connection: expected auto, made or dissolve, found '" + name + "'");
        };
    }

    static ObjectNode write(Continuity continuity) {
        return RequestJson.JSON
                .createObjectNode()
                .put("window", continuity.window())
                .put("context", continuity.context())
                .put("context_noise", continuity.contextNoise())
                .put("anchor", continuity.anchor())
                .put("matching", continuity.matching());
    }

    static Continuity readContinuity(JsonNode node) {
        return new Continuity(
                node.path("window").asInt(),
                node.path("context").asInt(),
                node.path("context_noise").asDouble(),
                node.path("anchor").asBoolean(),
                node.path("matching").asDouble());
    }
}
