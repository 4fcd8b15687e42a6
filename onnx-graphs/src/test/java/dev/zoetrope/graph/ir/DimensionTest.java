package dev.zoetrope.graph.ir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.zoetrope.graph.GraphException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DimensionTest {
    private static final List<String> SYMBOLS = List.of("S", "T", "rows", "columns");

    @Test
    void equalPolynomialsAreEqual() {
        Dimension rows = Dimension.symbol("rows");
        Dimension columns = Dimension.symbol("columns");
        assertEquals(rows.times(8), rows.times(2).times(4));
        assertEquals(rows.times(columns), columns.times(rows));
        assertEquals(rows.plus(columns), columns.plus(rows));
        assertEquals(rows.times(0), Dimension.of(0));
        assertNotEquals(rows, columns);
    }

    @Test
    void textIsCanonical() {
        assertEquals("8*rows", Dimension.symbol("rows").times(8).toString());
        assertEquals("T + V", Dimension.symbol("V").plus(Dimension.symbol("T")).toString());
        assertEquals("1 + B", Dimension.parse("B + 1").toString());
        assertEquals("3*columns*rows", Dimension.parse("rows * 3 * columns").toString());
        assertEquals(
                "[4, 3, 8*rows, 8*columns]",
                Shape.parse("[4,3, 8*rows,columns*8]").toString());
        assertEquals(0, Shape.parse("[]").rank());
    }

    @Test
    void parseUndoesToString() {
        for (long seed = 0; seed < 300; seed++) {
            Dimension dimension = random(new Random(seed));
            assertEquals(dimension, Dimension.parse(dimension.toString()), "seed " + seed);
        }
    }

    @Test
    void arithmeticAgreesWithNumbers() {
        for (long seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            Dimension a = random(random);
            Dimension b = random(random);
            Map<String, Long> sizes = Map.of("S", 7L, "T", 11L, "rows", 3L, "columns", 5L);
            assertEquals(value(a, sizes) + value(b, sizes), value(a.plus(b), sizes), "sum, seed " + seed);
            assertEquals(value(a, sizes) * value(b, sizes), value(a.times(b), sizes), "product, seed " + seed);
            assertEquals(a, a.times(6).dividedBy(6), "quotient, seed " + seed);
        }
    }

    @Test
    void onlyWholeQuotientsExist() {
        Dimension odd = Dimension.parse("8*rows + 4");
        assertEquals(Dimension.parse("2*rows + 1"), odd.dividedBy(4));
        GraphException refused = assertThrows(GraphException.class, () -> odd.dividedBy(8));
        assertEquals("dimension: expected a multiple of 8, found 4 + 8*rows", refused.getMessage());
    }

    @Test
    void sizesAreKnownOrRefused() {
        assertTrue(Dimension.of(5).is(5));
        assertFalse(Dimension.symbol("S").is(1));
        GraphException refused =
                assertThrows(GraphException.class, () -> Dimension.symbol("S").size());
        assertEquals("dimension: expected a known size, found S", refused.getMessage());
        assertThrows(GraphException.class, () -> Dimension.of(-1));
        assertThrows(GraphException.class, () -> Dimension.parse("8 rows"));
        assertThrows(GraphException.class, () -> Dimension.parse(""));
        assertThrows(GraphException.class, () -> Shape.parse("4, 3"));
    }

    private static Dimension random(Random random) {
        Dimension sum = Dimension.of(random.nextInt(3));
        for (int term = random.nextInt(3); term >= 0; term--) {
            Dimension product = Dimension.of(1 + random.nextInt(9));
            for (int factor = random.nextInt(3); factor > 0; factor--) {
                product = product.times(Dimension.symbol(SYMBOLS.get(random.nextInt(SYMBOLS.size()))));
            }
            sum = sum.plus(product);
        }
        return sum;
    }

    private static long value(Dimension dimension, Map<String, Long> sizes) {
        return dimension.terms().stream()
                .mapToLong(term -> term.getValue()
                        * term.getKey().stream()
                                .mapToLong(symbol -> sizes.getOrDefault(symbol, 0L))
                                .reduce(1, (left, right) -> left * right))
                .sum();
    }
}
