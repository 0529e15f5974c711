package dev.millrace.web.event;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.List;

/** What is kept for clients that come back. */
class KeptTest {
    private final Kept kept = new Kept("e");

    private Event job(String data) {
        var event = new Event(kept.next(), "job", data);
        kept.happens(event);
        return event;
    }

    private Event stands(String type, String data) {
        var event = new Event(kept.next(), type, data);
        kept.stands(event);
        return event;
    }

    @Test
    void whatCameAfterAnEventIsToldInOrder() {
        var first = job("1");
        var queues = stands("queues", "a");
        var second = job("2");
        assertThat(kept.after(first.id())).hasValue(List.of(queues, second));
        assertThat(kept.after(second.id())).hasValue(List.of());
    }

    @Test
    void ofHowThingsStandOnlyTheNewestIsKept() {
        var before = stands("queues", "a");
        var job = job("1");
        var workers = stands("workers", "w");
        var newest = stands("queues", "b");
        assertThat(kept.standing()).containsExactly(workers, newest);
        assertThat(kept.after(before.id())).hasValue(List.of(job, workers, newest));
    }

    @Test
    void keptTextIsBoundedWhateverTheNumberOfEvents() {
        var first = job("x".repeat(300_000));
        var second = job("x".repeat(300_000));
        job("x".repeat(300_000));
        var last = job("x".repeat(300_000));
        assertThat(kept.after(first.id()).orElseThrow()).hasSize(3);
        job("x".repeat(1_000_000));
        assertThat(kept.after(second.id())).isEmpty();
        assertThat(kept.after(last.id()).orElseThrow()).hasSize(1);
    }

    @Test
    void anIdThatIsNotKnownLeavesAGap() {
        var event = job("1");
        for (String id : List.of("", "e-", "e-x", "e-2", "f-1", "e--1", "1")) {
            assertThat(kept.after(id)).as(id).isEmpty();
        }
        kept.forget();
        assertThat(kept.after(event.id())).isEmpty();
        assertThat(kept.after(job("2").id())).isPresent();
    }
}
