package dev.millrace.queue;

import dev.millrace.job.JobState;
import dev.millrace.job.Json;
import dev.millrace.loop.Service;
import dev.millrace.store.JobStore;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;

/**
 * All callers of this process that wait for jobs to end. One loop asks the store for all of them
 * together, every 50 ms while anyone waits, and at once when this process ended such a job itself;
 * it rests while no one does. Thread-safe.
 */
final class Awaits {
    private static final Duration POLL = Duration.ofMillis(50);
    private static final Duration REST = Duration.ofMinutes(1);
    private static final int MAX_ASKED = 1_000;

    private final JobStore store;
    private final Json json;
    private final Service poller;
    private final Map<Long, Waiting> waiting = new ConcurrentHashMap<>();

    private record Waiting(CompletableFuture<JobState> ended, AtomicInteger callers) {}

    Awaits(JobStore store, Json json, RandomGenerator random) {
        this.store = store;
        this.json = json;
        this.poller = new Service("millrace-awaits", random, this::poll);
    }

    void start() {
        poller.start();
    }

    void stop(Duration patience) throws InterruptedException {
        poller.stop(patience);
    }

    /** This process recorded the end of a job. Cheap when nobody waits for it. */
    void ended(long jobId) {
        if (waiting.containsKey(jobId)) {
            poller.wake();
        }
    }

    /** The entry goes when the job has ended, or the caller cancelled what it got. */
    CompletionStage<JobResult> whenEnded(long jobId) {
        Waiting mine = join(jobId);
        poller.wake();
        CompletableFuture<JobResult> answer =
                mine.ended().thenApply(state -> new JobResult(jobId, state, json));
        var _ = answer.whenComplete((result, failure) -> leave(jobId));
        return answer;
    }

    Optional<JobResult> await(long jobId, Duration timeout) throws InterruptedException {
        Waiting mine = join(jobId);
        poller.wake();
        try {
            JobState state = mine.ended().get(timeout.toNanos(), TimeUnit.NANOSECONDS);
            return Optional.of(new JobResult(jobId, state, json));
        } catch (TimeoutException e) {
            return Optional.empty();
        } catch (ExecutionException e) {
            throw new IllegalStateException("an await never fails", e);
        } finally {
            leave(jobId);
        }
    }

    private Waiting join(long jobId) {
        return waiting.compute(
                jobId,
                (id, there) -> {
                    var entry =
                            there == null
                                    ? new Waiting(new CompletableFuture<>(), new AtomicInteger())
                                    : there;
                    entry.callers().incrementAndGet();
                    return entry;
                });
    }

    private void leave(long jobId) {
        waiting.computeIfPresent(
                jobId, (id, there) -> there.callers().decrementAndGet() == 0 ? null : there);
    }

    private Duration poll() {
        List<Long> asked = new ArrayList<>(waiting.keySet());
        for (int from = 0; from < asked.size(); from += MAX_ASKED) {
            var chunk = asked.subList(from, Math.min(asked.size(), from + MAX_ASKED));
            store.ended(chunk)
                    .forEach((id, state) -> {
                        Waiting there = waiting.get(id);
                        if (there != null) {
                            there.ended().complete(state);
                        }
                    });
        }
        return asked.isEmpty() ? REST : POLL;
    }
}
