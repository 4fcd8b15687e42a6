package dev.zoetrope.runtime.sample;

import dev.zoetrope.runtime.error.RenderCancelledException;
import dev.zoetrope.runtime.latent.PackingOptions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Makes the steps of many denoise loops, of any sizes, lengths and schedules, on one thread. Loops join and leave between
 * two steps: one that comes takes part in the next step of those it shares a sequence with, or has its own first step next.
 *
 * <p>Loops are put together in batches up to a budget of packed tokens; a loop above it is a batch of its own. Batches take
 * turns by deficit round robin (M. Shreedhar, G. Varghese, "Efficient fair queueing using deficit round robin", SIGCOMM
 * 1995): each turn is worth the same number of packed tokens for every loop in the batch, times its weight, so that a
 * small loop never waits for a large one to end, and a large one is never starved. A batch that somebody has come into has the
 * next step, and works that off in its later turns.
 *
 * <p>What goes wrong with one loop ends that loop alone: its numbers, its listener. Where the network itself fails, each loop of
 * the batch tries the step again by itself.
 *
 * <p>Thread-safe. Owns its thread and the sequences; loops belong to their callers. Listeners are called on the scheduler's
 * thread, between steps: what they do holds everybody up.
 */
public final class StepScheduler implements AutoCloseable {
    /** Weight of a loop that is neither more nor less urgent than others. */
    public static final int USUAL_WEIGHT = 4;

    private final Denoiser denoiser;
    private final PackingOptions options;
    private final int budget;
    private final ArrayDeque<Member> arriving = new ArrayDeque<>();
    private final List<Batch> batches = new ArrayList<>();
    private final Thread thread;
    private final StepTally tally;
    /** Batches somebody has just come into: each has its turn before the others, on credit. */
    private final List<Batch> welcome = new ArrayList<>();

    /** Tokens on credit since the last turn. */
    private long credit;

    private int turn;
    private boolean closed;

    /** @param budget packed tokens up to which loops share a sequence */
    public StepScheduler(Denoiser denoiser, PackingOptions options, int budget) {
        if (budget < 1) {
            throw new IllegalArgumentException("token budget: expected at least 1, found " + budget);
        }
        this.denoiser = denoiser;
        this.options = options;
        this.budget = budget;
        this.tally = new StepTally(budget, options.slots());
        this.thread = Thread.ofPlatform().name("zoetrope-steps").daemon(true).unstarted(this::work);
        thread.start();
    }

    /** The turns of one render, whose loops run one after the other: with the first it comes, with the others it goes on. */
    public static final class Share {
        private final StepScheduler scheduler;
        private final int weight;
        private boolean hasCome;

        /** @param weight of its turns against those of others, 1 and more */
        public Share(StepScheduler scheduler, int weight) {
            this.scheduler = scheduler;
            this.weight = weight;
        }

        /** {@link StepScheduler#run} with this weight. */
        public void run(DenoiseLoop loop, DenoiseListener listener) {
            boolean comes = !hasCome;
            hasCome = true;
            scheduler.run(loop, listener, weight, comes);
        }
    }

    /** A loop under way. */
    private record Member(
            DenoiseLoop loop,
            DenoiseListener listener,
            int weight,
            boolean comes,
            long sinceNanos,
            long stepsAtArrival,
            CompletableFuture<Boolean> done) {}

    /** Loops that step together. */
    private final class Batch {
        private final StepBatch steps = new StepBatch(denoiser, options);
        private final List<Member> members = new ArrayList<>();
        /** Tokens it may still use in this round; below 0 where it had steps on credit. */
        private long deficit;
        /** Whether it was left alone because the network failed with others in it. */
        private boolean apart;

        /** Of a step at its most. */
        long tokens() {
            return members.stream().mapToLong(member -> member.loop.tokens()).sum();
        }

        /** Of the next step. */
        long cost() {
            return members.stream()
                    .mapToLong(member -> member.loop.nextTokens())
                    .sum();
        }

        int segments() {
            return members.stream().mapToInt(member -> member.loop.segments()).sum();
        }

        int weight() {
            return members.stream().mapToInt(Member::weight).sum();
        }

        boolean takes(long moreTokens, int moreSegments) {
            return !apart && tokens() + moreTokens <= budget && segments() + moreSegments <= options.slots();
        }

        void add(Member member) {
            members.add(member);
            steps.add(member.loop);
        }

        void remove(Member member) {
            members.remove(member);
            steps.remove(member.loop);
        }
    }

    /**
     * Makes every step that a loop has left, together with those of others. Waits until it is done; an interrupt does not end
     * the wait, for the loop's memory is in use: the listener says when to stop.
     *
     * @param weight of its turns against those of others, 1 and more; see {@link #USUAL_WEIGHT}
     * @throws RenderCancelledException when the listener says so, and when the scheduler is closed
     */
    public void run(DenoiseLoop loop, DenoiseListener listener, int weight) {
        run(loop, listener, weight, true);
    }

    private void run(DenoiseLoop loop, DenoiseListener listener, int weight, boolean comes) {
        if (weight < 1) {
            throw new IllegalArgumentException("weight: expected at least 1, found " + weight);
        }
        if (isOwnThread()) {
            throw new IllegalStateException("step scheduler: expected a call from outside, found one from a listener");
        }
        if (loop.stepsDone() == loop.steps()) {
            return;
        }
        Member member =
                new Member(loop, listener, weight, comes, System.nanoTime(), tally.steps(), new CompletableFuture<>());
        synchronized (this) {
            if (closed) {
                throw new IllegalStateException("step scheduler: expected to be open, found closed");
            }
            arriving.add(member);
            tally.joined();
            notifyAll();
        }
        try {
            member.done.join(); // not interruptible
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e;
        }
    }

    /** Whether the caller is on the scheduler's thread: in a listener. */
    public boolean isOwnThread() {
        return Thread.currentThread() == thread;
    }

    /** What was done since the beginning. */
    public synchronized StepCounters counters() {
        return tally.counters(arriving.size());
    }

    /** What it does in a second, of late, as {@link StepCost#work} counts it; empty before the first step. */
    public OptionalDouble workPerSecond() {
        return tally.workPerSecond();
    }

    /** Whether {@link #close} has been called. */
    public synchronized boolean isClosed() {
        return closed;
    }

    private void work() {
        Throwable end = new RenderCancelledException("denoising: cancelled, the engine was closed");
        try {
            while (admit()) {
                Batch batch = next();
                if (batch != null) {
                    serve(batch);
                }
            }
        } catch (RuntimeException | Error broken) { // nobody may wait for a thread that is gone
            end = broken;
        }
        List<Member> left = new ArrayList<>();
        synchronized (this) {
            closed = true;
            left.addAll(arriving);
            arriving.clear();
        }
        for (Batch batch : batches) {
            left.addAll(batch.members);
            batch.steps.close();
        }
        for (Member member : left) {
            tally.left(end);
            member.done.completeExceptionally(end);
        }
    }

    /** Takes in who has come; waits while there is nobody. -> false when closed */
    private boolean admit() {
        List<Member> come;
        synchronized (this) {
            while (batches.isEmpty() && arriving.isEmpty() && !closed) {
                try {
                    wait();
                } catch (InterruptedException e) {
                    closed = true; // nobody but the JVM's end interrupts this thread
                }
            }
            if (closed) {
                return false;
            }
            come = List.copyOf(arriving);
            arriving.clear();
        }
        come.forEach(this::place);
        return true;
    }

    /** In the first batch that has room for it, or in one of its own, which has its turn next. */
    private void place(Member member) {
        long more = member.loop.tokens();
        int slots = member.loop.segments();
        for (Batch batch : batches) {
            if (batch.takes(more, slots)) {
                batch.add(member);
                welcome(batch, member);
                return;
            }
        }
        Batch fresh = new Batch();
        fresh.add(member);
        batches.add(fresh);
        welcome(fresh, member);
    }

    private void welcome(Batch batch, Member member) {
        if (member.comes && !welcome.contains(batch)) {
            welcome.add(batch);
        }
    }

    /** The batch whose turn it is, its deficit paid for one step; null when a round has to go on first. */
    private @Nullable Batch next() {
        if (batches.isEmpty()) {
            return null;
        }
        turn %= batches.size();
        Batch batch = batches.get(turn);
        long cost = batch.cost();
        if (batches.size() == 1) {
            batch.deficit = 0;
            welcome.clear();
            return batch;
        }
        Batch guest = guest();
        if (guest != null) {
            return guest;
        }
        if (batch.deficit < cost) {
            batch.deficit += quantum() * batch.weight();
            if (batch.deficit < cost) {
                turn++;
                return null;
            }
        }
        batch.deficit -= cost;
        credit = 0;
        if (batch.deficit < cost) { // not enough for another one
            turn++;
        }
        return batch;
    }

    /**
     * The smallest batch that somebody came into, its step on credit. There is credit for two steps of the largest batch until
     * somebody has had a turn, and for one batch until it has worked it off: who comes all the time must not starve the others.
     */
    private @Nullable Batch guest() {
        long most = batches.stream().mapToLong(Batch::tokens).max().orElse(0);
        welcome.removeIf(batch -> batch.deficit <= -most);
        Batch guest = welcome.stream()
                .filter(batch -> credit + batch.cost() <= 2 * most)
                .min(Comparator.comparingLong(Batch::cost))
                .orElse(null);
        if (guest != null) {
            welcome.remove(guest);
            guest.deficit -= guest.cost();
            credit += guest.cost();
        }
        return guest;
    }

    /** Tokens that a weight of one is worth in a round: so many that the cheapest batch can make a step of its own in each. */
    private long quantum() {
        long least = Long.MAX_VALUE;
        for (Batch batch : batches) {
            least = Math.min(least, Math.ceilDiv(batch.tokens(), batch.weight()));
        }
        return least;
    }

    private void serve(Batch batch) {
        for (Member member : List.copyOf(batch.members)) {
            try {
                if (member.listener.cancelled()) {
                    throw new RenderCancelledException("denoising: cancelled after step " + member.loop.stepsDone()
                            + " of " + member.loop.steps());
                }
                member.loop.estimateNext(member.listener.wantsEstimate());
            } catch (RuntimeException | Error stop) {
                leave(batch, member, stop);
            }
        }
        if (!batch.members.isEmpty()) {
            step(batch);
        }
        tidy(batch);
    }

    private void step(Batch batch) {
        StepBatch.Step step;
        try {
            step = batch.steps.step();
        } catch (RuntimeException | Error broken) {
            split(batch, broken);
            return;
        }
        for (Member member : batch.members) {
            if (member.comes && member.loop.stepsMade() == 1) {
                tally.begun(member.stepsAtArrival);
            }
        }
        tally.stepped(step);
        for (Member member : List.copyOf(batch.members)) {
            RuntimeException failure = step.failures().get(member.loop);
            if (failure != null) {
                leave(batch, member, failure);
                continue;
            }
            try {
                member.loop.tellEstimate(member.listener);
                member.listener.step(
                        member.loop.stepsDone(), member.loop.steps(), System.nanoTime() - member.sinceNanos);
            } catch (RuntimeException | Error stop) {
                leave(batch, member, stop);
                continue;
            }
            if (member.loop.stepsDone() == member.loop.steps()) {
                leave(batch, member, null);
            }
        }
    }

    /** The network failed: whose fault it was shows when each is alone. */
    private void split(Batch batch, Throwable broken) {
        List<Member> members = List.copyOf(batch.members);
        if (members.size() == 1) {
            leave(batch, members.getFirst(), broken);
            return;
        }
        for (Member member : members) {
            batch.remove(member);
            Batch alone = new Batch();
            alone.apart = true;
            alone.add(member);
            batches.add(alone);
        }
    }

    private void leave(Batch batch, Member member, @Nullable Throwable failure) {
        batch.remove(member);
        tally.left(failure);
        if (failure == null) {
            member.done.complete(true);
        } else {
            member.done.completeExceptionally(failure);
        }
    }

    /** A batch that nobody is in goes; one that has become smaller moves in with another that has room for it. */
    private void tidy(Batch batch) {
        tally.moved(batch.steps.takeBytesMoved());
        if (batch.members.isEmpty()) {
            drop(batch);
            return;
        }
        for (Batch other : batches) {
            if (other != batch && !batch.apart && other.takes(batch.tokens(), batch.segments())) {
                for (Member member : List.copyOf(batch.members)) {
                    batch.remove(member);
                    other.add(member);
                }
                drop(batch);
                return;
            }
        }
    }

    private void drop(Batch batch) {
        int at = batches.indexOf(batch);
        batches.remove(at);
        welcome.remove(batch);
        batch.steps.close();
        tally.moved(batch.steps.takeBytesMoved());
        if (at < turn) {
            turn--;
        }
    }

    /** Takes no more loops, ends those under way after their step, and waits for that. A second call does nothing. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
