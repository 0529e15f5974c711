package dev.millrace.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/** What is tried again in place, and what is not. */
class RetriesTest {
    private static final RetryPolicy AT_ONCE = RetryPolicy.standard().fixed(Duration.ZERO);

    private final AtomicInteger calls = new AtomicInteger();

    private int callsUntil(Exception thrown) {
        assertThatThrownBy(() ->
                        Retries.call(
                                AT_ONCE,
                                new Random(1),
                                () -> {
                                    calls.incrementAndGet();
                                    throw thrown;
                                }))
                .isSameAs(thrown);
        return calls.getAndSet(0);
    }

    @Test
    void aFailureForGoodIsNotTriedAgain() {
        assertThat(callsUntil(new IOException("cut"))).isEqualTo(10);
        assertThat(callsUntil(new RetryLater(Duration.ZERO, "busy", null))).isEqualTo(10);
        assertThat(callsUntil(new RetryNever("not there", null))).isEqualTo(1);
    }

    @Test
    void aFailureForGoodDiscardsTheJobUnlessTheTaskSaysOtherwise() {
        var task = Task.named("work", String.class);
        assertThat(task.verdictOn(new RetryNever("not there", null))).isEqualTo(Verdict.discard());
        assertThat(task.verdictOn(new IOException("cut"))).isEqualTo(Verdict.retry());
        assertThat(task.verdictOn(new RetryLater(Duration.ofSeconds(7), "busy", null)))
                .isEqualTo(Verdict.retryAfter(Duration.ofSeconds(7)));
        assertThat(
                        task.on(RetryNever.class, Verdict.skip())
                                .verdictOn(new RetryNever("not there", null)))
                .isEqualTo(Verdict.skip());
    }
}
