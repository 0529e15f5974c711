package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.JobState;
import dev.millrace.store.Pulse;
import dev.millrace.store.ReportStore;
import dev.millrace.store.WorkerSnapshot;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Looking into running jobs: stacks on request, threads that will not end, slots that change. */
interface WatchContract extends Contract {
    private ReportStore reports() {
        return bench().store().reports();
    }

    private WorkerSnapshot snapshot(Hand worker) {
        return bench().store().workers().stream()
                .filter(each -> each.id() == worker.id())
                .findFirst()
                .orElseThrow(() -> new AssertionError("no worker " + worker.id()));
    }

    @Test
    default void aStackIsWantedOfARunningJobUntilItComes() {
        var b = bench();
        var ids = b.enqueue(2, b.job());
        var worker = b.worker();
        var jobs = worker.claim(2);
        assertThat(worker.pulse().stacksWanted()).isEmpty();
        assertThat(reports().askStack(ids.get(0), b.tick())).contains(JobState.Name.RUNNING);
        assertThat(reports().askStack(ids.get(0), b.tick())).contains(JobState.Name.RUNNING);
        assertThat(b.worker().pulse().stacksWanted()).isEmpty();
        assertThat(worker.pulse().stacksWanted()).containsExactly(ids.get(0));
        worker.tell(worker.says(jobs.get(0)).progress(1, 2, "no stack yet"));
        worker.tell(worker.says(jobs.get(1)).stack("of another job"));
        assertThat(worker.pulse().stacksWanted()).containsExactly(ids.get(0));
        worker.tell(worker.says(jobs.get(0)).stack("at a.B.c(B.java:1)"));
        assertThat(worker.pulse().stacksWanted()).isEmpty();
        assertThat(Objects.requireNonNull(reports().look(ids.get(0)).stack()).text())
                .isEqualTo("at a.B.c(B.java:1)");
        reports().askStack(ids.get(0), b.tick());
        assertThat(worker.pulse().stacksWanted()).containsExactly(ids.get(0));
        worker.complete(jobs.get(0));
        assertThat(worker.pulse().stacksWanted()).isEmpty();
    }

    @Test
    default void noStackIsWantedOfAJobThatDoesNotRun() {
        var b = bench();
        var ids = b.enqueue(b.job(), b.job(), b.job().due(b.now().plus(Duration.ofHours(1))));
        var worker = b.worker();
        var jobs = worker.claim(2);
        worker.complete(jobs.get(0));
        worker.report(worker.ends(jobs.get(1)).discarded("no"));
        long waits = b.enqueue(b.job());
        assertThat(reports().askStack(ids.get(0), b.tick())).contains(JobState.Name.COMPLETED);
        assertThat(reports().askStack(ids.get(1), b.tick())).contains(JobState.Name.DISCARDED);
        assertThat(reports().askStack(ids.get(2), b.tick())).contains(JobState.Name.SCHEDULED);
        assertThat(reports().askStack(waits, b.tick())).contains(JobState.Name.AVAILABLE);
        assertThat(reports().askStack(Long.MAX_VALUE, b.tick())).isEmpty();
        worker.claimOnly(waits);
        assertThat(worker.pulse().stacksWanted()).isEmpty();
    }

    @Test
    default void atMostAHundredStacksAreWantedAtOnce() {
        var b = bench();
        var ids = b.enqueue(130, b.job());
        var worker = b.worker();
        var jobs = worker.claim(130);
        for (long id : ids) {
            reports().askStack(id, b.tick());
        }
        int came = 0;
        for (int round = 0; round < 3; round++) {
            var wanted = worker.pulse().stacksWanted();
            assertThat(wanted.size()).isLessThanOrEqualTo(100);
            for (var job : jobs) {
                if (wanted.contains(job.id())) {
                    worker.tell(worker.says(job).stack("at x"));
                    came++;
                }
            }
        }
        assertThat(came).isEqualTo(130);
        assertThat(worker.pulse().stacksWanted()).isEmpty();
    }

    @Test
    default void aWorkerSaysHowManyOfItsThreadsAreStuck() {
        var b = bench();
        var worker = b.worker();
        assertThat(snapshot(worker).stuck()).isZero();
        b.store().pulse(new Pulse(worker.id(), true, 3, 2, null, List.of(), b.tick(), 0));
        assertThat(snapshot(worker).stuck()).isEqualTo(2);
        assertThat(snapshot(worker).running()).isEqualTo(3);
        assertThat(snapshot(worker).queues()).isEqualTo(Map.of(Bench.QUEUE, 4));
        worker.pulse();
        assertThat(snapshot(worker).stuck()).isZero();
    }

    @Test
    default void aWorkersSlotsChangeWhenItSaysSo() {
        var b = bench();
        var worker = b.worker();
        var neighbour = b.worker();
        var slots = Map.of(Bench.QUEUE, 7, "other ' \" queue", 1);
        b.store().pulse(new Pulse(worker.id(), true, 0, 0, slots, List.of(), b.tick(), 0));
        assertThat(snapshot(worker).queues()).isEqualTo(slots);
        worker.pulse();
        assertThat(snapshot(worker).queues()).isEqualTo(slots);
        b.store().pulse(new Pulse(worker.id(), true, 0, 0, Map.of(), List.of(), b.tick(), 0));
        assertThat(snapshot(worker).queues()).isEmpty();
        assertThat(snapshot(neighbour).queues()).isEqualTo(Map.of(Bench.QUEUE, 4));
    }
}
