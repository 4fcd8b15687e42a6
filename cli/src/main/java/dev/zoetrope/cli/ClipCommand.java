package dev.zoetrope.cli;

import java.util.List;
import java.util.concurrent.Callable;

/**
 * A command that makes one clip, on a command line of its own or as a row of a batch. Names, forms and refusals of its
 * arguments and options are those of the class that implements it, in both.
 */
interface ClipCommand extends Callable<Integer> {
    /** One of each, in the order they are listed to people. */
    static List<ClipCommand> all(Surroundings surroundings) {
        return List.of(
                new RenderCommand(surroundings),
                new AnimateCommand(surroundings),
                new ExtendCommand(surroundings),
                new LoopCommand(surroundings),
                new ConnectCommand(surroundings),
                new InterpolateCommand(surroundings),
                new RestyleCommand(surroundings),
                new StoryboardCommand(surroundings));
    }

    /**
     * What is to be made.
     *
     * @param inputs what its words and file names mean
     * @param usual what holds where its own options say nothing
     */
    ClipDraft draft(Inputs inputs, RequestOptions usual);

    /** Where it goes, and how it is made. */
    ClipJob job();

    @Override
    default Integer call() {
        return job().make(draft(job().inputs(), new RequestOptions()));
    }
}
