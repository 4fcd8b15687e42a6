package dev.zoetrope.cli;

import dev.zoetrope.runtime.Edit;
import dev.zoetrope.runtime.RenderRequest;
import dev.zoetrope.runtime.error.RequestException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A clip described shot by shot.
 *
 * @param look what holds for all of it
 * @param loop whether its end leads back to its beginning
 * @param shots in order; at least one
 */
record Storyboard(LookOptions look, boolean loop, List<Shot> shots) {
    Storyboard {
        shots = List.copyOf(shots);
    }

    /**
     * One shot.
     *
     * @param prompt what it shows
     * @param seconds how long it is
     * @param transition how it begins; without meaning for the first
     * @param camera what the camera does, said behind the prompt
     * @param placed pictures and clips, at times from the shot's beginning, negative ones from its end
     */
    record Shot(
            String prompt,
            double seconds,
            Edit.Transition transition,
            Optional<String> camera,
            List<Edit.Placed> placed) {
        Shot {
            placed = List.copyOf(placed);
        }

        String text() {
            return camera.map(words -> prompt + ", " + words).orElse(prompt);
        }
    }

    /**
     * The request it stands for.
     *
     * @param usual what holds where it says nothing; its length is its own
     */
    RenderRequest toRequest(RequestOptions usual) {
        List<Edit.Shot> later = new ArrayList<>();
        List<Edit.Placed> placed = new ArrayList<>();
        double start = 0;
        for (int number = 0; number < shots.size(); number++) {
            Shot shot = shots.get(number);
            if (number > 0) {
                later.add(new Edit.Shot(start, shot.text(), shot.transition()));
            }
            for (Edit.Placed thing : shot.placed()) {
                placed.add(new Edit.Placed(thing.file(), at(thing.atSeconds(), start, number), thing.strength()));
            }
            start += shot.seconds();
        }
        return look.over(usual, RenderRequest.of(shots.getFirst().text()))
                .withSeconds(start)
                .withEdit(new Edit.Compose(PlacedText.inOrder(placed), later, loop));
    }

    /** A time of a shot as one of the whole; only the last shot's end is the end of the whole. */
    private double at(double seconds, double start, int number) {
        if (seconds >= 0) {
            return start + seconds;
        }
        if (number == shots.size() - 1) {
            return seconds;
        }
        if (seconds == Edit.Placed.LAST_FRAME) {
            throw new RequestException("shot " + (number + 1) + ", at: expected end in the last shot alone,"
                    + " found it in an earlier one (say a time before its end, such as -0.2)");
        }
        return start + shots.get(number).seconds() + seconds;
    }
}
