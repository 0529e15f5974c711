package dev.millrace.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.chaos.Evidence.Found;
import dev.millrace.chaos.Evidence.Outage;
import dev.millrace.chaos.Evidence.Past;
import dev.millrace.chaos.Evidence.Rebirth;
import dev.millrace.chaos.Evidence.Request;
import dev.millrace.chaos.Violation.Rule;
import dev.millrace.job.Attempt.End;
import dev.millrace.job.JobState;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The check finds nothing in a true ledger, and each thing that a doctored one hides. */
final class LedgerCheckTest {
    private static final long SECOND = 1_000_000_000L;

    private final List<Request> requests = new ArrayList<>();
    private final List<Found> found = new ArrayList<>();
    private final List<Run> runs = new ArrayList<>();
    private final List<Outage> outages = new ArrayList<>();
    private final List<Rebirth> reborn = new ArrayList<>();
    private final Map<Long, List<Integer>> effects = new HashMap<>();
    private long runNumber;

    private void request(long job, Deed deed, @Nullable String key, double answered) {
        requests.add(new Request(job, deed, key, at(answered) - 1000, at(answered), job, false));
    }

    private void found(long job, Deed deed, int units, Past... history) {
        found.add(new Found(job, job, deed, units, JobState.Name.COMPLETED, List.of(history)));
    }

    private static Past past(long worker, End end) {
        return new Past(1, worker, end);
    }

    private void run(
            long job, long worker, double begin, double end, Run.How how, Run.Note... notes) {
        runs.add(
                new Run(
                        "w" + worker,
                        ++runNumber,
                        job,
                        1,
                        worker,
                        at(begin),
                        at(end),
                        how,
                        List.of(notes)));
    }

    private static Run.Note note(double at, String what, Object value) {
        return new Run.Note(at(at), what, value.toString());
    }

    private static long at(double seconds) {
        return 1000 * SECOND + (long) (seconds * SECOND);
    }

    private void outage(long worker, double from, double to) {
        outages.add(new Outage("w" + worker, at(from), at(to)));
    }

    private List<Rule> broken() {
        return LedgerCheck.check(new Evidence(requests, found, runs, outages, reborn, effects))
                .stream()
                .map(Violation::rule)
                .distinct()
                .toList();
    }

    /** A job that worker 1 ran from second 1 to 2. */
    private void plain(long job) {
        request(job, Deed.PLAIN, null, 0.5);
        found(job, Deed.PLAIN, 3, past(1, End.COMPLETED));
        run(job, 1, 1, 2, Run.How.DONE);
    }

    /** Three checkpoints, the worker killed after the second. */
    private void marks(int resumedAt) {
        request(7, Deed.MARKS, null, 0);
        found(7, Deed.MARKS, 3, past(1, End.RESCUED), past(2, End.COMPLETED));
        run(
                7,
                1,
                1,
                2,
                Run.How.CUT,
                note(1, Run.RESUMED, 0),
                note(1.2, Run.MARK, 1),
                note(1.5, Run.MARK, 2));
        run(7, 2, 4, 5, Run.How.DONE, note(4, Run.RESUMED, resumedAt), note(4.5, Run.MARK, 3));
    }

    /** A step that answered, the worker killed, and what the next one did. */
    private void steps(Run.Note... then) {
        request(8, Deed.STEPS, null, 0);
        found(8, Deed.STEPS, 2, past(1, End.RESCUED), past(2, End.COMPLETED));
        run(
                8,
                1,
                1,
                2,
                Run.How.CUT,
                note(1.1, Run.BODY, "s1"),
                note(1.3, Run.STEPPED, "s1"),
                note(1.4, Run.BODY, "s2"));
        run(8, 2, 4, 5, Run.How.DONE, then);
    }

    private void narrow(long job, double begin, double end) {
        request(job, Deed.NARROW, null, 0);
        found(job, Deed.NARROW, 1, past(job, End.COMPLETED));
        run(job, job, begin, end, Run.How.DONE);
    }

    private void unique(long job, double answered, double begin, double end) {
        request(job, Deed.UNIQUE, "key", answered);
        found(job, Deed.UNIQUE, 1, past(1, End.COMPLETED));
        run(job, 1, begin, end, Run.How.DONE);
    }

    @Test
    void aTrueLedgerIsFoundTrue() {
        plain(1);
        marks(2);
        steps(
                note(4.1, Run.STEPPED, "s1"),
                note(4.2, Run.BODY, "s2"),
                note(4.4, Run.STEPPED, "s2"));
        narrow(20, 1, 2);
        narrow(21, 1, 3);
        narrow(22, 2.5, 4);
        unique(30, 1, 1.5, 2);
        unique(31, 2.5, 3, 4);
        request(40, Deed.TRANSACT, null, 0);
        found(40, Deed.TRANSACT, 2, past(1, End.COMPLETED));
        run(40, 1, 1, 2, Run.How.DONE);
        effects.put(40L, List.of(3, 1, 2));
        requests.add(new Request(50, Deed.PLAIN, null, at(1), at(2), 0, false));
        requests.add(new Request(51, Deed.UNIQUE, "key", at(1.2), at(1.3), 30, true));
        assertThat(broken()).isEmpty();
    }

    @Test
    void anAcceptedJobThatIsNotThereIsLost() {
        plain(1);
        found.clear();
        assertThat(broken()).containsExactly(Rule.LOST);
    }

    @Test
    void aJobThatHasNotEndedIsLost() {
        plain(1);
        found.set(0, new Found(1, 1, Deed.PLAIN, 3, JobState.Name.AVAILABLE, List.<Past>of()));
        assertThat(broken()).containsExactly(Rule.LOST);
    }

    @Test
    void aCompletedJobWithoutAFinalRowIsLost() {
        plain(1);
        found.set(0, new Found(1, 1, Deed.PLAIN, 3, JobState.Name.COMPLETED, List.<Past>of()));
        assertThat(broken()).containsExactly(Rule.LOST);
    }

    @Test
    void aSecondFinalOutcomeIsFound() {
        request(1, Deed.PLAIN, null, 0);
        found(1, Deed.PLAIN, 3, past(1, End.COMPLETED), past(2, End.COMPLETED));
        run(1, 1, 1, 2, Run.How.DONE);
        run(1, 2, 3, 4, Run.How.DONE);
        assertThat(broken()).containsExactly(Rule.ENDED_TWICE);
    }

    @Test
    void aRowAfterTheFinalOneIsFound() {
        request(1, Deed.PLAIN, null, 0);
        found(1, Deed.PLAIN, 3, past(1, End.COMPLETED), past(2, End.RESCUED));
        run(1, 1, 1, 2, Run.How.DONE);
        assertThat(broken()).containsExactly(Rule.ENDED_TWICE);
    }

    @Test
    void aRequestThatMadeTwoJobsIsFound() {
        plain(1);
        found.add(
                new Found(
                        2,
                        1,
                        Deed.PLAIN,
                        3,
                        JobState.Name.COMPLETED,
                        List.of(past(1, End.COMPLETED))));
        run(2, 1, 1, 2, Run.How.DONE);
        assertThat(broken()).containsExactly(Rule.MADE_TWICE);
    }

    @Test
    void aJobNobodyAskedForIsFound() {
        plain(1);
        requests.clear();
        assertThat(broken()).containsExactly(Rule.MADE_TWICE);
    }

    @Test
    void aDuplicateThatMadeAJobIsFound() {
        plain(1);
        requests.set(0, new Request(1, Deed.PLAIN, null, 0, at(0), 9, true));
        assertThat(broken()).containsExactly(Rule.MADE_TWICE);
    }

    @Test
    void aWorkerThatWasHeldForDeadForNoReasonIsFound() {
        plain(1);
        outage(1, 1, 2);
        outage(2, 3, 5);
        reborn.add(new Rebirth("w2", at(6)));
        assertThat(broken()).as("it was cut off").isEmpty();
        reborn.add(new Rebirth("w1", at(13)));
        assertThat(broken()).containsExactly(Rule.ROBBED);
    }

    @Test
    void aRowOfAWorkerThatHadLostTheJobIsFound() {
        request(1, Deed.PLAIN, null, 0);
        found(1, Deed.PLAIN, 3, past(1, End.RESCUED), past(1, End.COMPLETED));
        run(1, 1, 1, 2, Run.How.DONE);
        assertThat(broken()).containsExactly(Rule.FENCE);
    }

    @Test
    void aFailureOfAWorkerThatHadLostTheJobIsFound() {
        request(1, Deed.WALK, null, 0);
        found(1, Deed.WALK, 3, past(1, End.RESCUED), past(1, End.FAILED), past(2, End.COMPLETED));
        run(1, 1, 1, 2, Run.How.THREW);
        run(2, 1, 3, 4, Run.How.DONE);
        assertThat(broken()).containsExactly(Rule.FENCE);
    }

    @Test
    void aCompletionByAWorkerThatNeverRanTheJobIsFound() {
        request(1, Deed.PLAIN, null, 0);
        found(1, Deed.PLAIN, 3, past(2, End.COMPLETED));
        run(1, 1, 1, 2, Run.How.DONE);
        assertThat(broken()).containsExactly(Rule.FENCE);
    }

    @Test
    void aCompletionOfARunThatNeverCameToItsEndIsFound() {
        request(1, Deed.PLAIN, null, 0);
        found(1, Deed.PLAIN, 3, past(1, End.COMPLETED));
        run(1, 1, 1, 2, Run.How.CUT);
        assertThat(broken()).containsExactly(Rule.FENCE);
    }

    @Test
    void aRescueThatSpentAnAttemptIsFound() {
        request(1, Deed.PLAIN, null, 0);
        found(1, Deed.PLAIN, 3, past(1, End.FAILED), past(2, End.COMPLETED));
        run(1, 1, 1, 2, Run.How.THREW);
        run(1, 2, 3, 4, Run.How.DONE);
        assertThat(broken()).containsExactly(Rule.SPENT);
    }

    @Test
    void twoRunsAtOnceAreFound() {
        request(1, Deed.PLAIN, null, 0);
        found(1, Deed.PLAIN, 3, past(1, End.RESCUED), past(2, End.COMPLETED));
        run(1, 1, 1, 3, Run.How.DONE);
        run(1, 2, 2, 4, Run.How.DONE);
        assertThat(broken()).containsExactly(Rule.OVERLAP);
    }

    @Test
    void twoRunsAtOnceAreNoFaultWhenOneProcessWasFrozen() {
        request(1, Deed.PLAIN, null, 0);
        found(1, Deed.PLAIN, 3, past(1, End.RESCUED), past(2, End.COMPLETED));
        run(1, 1, 1, 8, Run.How.DONE);
        run(1, 2, 7, 9, Run.How.DONE);
        outage(1, 1.5, 7.5);
        assertThat(broken()).isEmpty();
    }

    @Test
    void anOutageOfAnotherProcessExcusesNothing() {
        request(1, Deed.PLAIN, null, 0);
        found(1, Deed.PLAIN, 3, past(1, End.RESCUED), past(2, End.COMPLETED));
        run(1, 1, 1, 8, Run.How.DONE);
        run(1, 2, 7, 9, Run.How.DONE);
        outage(3, 1.5, 7.5);
        assertThat(broken()).containsExactly(Rule.OVERLAP);
    }

    @Test
    void aCheckpointThatGoesBackIsFound() {
        marks(1);
        assertThat(broken()).containsExactly(Rule.CHECKPOINT);
    }

    @Test
    void aPageDoneAgainAlthoughItWasKeptIsFound() {
        request(9, Deed.WALK, null, 0);
        found(9, Deed.WALK, 2, past(1, End.RESCUED), past(2, End.COMPLETED));
        run(
                9,
                1,
                1,
                2,
                Run.How.CUT,
                note(1, Run.PAGE, 1),
                note(1.5, Run.MARK, 1),
                note(1.5, Run.PAGE, 2));
        run(9, 2, 4, 5, Run.How.DONE, note(4, Run.PAGE, 1), note(4.5, Run.PAGE, 2));
        assertThat(broken()).containsExactly(Rule.CHECKPOINT);
    }

    @Test
    void aPageLeftOutIsFound() {
        request(9, Deed.WALK, null, 0);
        found(9, Deed.WALK, 3, past(1, End.COMPLETED));
        run(9, 1, 1, 2, Run.How.DONE, note(1, Run.PAGE, 1), note(1.5, Run.PAGE, 3));
        assertThat(broken()).containsExactly(Rule.CHECKPOINT);
    }

    @Test
    void aStepDoneAgainIsFound() {
        steps(note(4.1, Run.BODY, "s1"), note(4.2, Run.STEPPED, "s1"));
        assertThat(broken()).containsExactly(Rule.STEP);
    }

    @Test
    void anEffectThatIsThereTwiceOrNotAtAllIsFound() {
        request(40, Deed.TRANSACT, null, 0);
        found(40, Deed.TRANSACT, 2, past(1, End.COMPLETED));
        run(40, 1, 1, 2, Run.How.DONE);
        effects.put(40L, List.of(1, 2, 2, 3));
        assertThat(broken()).containsExactly(Rule.EFFECT);
        effects.put(40L, List.of(1, 3));
        assertThat(broken()).containsExactly(Rule.EFFECT);
    }

    @Test
    void twoLiveJobsWithOneKeyAreFound() {
        unique(30, 1, 1.5, 3);
        unique(31, 2.5, 3.5, 4);
        assertThat(broken()).containsExactly(Rule.UNIQUE);
    }

    @Test
    void oneMoreThanTheLimitIsFound() {
        narrow(20, 1, 3);
        narrow(21, 1.5, 3);
        narrow(22, 2, 3);
        assertThat(broken()).containsExactly(Rule.LIMIT);
    }

    @Test
    void oneMoreOfAKeyThanItsLimitIsFoundAndOthersDoNotCount() {
        for (long job : List.of(20L, 21L, 23L)) {
            request(job, Deed.KEYED, null, 0);
            found(job, Deed.KEYED, 1, past(job, End.COMPLETED));
            run(job, job, 1, 3, Run.How.DONE);
        }
        assertThat(broken()).isEmpty();
        request(26, Deed.KEYED, null, 0);
        found(26, Deed.KEYED, 1, past(26, End.COMPLETED));
        run(26, 26, 2, 3, Run.How.DONE);
        assertThat(broken()).containsExactly(Rule.LIMIT);
    }
}
