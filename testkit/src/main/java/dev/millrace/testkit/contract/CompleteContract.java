package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.Attempt;
import dev.millrace.job.Attempt.End;
import dev.millrace.job.ErrorInfo;
import dev.millrace.job.JobState;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;
import dev.millrace.store.Recorded;
import dev.millrace.testkit.Endings;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** How attempts end. */
interface CompleteContract extends Contract {
    @Test
    default void aCompletedJobHasOneFinalHistoryRowAndItsResult() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        var job = worker.claimOnly(id);
        var ends = worker.ends(job);
        assertThat(worker.report(ends.completed("{\"sent\":true}"))).isEqualTo(Recorded.RECORDED);
        var found = b.find(id);
        assertThat(found.state())
                .isEqualTo(new JobState.Completed(ends.endedAt(), false, "{\"sent\":true}"));
        assertThat(found.attempt()).isEqualTo(1);
        assertThat(found.attempts())
                .containsExactly(
                        new Attempt(
                                1,
                                worker.id(),
                                ends.startedAt(),
                                ends.endedAt(),
                                End.COMPLETED,
                                null,
                                "{\"sent\":true}"));
        assertThat(worker.claim(10)).isEmpty();
    }

    @Test
    default void aSkippedJobIsCompletedAndSaysWhy() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        var ends = worker.ends(worker.claimOnly(id));
        worker.report(ends.skipped("no longer wanted"));
        assertThat(b.state(id)).isEqualTo(new JobState.Completed(ends.endedAt(), true, null));
        var attempt = b.find(id).attempts().getFirst();
        assertThat(attempt.end()).isEqualTo(End.SKIPPED);
        assertThat(attempt.error()).isEqualTo(ErrorInfo.reason("skipped", "no longer wanted"));
    }

    @Test
    default void aFailedJobWaitsForItsNextAttempt() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        var ends = worker.ends(worker.claimOnly(id));
        var due = b.now().plusSeconds(60);
        var ending = ends.failed(due);
        assertThat(worker.report(ending)).isEqualTo(Recorded.RECORDED);
        var found = b.find(id);
        assertThat(found.state()).isEqualTo(new JobState.Scheduled(due, true));
        assertThat(found.attempt()).isEqualTo(2);
        assertThat(found.attempts().getFirst().error()).isEqualTo(ending.error());
        assertThat(worker.claim(1)).isEmpty();
        b.advance(Duration.ofSeconds(61));
        b.promoteAll();
        assertThat(worker.claimOnly(id).attempt()).isEqualTo(2);
    }

    @Test
    default void theFinalOutcomeIsTheLastOfAJobsAttemptsWhateverClocksSay() {
        var b = bench();
        long id = b.enqueue(b.job());
        var ahead = b.now().plus(Duration.ofHours(1));
        var worker = b.worker();
        var first = new Endings(worker.claimOnly(id), worker.id(), ahead, ahead);
        worker.report(first.failed(b.now()));
        worker.report(worker.ends(worker.claimOnly(id)).completed(null));
        assertThat(b.find(id).attempts())
                .extracting(Attempt::end)
                .containsExactly(End.FAILED, End.COMPLETED);
    }

    @Test
    default void aFailedJobDueAtOnceIsAvailableAtOnce() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        var ends = worker.ends(worker.claimOnly(id));
        worker.report(ends.failed(ends.endedAt()));
        assertThat(b.stateName(id)).isEqualTo(JobState.Name.AVAILABLE);
        assertThat(worker.claimOnly(id).attempt()).isEqualTo(2);
    }

    @Test
    default void aSnoozedJobRunsAgainWithTheSameAttempt() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        var due = b.now().plus(Duration.ofDays(2));
        worker.report(worker.ends(worker.claimOnly(id)).snoozed(due));
        assertThat(b.state(id)).isEqualTo(new JobState.Scheduled(due, false));
        b.advance(Duration.ofDays(3));
        b.promoteAll();
        assertThat(worker.claimOnly(id).attempt()).isEqualTo(1);
        assertThat(b.find(id).attempts()).extracting(Attempt::end).containsExactly(End.SNOOZED);
    }

    @Test
    default void anInterruptedJobIsAvailableAtOnceWithTheSameAttempt() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        worker.report(worker.ends(worker.claimOnly(id)).interrupted());
        assertThat(worker.claimOnly(id).attempt()).isEqualTo(1);
        assertThat(b.find(id).attempts()).extracting(Attempt::end).containsExactly(End.INTERRUPTED);
    }

    @Test
    default void aDiscardedJobIsKeptAndNeverRunsByItself() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        var ends = worker.ends(worker.claimOnly(id));
        worker.report(ends.discarded("no such address"));
        var found = b.find(id);
        assertThat(found.state()).isEqualTo(new JobState.Discarded(ends.endedAt()));
        assertThat(found.attempt()).isEqualTo(1);
        assertThat(found.attempts()).extracting(Attempt::end).containsExactly(End.DISCARDED);
        b.advance(Duration.ofDays(400));
        assertThat(b.promoteAll()).isZero();
        assertThat(worker.claim(10)).isEmpty();
    }

    @Test
    default void aBatchOfMixedEndingsIsAnsweredInItsOrder() {
        var b = bench();
        b.enqueue(8, b.job());
        var worker = b.worker();
        var jobs = worker.claim(8);
        worker.complete(jobs.get(6));
        var due = b.now().plusSeconds(60);
        var stale = staleClaim(b, jobs.get(7).id());
        var endings =
                List.of(
                        worker.ends(jobs.get(5)).interrupted(),
                        worker.ends(stale).completed(null),
                        worker.ends(jobs.get(1)).failed(due),
                        worker.ends(jobs.get(0)).completed("0"),
                        worker.ends(jobs.get(6)).completed(null),
                        worker.ends(jobs.get(3)).snoozed(due),
                        worker.ends(jobs.get(2)).discarded("gone"),
                        worker.ends(jobs.get(4)).skipped("no"));
        assertThat(b.store().complete(endings))
                .containsExactly(
                        Recorded.RECORDED,
                        Recorded.LOST,
                        Recorded.RECORDED,
                        Recorded.RECORDED,
                        Recorded.ALREADY,
                        Recorded.RECORDED,
                        Recorded.RECORDED,
                        Recorded.RECORDED);
        assertThat(jobs.stream().map(ClaimedJob::id).map(b::stateName))
                .containsExactly(
                        JobState.Name.COMPLETED,
                        JobState.Name.SCHEDULED,
                        JobState.Name.DISCARDED,
                        JobState.Name.SCHEDULED,
                        JobState.Name.COMPLETED,
                        JobState.Name.AVAILABLE,
                        JobState.Name.COMPLETED,
                        JobState.Name.RUNNING);
    }

    @Test
    default void oneWorkersBatchMayCarryEndingsOfSeveralClaims() {
        var b = bench();
        b.enqueue(20, b.job());
        var worker = b.worker();
        var endings = new ArrayList<Ending>();
        for (int i = 0; i < 4; i++) {
            worker.claim(5).forEach(job -> endings.add(worker.ends(job).completed(null)));
        }
        var some = new ArrayList<Ending>();
        for (int i = 0; i < endings.size(); i += 3) {
            some.add(endings.get(i));
        }
        assertThat(b.store().complete(some)).containsOnly(Recorded.RECORDED).hasSize(7);
        assertThat(b.store().held(worker.id(), 0, 100)).hasSize(13);
        assertThat(
                        b.store().complete(endings).stream()
                                .collect(Collectors.groupingBy(r -> r, Collectors.counting())))
                .containsEntry(Recorded.ALREADY, 7L)
                .containsEntry(Recorded.RECORDED, 13L);
    }

    private static ClaimedJob staleClaim(Bench b, long job) {
        return new ClaimedJob(
                job, 777, "q", "work", 1, 4, "{}", 1, 0, 10, null, List.of(), b.now());
    }

    @Test
    default void neighboursInALongReportAreEachJudgedByThemselves() {
        var b = bench();
        b.enqueue(120, b.job());
        var worker = b.worker();
        var jobs = new ArrayList<>(worker.claim(100));
        jobs.addAll(worker.claim(20));
        worker.complete(jobs.get(13));
        var stale = staleClaim(b, jobs.get(50).id());
        var endings = new ArrayList<Ending>();
        for (int i = 0; i < jobs.size(); i++) {
            var ends = worker.ends(i == 50 ? stale : jobs.get(i));
            endings.add(i == 80 ? ends.interrupted() : ends.completed(Integer.toString(i)));
        }
        var answers = b.store().complete(endings);
        for (int i = 0; i < jobs.size(); i++) {
            var found = b.find(jobs.get(i).id());
            switch (i) {
                case 13 -> assertThat(answers.get(i)).isEqualTo(Recorded.ALREADY);
                case 50 -> {
                    assertThat(answers.get(i)).isEqualTo(Recorded.LOST);
                    assertThat(found.state()).isInstanceOf(JobState.Running.class);
                }
                case 80 -> {
                    assertThat(answers.get(i)).isEqualTo(Recorded.RECORDED);
                    assertThat(found.state()).isInstanceOf(JobState.Available.class);
                }
                default -> {
                    assertThat(answers.get(i)).isEqualTo(Recorded.RECORDED);
                    assertThat(found.attempts()).hasSize(1);
                    assertThat(found.attempts().getFirst().result()).isEqualTo("" + i);
                }
            }
        }
        assertThat(b.store().held(worker.id(), 0, 100)).containsExactly(jobs.get(50).claim());
    }

    @Test
    default void completingNothingAnswersNothing() {
        assertThat(bench().store().complete(List.of())).isEmpty();
    }

    @Test
    default void aThousandEndingsAreRecordedInOneCall() {
        var b = bench();
        b.enqueue(1000, b.job());
        var worker = b.worker();
        var endings =
                worker.claim(1000).stream().map(job -> worker.ends(job).completed("1")).toList();
        assertThat(b.store().complete(endings)).hasSize(1000).containsOnly(Recorded.RECORDED);
        assertThat(b.store().held(worker.id(), 0, 1)).isEmpty();
    }

    @Test
    default void repeatingARecordedReportAnswersAlready() {
        var b = bench();
        var ids = b.enqueue(5, b.job());
        var worker = b.worker();
        var jobs = worker.claim(5);
        var due = b.now().plusSeconds(60);
        var endings =
                List.of(
                        worker.ends(jobs.get(0)).completed("1"),
                        worker.ends(jobs.get(1)).failed(due),
                        worker.ends(jobs.get(2)).discarded("no"),
                        worker.ends(jobs.get(3)).snoozed(due),
                        worker.ends(jobs.get(4)).interrupted());
        assertThat(b.store().complete(endings)).containsOnly(Recorded.RECORDED);
        assertThat(b.store().complete(endings)).hasSize(5).containsOnly(Recorded.ALREADY);
        for (long id : ids) {
            assertThat(b.find(id).attempts()).hasSize(1);
        }
    }

    @Test
    default void repeatingAReportAnswersAlreadyAlsoAfterTheJobWasClaimedAgain() {
        var b = bench();
        long id = b.enqueue(b.job());
        var first = b.worker();
        var ending = first.ends(first.claimOnly(id)).interrupted();
        assertThat(first.report(ending)).isEqualTo(Recorded.RECORDED);
        var second = b.worker();
        var job = second.claimOnly(id);
        assertThat(first.report(ending)).isEqualTo(Recorded.ALREADY);
        assertThat(b.stateName(id)).isEqualTo(JobState.Name.RUNNING);
        assertThat(second.complete(job)).isEqualTo(Recorded.RECORDED);
        assertThat(first.report(ending)).isEqualTo(Recorded.ALREADY);
    }

    @Test
    default void anotherEndingByAClaimThatReportedBeforeChangesNothing() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        var ends = worker.ends(worker.claimOnly(id));
        worker.report(ends.completed("1"));
        assertThat(worker.report(ends.discarded("no"))).isEqualTo(Recorded.ALREADY);
        assertThat(b.stateName(id)).isEqualTo(JobState.Name.COMPLETED);
    }

    @Test
    default void aReportOfAClaimThatWasGivenBackIsLost() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        var job = worker.claimOnly(id);
        worker.giveBack(job);
        assertThat(worker.complete(job)).isEqualTo(Recorded.LOST);
        assertThat(b.stateName(id)).isEqualTo(JobState.Name.AVAILABLE);
        worker.claimOnly(id);
        assertThat(worker.complete(job)).isEqualTo(Recorded.LOST);
        assertThat(b.stateName(id)).isEqualTo(JobState.Name.RUNNING);
    }

    @Test
    default void aReportOfAJobThatDoesNotExistIsLost() {
        var b = bench();
        var worker = b.worker();
        var ghost = b.job().job(999_999_999L, b.now());
        var job =
                new ClaimedJob(
                        ghost.id(), 1, "q", "work", 1, 4, "{}", 1, 0, 10, null, List.of(), b.now());
        assertThat(worker.complete(job)).isEqualTo(Recorded.LOST);
    }

    @Test
    default void everyAttemptIsKeptInHistoryOldestFirst() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        var ended = new ArrayList<Endings>();
        for (int i = 0; i < 3; i++) {
            var ends = worker.ends(worker.claimOnly(id));
            ended.add(ends);
            worker.report(ends.failed(ends.endedAt()));
        }
        var last = worker.ends(worker.claimOnly(id));
        ended.add(last);
        worker.report(last.completed(null));
        var attempts = b.find(id).attempts();
        assertThat(attempts).extracting(Attempt::number).containsExactly(1, 2, 3, 4);
        assertThat(attempts)
                .extracting(Attempt::end)
                .containsExactly(End.FAILED, End.FAILED, End.FAILED, End.COMPLETED);
        assertThat(attempts)
                .extracting(Attempt::endedAt)
                .isEqualTo(ended.stream().map(Endings::endedAt).toList());
        assertThat(b.find(id).attempt()).isEqualTo(4);
    }

    @Test
    default void onlyTheNewestHundredAttemptsAreShown() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        for (int i = 0; i < 103; i++) {
            var ends = worker.ends(worker.claimOnly(id));
            worker.report(ends.failed(ends.endedAt()));
        }
        var attempts = b.find(id).attempts();
        assertThat(attempts).hasSize(100);
        assertThat(attempts.getFirst().number()).isEqualTo(4);
        assertThat(attempts.getLast().number()).isEqualTo(103);
    }

    @Test
    default void historyStandsInTheOrderInWhichAttemptsEndedWhateverTheirClocksSaid() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        for (int hour : List.of(0, 3, -5, 7, -9, 1)) {
            var job = worker.claimOnly(id);
            Ending ending = worker.ends(job).yielded();
            Instant ended = ending.endedAt().plus(Duration.ofHours(hour));
            var again = new Ending.Next.Again(ended, job.attempt(), 0);
            var why = ErrorInfo.reason("yielded", "hour " + hour);
            assertThat(
                            worker.report(
                                    new Ending(
                                            id,
                                            ending.claimId(),
                                            worker.id(),
                                            job.attempt(),
                                            ended,
                                            ended,
                                            End.YIELDED,
                                            why,
                                            null,
                                            again,
                                            false)))
                    .isEqualTo(Recorded.RECORDED);
        }
        assertThat(b.find(id).attempts())
                .extracting(attempt -> Objects.requireNonNull(attempt.error()).message())
                .containsExactly("hour 0", "hour 3", "hour -5", "hour 7", "hour -9", "hour 1");
    }
}
