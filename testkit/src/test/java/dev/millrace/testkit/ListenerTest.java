package dev.millrace.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.Millrace;
import dev.millrace.job.Attempt;
import dev.millrace.job.JobEvent;
import dev.millrace.job.RawJson;
import dev.millrace.job.RetryPolicy;
import dev.millrace.job.Task;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;

@Timeout(60)
class ListenerTest {
    private static final Task<RawJson> WORK =
            Task.named("work", RawJson.class)
                    .retry(RetryPolicy.standard().attempts(2).fixed(Duration.ZERO));

    @Test
    void everyRecordedAttemptIsToldAndAListenerThatThrowsHarmsNothing() throws Exception {
        var heard = new LinkedBlockingQueue<JobEvent>();
        try (var millrace =
                Millrace.builder()
                        .store(new MemoryStore())
                        .handle(
                                WORK,
                                (payload, job) -> {
                                    throw new IllegalStateException("never");
                                })
                        .listen(event -> {
                            throw new AssertionError("a listener that is broken");
                        })
                        .listen(heard::add)
                        .start()) {
            var job = millrace.enqueue(WORK.with(new RawJson("{}")));
            var ended = job.whenEnded().toCompletableFuture();
            // endings of one job may be recorded by two threads and told in either order
            var both = new ArrayList<>(List.of(heard.take(), heard.take()));
            both.sort(Comparator.comparingInt(JobEvent::attempt));
            var first = both.getFirst();
            var second = both.getLast();
            assertThat(first.jobId()).isEqualTo(job.id());
            assertThat(first.end()).isEqualTo(Attempt.End.FAILED);
            assertThat(first.isOver()).isFalse();
            assertThat(second.end()).isEqualTo(Attempt.End.DISCARDED);
            assertThat(second.attempt()).isEqualTo(2);
            assertThat(second.isOver()).isTrue();
            assertThat(ended.get().isCompleted()).isFalse();
        }
    }
}
