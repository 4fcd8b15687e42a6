package dev.zoetrope.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.zoetrope.runtime.InputFile.Odd;
import dev.zoetrope.runtime.timeline.RunSpan;
import java.util.List;
import org.junit.jupiter.api.Test;

class InputFileTest {
    @Test
    void everyFrameOfAFileIsShownAndNoneIsMadeUp() {
        for (Odd odd : Odd.values()) {
            for (int temporal = 1; temporal < 6; temporal++) {
                for (int frames = 1; frames < 40; frames++) {
                    List<RunSpan> runs = InputFile.runs(frames, odd, temporal);
                    String where = odd + ", " + frames + " frames: " + runs;
                    assertEquals(frames, runs.stream().mapToInt(RunSpan::frames).sum(), where);
                    for (RunSpan run : runs) {
                        assertEquals(run.codedFrames(temporal), run.frames(), where);
                    }
                }
            }
        }
    }

    @Test
    void oddFramesLieWhereNothingGoesOn() {
        List<RunSpan> singles = List.of(RunSpan.of(1, 1), RunSpan.of(1, 1));
        assertEquals(List.of(singles.get(0), singles.get(1), RunSpan.of(3, 9)), InputFile.runs(11, Odd.FIRST, 4));
        assertEquals(List.of(RunSpan.of(3, 9), singles.get(0), singles.get(1)), InputFile.runs(11, Odd.LAST, 4));
        assertEquals(List.of(RunSpan.of(3, 9)), InputFile.runs(9, Odd.FIRST, 4));
        assertEquals(List.of(RunSpan.of(3, 9)), InputFile.runs(9, Odd.LAST, 4));
        assertEquals(3, InputFile.runs(3, Odd.ALL, 4).size());
    }
}
