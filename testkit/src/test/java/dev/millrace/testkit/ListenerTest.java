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
            var first = heard.take();
            var second = heard.take();
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
