package dev.zoetrope.runtime.sample;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ThroughputTest {
    private static final long SECOND = 1_000_000_000;

    @Test
    void whatWasDoneLatelyCountsMost() {
        Throughput throughput = new Throughput();
        assertTrue(throughput.perSecond().isEmpty());
        throughput.add(50, SECOND / 2);
        assertEquals(100, throughput.perSecond().orElseThrow(), 1e-9);
        for (int i = 0; i < 20; i++) {
            throughput.add(100, SECOND);
        }
        assertEquals(100, throughput.perSecond().orElseThrow(), 1e-9, "the same all the time");
        for (int i = 0; i < 20; i++) {
            throughput.add(10, SECOND);
        }
        double slower = throughput.perSecond().orElseThrow();
        assertTrue(slower > 35 && slower < 45, "half of the way after a half-life and a third more: " + slower);
        for (int i = 0; i < 200; i++) {
            throughput.add(10, SECOND);
        }
        assertEquals(10, throughput.perSecond().orElseThrow(), 0.1, "and all of it later");
    }
}
