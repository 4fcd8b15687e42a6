package dev.zoetrope.endtoend;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/**
 * The statistic of docs/flipbook.md, "The judge", which is also {@code onnx-graphs/training/flipbook/judge.py}: does a
 * clip show the colour, the place and the motion that its prompt names? No network.
 */
public final class ClipJudge {
    private static final double NEAR = 75;
    private static final double MIN_SHARE = 0.012;
    private static final double MAX_SHARE = 0.5;
    private static final double SPREAD = 0.3;

    /**
     * What a clip was found to show.
     *
     * @param seen the named colour, as one compact thing in every frame
     */
    public record Verdict(boolean seen, boolean background, boolean motion) {}

    /** One place of the model's world: its four colours from the top of the sky to the lower edge. */
    private static final class Place {
        private final String ground;
        private final String time;
        private final double[][] bands;

        Place(String ground, String time, double[][] bands) {
            this.ground = ground;
            this.time = time;
            this.bands = bands;
        }

        boolean flat() {
            return ground.equals("sky") || ground.equals("plain");
        }

        double[][] expectedBands() {
            double[] b0 = bands[0];
            double[] b1 = bands[1];
            return flat()
                    ? new double[][] {mix(b0, b1, 1 / 16.0), mix(b1, b0, 1 / 16.0)}
                    : new double[][] {mix(b0, b1, 1 / 8.0), mix(bands[3], bands[2], 1 / 8.0)};
        }

        /** Distance of a pixel to what the place itself shows. */
        double distance(double[] pixel) {
            return Math.min(segmentDistance(pixel, bands[0], bands[1]), segmentDistance(pixel, bands[2], bands[3]));
        }
    }

    /** Centroid of the thing's pixels in one frame, its share of the frame and its spread in pixels. */
    private record Blob(double x, double y, double share, double spread) {}

    private final double[] colour;
    private final Place place;
    private final List<Place> places = new ArrayList<>();
    private final String motion;

    /** @param world {@code world} of the transformer's config.json */
    public ClipJudge(JsonNode world, String colour, String ground, String time, String motion) {
        this.colour = colour(world.path("colours").path(colour));
        for (JsonNode node : world.path("places")) {
            double[][] bands = new double[4][];
            for (int i = 0; i < 4; i++) {
                bands[i] = colour(node.path("bands").path(i));
            }
            places.add(new Place(node.path("ground").asText(), node.path("time").asText(), bands));
        }
        this.place = places.stream()
                .filter(candidate -> candidate.ground.equals(ground) && candidate.time.equals(time))
                .findFirst()
                .orElseThrow();
        this.motion = motion;
    }

    /** Judges frames of RGB pixels {@code [height, width, 3]}, each 0..255. */
    public Verdict judge(List<double[][][]> frames) {
        List<Blob> blobs = new ArrayList<>();
        double[][] sums = new double[2][4];
        double[][] all = new double[2][4];
        for (double[][][] frame : frames) {
            blobs.add(blob(frame, sums, all));
        }
        int side = Math.min(frames.getFirst().length, frames.getFirst()[0].length);
        boolean seen = blobs.stream()
                .allMatch(
                        blob -> blob.share() > MIN_SHARE && blob.share() < MAX_SHARE && blob.spread() < SPREAD * side);
        double[][] bands = {mean(sums[0], all[0]), mean(sums[1], all[1])};
        return new Verdict(
                seen,
                nearest(bands).equals(place),
                seen && blobs.size() >= 5 && motion(blobs).equals(motion));
    }

    /** Finds the thing in a frame and adds the other pixels of the upper and lower band to their sums. */
    private Blob blob(double[][][] frame, double[][] sums, double[][] all) {
        int height = frame.length;
        int width = frame[0].length;
        int rows = Math.max(1, height / 8);
        List<int[]> thing = new ArrayList<>();
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                double[] pixel = frame[y][x];
                double near = distance(pixel, colour);
                boolean isThing = near < NEAR && near < place.distance(pixel);
                if (isThing) {
                    thing.add(new int[] {x, y});
                }
                int band = y < rows ? 0 : y >= height - rows ? 1 : -1;
                if (band >= 0) {
                    add(all[band], pixel);
                    if (!isThing) {
                        add(sums[band], pixel);
                    }
                }
            }
        }
        double cx = thing.stream().mapToInt(p -> p[0]).average().orElse(0);
        double cy = thing.stream().mapToInt(p -> p[1]).average().orElse(0);
        double square = thing.stream()
                .mapToDouble(p -> (p[0] - cx) * (p[0] - cx) + (p[1] - cy) * (p[1] - cy))
                .average()
                .orElse(0);
        return new Blob(cx, cy, thing.size() / (double) (width * height), Math.sqrt(square));
    }

    private Place nearest(double[][] bands) {
        Place best = places.getFirst();
        double least = Double.POSITIVE_INFINITY;
        for (Place candidate : places) {
            double[][] expected = candidate.expectedBands();
            double sum = distance(bands[0], expected[0]) + distance(bands[1], expected[1]);
            if (sum < least) {
                least = sum;
                best = candidate;
            }
        }
        return best;
    }

    private static String motion(List<Blob> blobs) {
        double reachX = reach(blobs.stream().mapToDouble(Blob::x).toArray());
        double reachY = reach(blobs.stream().mapToDouble(Blob::y).toArray());
        double shiftX = shift(blobs.stream().mapToDouble(Blob::x).toArray());
        double shiftY = shift(blobs.stream().mapToDouble(Blob::y).toArray());
        if (Math.max(reachX, reachY) < 4) {
            return "still";
        }
        if (reachY - Math.abs(shiftY) > 5 && reachY > reachX) {
            return "bounce";
        }
        if (Math.abs(shiftX) >= Math.abs(shiftY)) {
            return shiftX > 0 ? "right" : "left";
        }
        return shiftY > 0 ? "down" : "up";
    }

    private static double reach(double[] values) {
        return java.util.Arrays.stream(values).max().orElse(0)
                - java.util.Arrays.stream(values).min().orElse(0);
    }

    private static double shift(double[] values) {
        int n = values.length;
        return (values[n - 1] + values[n - 2]) / 2 - (values[0] + values[1]) / 2;
    }

    private static void add(double[] sum, double[] pixel) {
        for (int i = 0; i < 3; i++) {
            sum[i] += pixel[i];
        }
        sum[3]++;
    }

    private static double[] mean(double[] preferred, double[] otherwise) {
        double[] sum = preferred[3] > 0 ? preferred : otherwise;
        return new double[] {sum[0] / sum[3], sum[1] / sum[3], sum[2] / sum[3]};
    }

    private static double[] mix(double[] from, double[] to, double share) {
        double[] mixed = new double[3];
        for (int i = 0; i < 3; i++) {
            mixed[i] = from[i] + (to[i] - from[i]) * share;
        }
        return mixed;
    }

    private static double segmentDistance(double[] pixel, double[] a, double[] b) {
        double dot = 0;
        double length = 0;
        for (int i = 0; i < 3; i++) {
            dot += (pixel[i] - a[i]) * (b[i] - a[i]);
            length += (b[i] - a[i]) * (b[i] - a[i]);
        }
        return distance(pixel, mix(a, b, Math.clamp(dot / Math.max(1e-6, length), 0, 1)));
    }

    private static double distance(double[] a, double[] b) {
        return Math.sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) + (a[2] - b[2]) * (a[2] - b[2]));
    }

    private static double[] colour(JsonNode node) {
        return new double[] {
            node.path(0).asDouble(), node.path(1).asDouble(), node.path(2).asDouble()
        };
    }
}
