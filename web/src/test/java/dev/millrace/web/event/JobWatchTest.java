package dev.millrace.web.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.JobSnapshot;
import dev.millrace.store.NewJob;
import dev.millrace.testkit.FakeClock;
import dev.millrace.testkit.MemoryStore;
import dev.millrace.web.http.Who;
import dev.millrace.web.job.Hiding;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** Streams of single jobs, look by look. */
class JobWatchTest {
    private final FakeClock clock = new FakeClock();
    private final List<Integer> asked = new ArrayList<>();
    private final MemoryStore store =
            new MemoryStore() {
                @Override
                public Map<Long, JobSnapshot> find(Collection<Long> jobIds) {
                    asked.add(jobIds.size());
                    return super.find(jobIds);
                }
            };
    private final JobWatch watch =
            new JobWatch(
                    store,
                    clock,
                    new Random(1),
                    new Subscription.Terms(Duration.ofHours(1), Unsent.standard()),
                    100,
                    100,
                    Hiding.NOTHING);

    private long enqueue() {
        long id = store.reserveIds(1).first();
        store.enqueue(
                List.of(
                        new NewJob(
                                id,
                                "q",
                                "work",
                                1,
                                4,
                                "{}",
                                3,
                                null,
                                List.of(),
                                clock.instant(),
                                null)),
                false);
        return id;
    }

    private Subscription comes(JobWatch.Sight sight) {
        return watch.subscribe(sight, Optional.empty(), Who.everybody()).orElseThrow();
    }

    /** Returns by itself only when the stream has ended. */
    private static String told(Subscription client) throws Exception {
        var out = new ByteArrayOutputStream();
        client.writeTo(out);
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void whoSawAJobBeforeTheLastLookIsToldHowItEnded() throws Exception {
        long id = enqueue();
        var before = watch.look(id).orElseThrow();
        var first = comes(before);
        store.cancel(List.of(id), "enough", clock.instant());
        watch.look();
        var second = comes(before);
        assertThat(told(first)).contains("cancelled");
        assertThat(told(second)).contains("cancelled").doesNotContain("available");
    }

    @Test
    void whoSeesAJobFirstTellsTheOthers() throws Exception {
        long id = enqueue();
        var first = comes(watch.look(id).orElseThrow());
        store.cancel(List.of(id), "enough", clock.instant());
        var second = comes(watch.look(id).orElseThrow());
        assertThat(told(second)).contains("cancelled");
        assertThat(told(first)).contains("cancelled");
    }

    @Test
    void allWatchedJobsAreLookedAtTogether() {
        for (int i = 0; i < 20; i++) {
            comes(watch.look(enqueue()).orElseThrow());
        }
        asked.clear();
        watch.look();
        assertThat(asked).containsExactly(20);
    }
}
