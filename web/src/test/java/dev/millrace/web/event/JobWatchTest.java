package dev.millrace.web.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.JobSnapshot;
import dev.millrace.job.KindVersion;
import dev.millrace.job.Progress;
import dev.millrace.store.ClaimRequest;
import dev.millrace.store.NewJob;
import dev.millrace.store.Report;
import dev.millrace.store.WorkerInfo;
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
import java.util.Set;

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
        store.enqueue(List.of(job(id, "{}")), false);
        return id;
    }

    private NewJob job(long id, String payload) {
        return new NewJob(
                id, "q", "work", 1, 4, payload, 3, null, List.of(), clock.instant(), null);
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

    private static final String GUESSED = "4111-2222";

    /** What a client is told of a job that says what is in its payload. */
    private String idOf(Hiding hiding, String card) {
        var its = new MemoryStore();
        long worker = its.register(new WorkerInfo("w", "1", Map.of("q", 1), clock.instant()));
        long id = its.reserveIds(1).first();
        its.enqueue(List.of(job(id, "{\"card\":\"" + card + "\"}")), false);
        var kinds = Set.of(new KindVersion("work", 1));
        its.claim(new ClaimRequest(worker, 7, "q", kinds, 1, true, clock.instant()));
        var progress = new Progress(1, 2, "with " + card, 0, clock.instant());
        its.reports()
                .report(List.of(new Report(id, 7, worker, progress, null, List.of(), null, null)));
        return new JobWatch(
                        its,
                        clock,
                        new Random(1),
                        new Subscription.Terms(Duration.ofHours(1), Unsent.standard()),
                        100,
                        100,
                        hiding)
                .look(id)
                .orElseThrow()
                .id();
    }

    @Test
    void byAnIdNobodyCanCheckWhatTheyGuessOfHiddenValues() {
        var hiding = Hiding.of(List.of(Hiding.Rule.of("work", "card")));
        assertThat(idOf(hiding, GUESSED)).isEqualTo(idOf(hiding, "5222-3333"));
        assertThat(idOf(Hiding.NOTHING, GUESSED)).isNotEqualTo(idOf(Hiding.NOTHING, "5222-3333"));
    }
}
