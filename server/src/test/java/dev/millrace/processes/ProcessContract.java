package dev.millrace.processes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.Millrace;
import dev.millrace.job.Attempt;
import dev.millrace.job.JobRequest;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.queue.Batch;
import dev.millrace.queue.BatchCallback;
import dev.millrace.queue.JobHandle;
import dev.millrace.store.JobFilter;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Several worker processes on one store: killed, frozen, cut off. */
abstract class ProcessContract {
    private static final Duration SOON = Duration.ofSeconds(90);
    private static final Duration LEASE = Duration.ofSeconds(10);
    private static final int MEMBERS = 800;
    private static final int FAILING = 5;

    private final List<Member> members = new ArrayList<>();
    private Millrace web;

    /** The address of a fresh, empty database for this test. */
    abstract String url() throws Exception;

    Millrace web() throws Exception {
        if (web == null) {
            web = Millrace.builder().store(WorkerProcess.store(url())).start();
        }
        return web;
    }

    Member worker(Duration lease) throws Exception {
        web();
        var member = new Member(url(), lease);
        members.add(member);
        return member;
    }

    @AfterEach
    void closeAll() throws InterruptedException {
        for (Member member : members) {
            member.close();
        }
        if (web != null) {
            web.close();
        }
    }

    private List<JobHandle> hold(int count) throws Exception {
        var jobs = new ArrayList<JobHandle>();
        for (int i = 0; i < count; i++) {
            jobs.add(web().enqueue(WorkerProcess.HOLD.with(new WorkerProcess.Line("x"))));
        }
        return jobs;
    }

    JobSnapshot look(JobHandle job) throws Exception {
        return web().store().find(job.id()).orElseThrow();
    }

    private List<Attempt.End> ends(JobHandle job) throws Exception {
        return look(job).attempts().stream().map(Attempt::end).toList();
    }

    private static void awaitAll(List<JobHandle> jobs) throws InterruptedException {
        for (JobHandle job : jobs) {
            assertThat(job.await(SOON)).as(job.toString()).isPresent();
        }
    }

    private static boolean started(String line) {
        return line.startsWith("started ");
    }

    private static Set<String> ids(List<String> lines) {
        return lines.stream().map(line -> line.split(" ")[1]).collect(Collectors.toSet());
    }

    @Test
    void theJobsOfAKilledWorkerAllStartAgainElsewhereUnspent() throws Exception {
        var first = worker(LEASE);
        var jobs = hold(100);
        var lost = first.await(ProcessContract::started, 100);
        var second = worker(LEASE);
        assertThat(second.said(ProcessContract::started)).isEmpty();
        first.kill();
        var again = second.await(ProcessContract::started, 100);
        assertThat(ids(again)).isEqualTo(ids(lost));
        assertThat(again).allMatch(line -> line.endsWith(" 1"));
        second.command("release");
        awaitAll(jobs);
        for (JobHandle job : jobs) {
            assertThat(ends(job)).containsExactly(Attempt.End.RESCUED, Attempt.End.COMPLETED);
        }
    }

    @Test
    void aFrozenWorkerLosesItsJobsAfterALeaseAndItsLateReportsAreRefused() throws Exception {
        var lease = Duration.ofSeconds(6);
        var frozen = worker(lease);
        var jobs = hold(10);
        frozen.await(ProcessContract::started, 10);
        var other = worker(lease);
        frozen.signal("STOP");
        other.await(ProcessContract::started, 10);
        frozen.signal("CONT");
        frozen.command("release");
        Awaitility.await()
                .atMost(SOON)
                .until(() -> {
                    frozen.command("refused");
                    return frozen.said("refused 10"::equals).size() > 0;
                });
        for (JobHandle job : jobs) {
            assertThat(look(job).state()).isInstanceOf(JobState.Running.class);
        }
        other.command("release");
        awaitAll(jobs);
        for (JobHandle job : jobs) {
            assertThat(ends(job)).containsExactly(Attempt.End.RESCUED, Attempt.End.COMPLETED);
        }
        other.kill();
        var more = hold(3);
        awaitAll(more);
    }

    @Test
    void severalProcessesShareTheWorkAndAKillInTheMiddleLosesNothing() throws Exception {
        int many = 3_000;
        var fleet = List.of(worker(LEASE), worker(LEASE), worker(LEASE));
        web().enqueueAll(
                        IntStream.range(0, many)
                                .mapToObj(i ->
                                        WorkerProcess.QUICK.with(new WorkerProcess.Line("" + i))));
        fleet.getFirst().await(line -> line.startsWith("ran "), 50);
        fleet.getFirst().kill();
        int jobs = many + untilEachRan(fleet.subList(1, 3));
        Awaitility.await().atMost(SOON).until(() -> ran(fleet).size() == jobs && unfinished() == 0);
        var everyRun =
                fleet.stream().flatMap(member -> member.said(l -> l.startsWith("ran ")).stream());
        long repeats = everyRun.count() - jobs;
        long rescued = 0;
        String cursor = null;
        do {
            var page = web().store().list(JobFilter.all(), 1000, cursor);
            for (JobSnapshot job : page.items()) {
                assertThat(job.state()).isInstanceOf(JobState.Completed.class);
                rescued +=
                        web().store().find(job.id()).orElseThrow().attempts().stream()
                                .filter(attempt -> attempt.end() == Attempt.End.RESCUED)
                                .count();
            }
            cursor = page.next();
        } while (cursor != null);
        assertThat(repeats).as("only rescued jobs run twice").isLessThanOrEqualTo(rescued);
    }

    /**
     * One that was given no processor while the other did all of it has its share of what comes
     * after; answers how many more jobs that took.
     */
    private int untilEachRan(List<Member> both) {
        var more = new AtomicInteger();
        Awaitility.await()
                .atMost(SOON)
                .until(() -> {
                    if (both.stream().noneMatch(member -> ran(List.of(member)).isEmpty())) {
                        return true;
                    }
                    String text = "more " + more.incrementAndGet();
                    web().enqueue(WorkerProcess.QUICK.with(new WorkerProcess.Line(text)));
                    return false;
                });
        return more.get();
    }

    @Test
    void batchesWhoseWorkersAreKilledCountEachMemberOnceAndEndOnce() throws Exception {
        var fleet = List.of(worker(LEASE), worker(LEASE), worker(LEASE), worker(LEASE));
        var inner = new ArrayList<Batch>();
        var outer =
                web().batch(
                                "outer",
                                batch -> {
                                    for (int i = 0; i < 3; i++) {
                                        inner.add(batch.batch("inner-" + i, this::fill, told()));
                                    }
                                },
                                told(),
                                BatchCallback.onFailed(quick("failed")));
        fleet.getFirst().await(line -> line.startsWith("ran "), 1);
        fleet.getFirst().kill();
        fleet.get(1).kill();
        Awaitility.await()
                .atMost(SOON)
                .until(() -> outer.look().orElseThrow().endedAt() != null && unfinished() == 0);
        for (Batch batch : inner) {
            var counted = batch.look().orElseThrow();
            assertThat(counted.added()).isEqualTo(MEMBERS + FAILING);
            assertThat(counted.completed()).isEqualTo(MEMBERS);
            assertThat(counted.failed()).isEqualTo(FAILING);
            assertCompletedOnce(counted.onDone());
        }
        var counted = outer.look().orElseThrow();
        assertThat(counted.added()).isEqualTo(3);
        assertThat(counted.open()).isZero();
        assertCompletedOnce(counted.onDone());
        assertCompletedOnce(counted.onFailed());
    }

    private void fill(Batch batch) throws InterruptedException {
        batch.addAll(IntStream.range(0, MEMBERS).mapToObj(i -> quick("" + i)));
        batch.addAll(
                IntStream.range(0, FAILING)
                        .mapToObj(i -> WorkerProcess.FAIL.with(new WorkerProcess.Line("" + i))));
    }

    private static BatchCallback told() {
        return BatchCallback.onDone(quick("done"));
    }

    private static JobRequest<?> quick(String text) {
        return WorkerProcess.QUICK.with(new WorkerProcess.Line(text));
    }

    private void assertCompletedOnce(long job) throws Exception {
        var ends = web().store().find(job).orElseThrow().attempts().stream().map(Attempt::end);
        assertThat(ends.filter(end -> end != Attempt.End.RESCUED))
                .containsExactly(Attempt.End.COMPLETED);
    }

    private static Set<String> ran(List<Member> fleet) {
        return fleet.stream()
                .flatMap(member -> member.said(line -> line.startsWith("ran ")).stream())
                .collect(Collectors.toSet());
    }

    private int unfinished() throws Exception {
        return web().store().queues().stream()
                .mapToInt(queue -> queue.available() + queue.running() + queue.scheduled())
                .sum();
    }

    @Test
    void aWorkerThatIsToldToStopDrainsAndSignsOff() throws Exception {
        var first = worker(LEASE);
        var jobs = hold(5);
        first.await(ProcessContract::started, 5);
        first.command("release");
        first.command("stop");
        first.await("closed"::equals, 1);
        awaitAll(jobs);
        assertThat(web().store().workers()).isEmpty();
        assertThat(Stream.of(first.said(l -> l.startsWith("ended ")))).hasSize(1);
    }
}
