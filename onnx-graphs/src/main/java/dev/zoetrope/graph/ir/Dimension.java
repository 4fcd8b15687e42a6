package dev.zoetrope.graph.ir;

import dev.zoetrope.graph.GraphException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The size of one axis: a number, a named symbol ({@code S}) or a polynomial of symbols with whole coefficients
 * ({@code 8*rows}, {@code T + V}). Two dimensions are equal when their polynomials are, so {@code 2*(4*rows)} is
 * {@code 8*rows}. The text form is canonical and is what an ONNX file carries as {@code dim_param}.
 */
public final class Dimension {
    private static final Pattern SYMBOL = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final String CONSTANT = "";

    /** Product of symbols, sorted and joined by {@code *} (empty for the constant) to its coefficient, never 0. */
    private final SortedMap<String, Long> terms;

    private Dimension(SortedMap<String, Long> terms) {
        terms.values().removeIf(coefficient -> coefficient == 0);
        this.terms = Collections.unmodifiableSortedMap(terms);
    }

    public static Dimension of(long size) {
        if (size < 0) {
            throw new GraphException("dimension: expected a size of at least 0, found " + size);
        }
        return term(CONSTANT, size);
    }

    public static Dimension symbol(String name) {
        if (!SYMBOL.matcher(name).matches()) {
            throw new GraphException("dimension: expected a name of letters, digits and _, found '" + name + "'");
        }
        return term(name, 1);
    }

    /** Reads {@link #toString()}'s form: {@code 48}, {@code S}, {@code 8*rows}, {@code T + V}. */
    public static Dimension parse(String text) {
        Dimension sum = of(0);
        for (String term : text.split("\\+", -1)) {
            Dimension product = of(1);
            for (String factor : term.split("\\*", -1)) {
                product = product.times(parseFactor(factor.strip(), text));
            }
            sum = sum.plus(product);
        }
        return sum;
    }

    private static Dimension parseFactor(String factor, String text) {
        if (SYMBOL.matcher(factor).matches()) {
            return symbol(factor);
        }
        try {
            return of(Long.parseLong(factor));
        } catch (NumberFormatException e) {
            throw new GraphException("dimension: expected sums of products like 8*rows, found '" + text + "'", e);
        }
    }

    private static Dimension term(String product, long coefficient) {
        SortedMap<String, Long> terms = new TreeMap<>();
        terms.put(product, coefficient);
        return new Dimension(terms);
    }

    /** Whether the size is known now. */
    public boolean isFixed() {
        return terms.isEmpty() || (terms.size() == 1 && terms.containsKey(CONSTANT));
    }

    /** The known size. */
    public long size() {
        if (!isFixed()) {
            throw new GraphException("dimension: expected a known size, found " + this);
        }
        return terms.getOrDefault(CONSTANT, 0L);
    }

    public boolean is(long size) {
        return isFixed() && size() == size;
    }

    public Dimension plus(Dimension other) {
        SortedMap<String, Long> sum = new TreeMap<>(terms);
        other.terms.forEach((product, coefficient) -> sum.merge(product, coefficient, Math::addExact));
        return new Dimension(sum);
    }

    /** The dimension plus a number of either sign, as a convolution without padding makes an axis shorter. */
    public Dimension plus(long amount) {
        return plus(term(CONSTANT, amount));
    }

    public Dimension times(Dimension other) {
        SortedMap<String, Long> product = new TreeMap<>();
        terms.forEach((left, a) -> other.terms.forEach(
                (right, b) -> product.merge(join(left, right), Math.multiplyExact(a, b), Math::addExact)));
        return new Dimension(product);
    }

    public Dimension times(long factor) {
        return times(of(factor));
    }

    /** The dimension over a divisor that must divide it whatever the symbols stand for. */
    public Dimension dividedBy(long divisor) {
        SortedMap<String, Long> quotient = new TreeMap<>();
        terms.forEach((product, coefficient) -> {
            if (coefficient % divisor != 0) {
                throw new GraphException("dimension: expected a multiple of " + divisor + ", found " + this);
            }
            quotient.put(product, coefficient / divisor);
        });
        return new Dimension(quotient);
    }

    /** The size where the symbols stand for these numbers. */
    public long sizeWhere(Map<String, Long> symbols) {
        long size = 0;
        for (Map.Entry<List<String>, Long> term : terms()) {
            long product = term.getValue();
            for (String symbol : term.getKey()) {
                Long value = symbols.get(symbol);
                if (value == null) {
                    throw new GraphException("dimension " + this + ": expected a size for " + symbol + ", found none");
                }
                product = Math.multiplyExact(product, value);
            }
            size = Math.addExact(size, product);
        }
        return size;
    }

    /** The terms of the sum: the symbols multiplied (none for the constant) and their coefficient. */
    public List<Map.Entry<List<String>, Long>> terms() {
        List<Map.Entry<List<String>, Long>> list = new ArrayList<>();
        terms.forEach((product, coefficient) -> list.add(Map.entry(symbols(product), coefficient)));
        return list;
    }

    /** The symbols that it is made of. */
    public Set<String> symbols() {
        return terms.keySet().stream()
                .flatMap(product -> symbols(product).stream())
                .collect(Collectors.toSet());
    }

    private static List<String> symbols(String product) {
        return product.isEmpty() ? List.of() : List.of(product.split("\\*"));
    }

    private static String join(String left, String right) {
        List<String> symbols = new ArrayList<>(symbols(left));
        symbols.addAll(symbols(right));
        Collections.sort(symbols);
        return String.join("*", symbols);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Dimension dimension && terms.equals(dimension.terms);
    }

    @Override
    public int hashCode() {
        return terms.hashCode();
    }

    @Override
    public String toString() {
        if (isFixed()) {
            return Long.toString(size());
        }
        List<String> texts = new ArrayList<>();
        terms.forEach((product, coefficient) -> {
            if (product.isEmpty()) {
                texts.add(Long.toString(coefficient));
            } else {
                texts.add(coefficient == 1 ? product : coefficient + "*" + product);
            }
        });
        return String.join(" + ", texts);
    }
}
