package dev.zoetrope.server.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.runtime.Estimate;
import dev.zoetrope.server.job.Forecast.Running;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ForecastTest {
    private static Estimate of(int seconds) {
        return new Estimate(1, 1, 1, Optional.of(Duration.ofSeconds(seconds)), Optional.of(Duration.ZERO));
    }

    @Test
    void whatRunsSharesTheMachineAlike() {
        assertEquals(List.of(0.0, 0.0, 20.0), Forecast.starts(List.of(), List.of(10.0, 30.0, 5.0), 2));
        // Two of 10 and 30 s: the first ends after 20 s, then the other, with 20 left, shares with the third, which
        // ends 10 s later.
        assertEquals(List.of(20.0, 30.0), Forecast.starts(List.of(10.0, 30.0), List.of(5.0, 1.0), 2));
        assertEquals(List.of(10.0, 40.0), Forecast.starts(List.of(10.0), List.of(30.0, 5.0), 1));
        assertEquals(
                List.of(3 * 5.0 + 2 * 5.0),
                Forecast.starts(List.of(5.0, 10.0, 20.0), List.of(1.0), 2),
                "more than workers");
    }

    @Test
    void jobsThatAreNotKnownTakeAsLongAsTheOthers() {
        Forecast forecast = new Forecast(1);
        List<Running> running = List.of(new Running("a", 50));
        assertTrue(forecast.starts(running, List.of("b")).isEmpty());
        assertTrue(forecast.nextEnd(running).isEmpty());
        forecast.expect("a", of(10));
        forecast.expect("b", of(30));
        assertEquals(
                List.of(Duration.ofSeconds(5), Duration.ofSeconds(35), Duration.ofSeconds(55)),
                forecast.starts(running, List.of("b", "found at the start", "c"))
                        .orElseThrow());
        assertEquals(Optional.of(Duration.ofSeconds(5)), forecast.nextEnd(running));
        assertTrue(forecast.nextEnd(List.of()).isEmpty());
        forecast.forget("a");
        forecast.forget("b");
        assertTrue(forecast.starts(running, List.of("b")).isEmpty());
    }
}
