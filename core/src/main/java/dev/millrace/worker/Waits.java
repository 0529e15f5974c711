package dev.millrace.worker;

import dev.millrace.job.Attempt.End;
import dev.millrace.job.MillraceException;
import dev.millrace.job.Suspension;
import dev.millrace.store.Ending;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Sleeping and waiting without a slot: the handler is unwound, its job waits in the store, and the
 * next attempt comes back to the same call. Thread-safe.
 */
final class Waits {
    private static final Duration LONGEST = Duration.ofDays(365);

    private final HandlerContext context;
    private final Carry carry;
    private final Steps steps;
    private final RunTools tools;
    private final Map<String, Integer> asked = new HashMap<>();
    private final Map<String, Integer> missed = new HashMap<>();

    /**
     * Which call of a signal's name this is in the attempt, and which signal is its answer: those
     * whose time was over took none.
     */
    private record Place(int call, int signal) {}

    Waits(HandlerContext context, Carry carry, Steps steps, RunTools tools) {
        this.context = context;
        this.carry = carry;
        this.steps = steps;
        this.tools = tools;
    }

    void sleepUntil(Instant moment) {
        if (moment.isAfter(Ending.Next.Waiting.FOR_EVER)) {
            throw MillraceException.invalid(
                    "a job may sleep until %s, got %s (job %d)"
                            .formatted(Ending.Next.Waiting.FOR_EVER, moment, context.id()));
        }
        if (tools.now().isBefore(moment)) {
            throw context.suspend(
                    End.SLEPT, "it sleeps until %s".formatted(moment), context.again(moment));
        }
    }

    void sleep(String name, Duration length) throws InterruptedException {
        sleepUntil(deadline("sleep:" + name, length));
    }

    <T> T waitFor(String signal, Class<T> type) {
        int place = place(signal).signal();
        Optional<String> payload = carry.signal(signal, place);
        if (payload.isPresent()) {
            return read(signal, type, payload.get());
        }
        throw park(signal, place, Ending.Next.Waiting.FOR_EVER);
    }

    <T> Optional<T> waitFor(String signal, Class<T> type, Duration longest)
            throws InterruptedException {
        Place place = place(signal);
        Instant until = deadline("wait:%s:%d".formatted(signal, place.call()), longest);
        String over = Steps.INTERNAL + "over:%s:%d".formatted(signal, place.call());
        if (carry.step(over).isPresent()) {
            // what comes after the time is for the next call, in this attempt and in later ones
            steps.begin(over);
            missed(signal);
            return Optional.empty();
        }
        Optional<String> payload = carry.signal(signal, place.signal());
        if (payload.isPresent()) {
            return Optional.of(read(signal, type, payload.get()));
        }
        if (!tools.now().isBefore(until)) {
            steps.begin(over);
            steps.record(over, true, 1);
            missed(signal);
            return Optional.empty();
        }
        throw park(signal, place.signal(), until);
    }

    private Suspension park(String signal, int seen, Instant until) {
        return context.suspend(
                End.WAITED,
                "it waits for signal '%s'".formatted(signal),
                new Ending.Next.Waiting(signal, seen, until, context.attempt()));
    }

    private Place place(String signal) {
        synchronized (asked) {
            int call = asked.merge(signal, 1, Integer::sum) - 1;
            return new Place(call, call - missed.getOrDefault(signal, 0));
        }
    }

    private void missed(String signal) {
        synchronized (asked) {
            missed.merge(signal, 1, Integer::sum);
        }
    }

    /** When a wait ends that began when it was first asked for, in whatever attempt. */
    private Instant deadline(String what, Duration length) throws InterruptedException {
        if (length.isNegative() || length.compareTo(LONGEST) > 0) {
            throw MillraceException.invalid(
                    "a wait must be 0s to 365 days, got %s (job %d)"
                            .formatted(length, context.id()));
        }
        String name = Steps.INTERNAL + what;
        var known = steps.begin(name);
        if (known.isPresent()) {
            return Instant.parse(
                    tools.json().read("a deadline", known.get().result(), String.class));
        }
        Instant end = tools.now().plus(length);
        steps.record(name, end.toString(), 1);
        return end;
    }

    private <T> T read(String signal, Class<T> type, String payload) {
        return tools.json()
                .read("signal '%s' to job %d".formatted(signal, context.id()), payload, type);
    }
}
