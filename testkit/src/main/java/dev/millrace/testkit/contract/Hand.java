package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.KindVersion;
import dev.millrace.store.ClaimRequest;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;
import dev.millrace.store.JobStore;
import dev.millrace.store.Pulse;
import dev.millrace.store.PulseAnswer;
import dev.millrace.store.Recorded;
import dev.millrace.testkit.Endings;

import java.time.Duration;
import java.util.List;
import java.util.Set;

/** A registered worker moved by a test, one call at a time. */
public final class Hand {
    private final Bench bench;
    private final JobStore store;
    private final long id;
    private long afterRequest;

    Hand(Bench bench, JobStore store, long id) {
        this.bench = bench;
        this.store = store;
        this.id = id;
    }

    /** Its id in the store. */
    public long id() {
        return id;
    }

    /** Claims from the usual queue and kind, looking from the very start. */
    public List<ClaimedJob> claim(int max) {
        return claim(Bench.QUEUE, Set.of(Bench.WORK), max);
    }

    /** Claims, looking from the very start. */
    public List<ClaimedJob> claim(String queue, Set<KindVersion> kinds, int max) {
        return claim(queue, kinds, max, true);
    }

    /** Claims. */
    public List<ClaimedJob> claim(String queue, Set<KindVersion> kinds, int max, boolean sweep) {
        return store.claim(
                new ClaimRequest(id, bench.newClaimId(), queue, kinds, max, sweep, bench.tick()));
    }

    /** Claims what waits longest, looking from the very start. */
    public List<ClaimedJob> claimAged(Set<KindVersion> kinds, int max) {
        return store.claim(
                new ClaimRequest(
                        id, bench.newClaimId(), Bench.QUEUE, kinds, max, true, true, bench.tick()));
    }

    /** Claims one job, which must be there. */
    public ClaimedJob claimOne() {
        var jobs = claim(1);
        assertThat(jobs).as("jobs claimed").hasSize(1);
        return jobs.getFirst();
    }

    /** Claims the next job, which must be this one. */
    public ClaimedJob claimOnly(long jobId) {
        var job = claimOne();
        assertThat(job.id()).as("job claimed").isEqualTo(jobId);
        return job;
    }

    /** Beats, asking about the usual queue and kind. */
    public PulseAnswer pulse() {
        return pulse(true);
    }

    /** Pulses, asking about the usual queue and kind. */
    public PulseAnswer pulse(boolean beat) {
        var scope = new Pulse.Scope(Bench.QUEUE, Set.of(Bench.WORK));
        var answer =
                store.pulse(
                        new Pulse(
                                id, beat, 0, 0, null, List.of(scope), bench.tick(), afterRequest));
        afterRequest = answer.lastRequest();
        return answer;
    }

    /** What it may say of a job it claimed. */
    public Endings ends(ClaimedJob job) {
        return new Endings(job, id, bench.now(), bench.tick());
    }

    /** What it may report of a job it claimed, still empty. */
    public Slip says(ClaimedJob job) {
        return Slip.of(job, id, bench.tick());
    }

    /** Sends one report. */
    public Recorded tell(Slip slip) {
        var answers = store.reports().report(List.of(slip.report()));
        assertThat(answers).as("answers to one report").hasSize(1);
        return answers.getFirst();
    }

    /** Reports endings, which must all be recorded. */
    public void report(List<Ending> endings) {
        assertThat(store.complete(endings)).hasSameSizeAs(endings).containsOnly(Recorded.RECORDED);
    }

    /** Reports one ending. */
    public Recorded report(Ending ending) {
        var answers = store.complete(List.of(ending));
        assertThat(answers).as("answers to one ending").hasSize(1);
        return answers.getFirst();
    }

    /** Completes a job without a result. */
    public Recorded complete(ClaimedJob job) {
        return report(ends(job).completed(null));
    }

    /** Fails a job; its next attempt is due after the given wait. */
    public Recorded fail(ClaimedJob job, Duration wait) {
        return report(ends(job).failed(bench.now().plus(wait)));
    }

    /** Returns a job unspent; whether it was still held. */
    public boolean giveBack(ClaimedJob job) {
        return store.giveBack(id, List.of(job.claim())) == 1;
    }
}
