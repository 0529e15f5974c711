package dev.millrace.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.Checkpoint;
import dev.millrace.job.LogLine;
import dev.millrace.job.Progress;
import dev.millrace.job.StackNote;
import dev.millrace.job.StepRecord;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.JobClaim;
import dev.millrace.store.JobStore;
import dev.millrace.store.Report;
import dev.millrace.testkit.MemoryState.Taken;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** What a {@link ModelComparison} lets jobs report, and sends them. */
final class ModelReports {
    private static final List<String> NAMES = List.of("s0", "s1", "s2");
    private static final Duration FRESH = Duration.ofSeconds(10);

    private final JobStore store;
    private final MemoryStore model;
    private final FakeClock clock;
    private final Random random;
    private final Map<Long, Asked> asked = new HashMap<>();
    private List<Report> last = List.of();
    private long lastChunk;

    private record Asked(long claimId, Instant at) {}

    ModelReports(JobStore store, MemoryStore model, FakeClock clock, Random random) {
        this.store = store;
        this.model = model;
        this.clock = clock;
        this.random = random;
    }

    private Instant now() {
        return clock.instant();
    }

    /**
     * Reports of some claims, each job once.
     *
     * @param workers who claimed them
     */
    void report(List<ClaimedJob> claims, List<Long> workers) {
        var once = new HashMap<Long, Report>();
        for (int i = 0; i < claims.size(); i++) {
            if (random.nextInt(5) == 0) {
                once.putIfAbsent(claims.get(i).id(), report(claims.get(i), workers.get(i)));
            }
        }
        last = List.copyOf(once.values());
        resend();
    }

    /** As when the answer to the last call was lost; what came between does not matter. */
    void resend() {
        assertThat(store.reports().report(last))
                .as("%s", last)
                .isEqualTo(model.reports().report(last));
    }

    private Report report(ClaimedJob job, long workerId) {
        var steps = new ArrayList<StepRecord>();
        int place = 1 + model.reports().carried(job.id()).steps().size();
        for (int i = random.nextInt(3); i > 0; i--) {
            boolean known = random.nextInt(4) == 0;
            String name = "step " + (known ? 1 : place);
            steps.add(new StepRecord(place++, name, "" + random.nextInt(100), 1, now()));
        }
        return new Report(
                job.id(),
                job.claimId(),
                workerId,
                random.nextBoolean() ? progress() : null,
                random.nextBoolean() ? checkpoint() : null,
                known(steps),
                random.nextInt(3) == 0 ? chunk() : null,
                random.nextInt(6) == 0 ? new StackNote("at " + random.nextInt(9), now()) : null);
    }

    /** A report names a step once. */
    private static List<StepRecord> known(List<StepRecord> steps) {
        var names = new HashMap<String, StepRecord>();
        steps.forEach(step -> names.putIfAbsent(step.name(), step));
        return List.copyOf(names.values());
    }

    private Progress progress() {
        var at = now().minusMillis(random.nextInt(3) * 5_000L);
        return new Progress(random.nextInt(9), random.nextInt(9), "m", random.nextDouble(), at);
    }

    private Checkpoint checkpoint() {
        return new Checkpoint(1 + random.nextInt(20), "" + random.nextInt(100), now());
    }

    private Report.LogChunk chunk() {
        var lines = new ArrayList<LogLine>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            lines.add(new LogLine(now(), LogLine.Level.of(1 + random.nextInt(4)), "line " + i));
        }
        return new Report.LogChunk(++lastChunk, lines);
    }

    void signal(long jobId) {
        String name = name();
        String payload = "" + random.nextInt(100);
        assertThat(store.reports().signal(jobId, name, payload, now()))
                .isEqualTo(model.reports().signal(jobId, name, payload, now()));
    }

    String name() {
        return NAMES.get(random.nextInt(NAMES.size()));
    }

    /** How many signals of a name a job may have seen: at most those it was sent. */
    int seen(long jobId, String name) {
        int sent = model.state.notesOf(jobId).count(name);
        return random.nextInt(3) == 0 ? random.nextInt(sent + 1) : sent;
    }

    void askStack(long jobId) {
        assertThat(store.reports().askStack(jobId, now()))
                .isEqualTo(model.reports().askStack(jobId, now()));
        if (model.state.spots.get(jobId) instanceof Taken row) {
            asked.put(jobId, new Asked(row.claimId(), now()));
        }
    }

    /** A request may be dropped when it is old or its claim is gone, and never comes up alone. */
    void stacksWanted(long modelWorker, Set<Long> real, Set<Long> same) {
        assertThat(same).as("stacks asked for").containsAll(real);
        for (long id : same) {
            var ask = asked.get(id);
            var row = model.state.takenBy(modelWorker).get(id);
            if (ask != null
                    && row != null
                    && row.claimId() == ask.claimId()
                    && ask.at().plus(FRESH).isAfter(now())) {
                assertThat(real).as("stacks wanted").contains(id);
            }
        }
    }

    void look(Collection<Long> ids) {
        for (long id : ids) {
            assertThat(store.reports().look(id))
                    .as("of job %d", id)
                    .isEqualTo(model.reports().look(id));
            assertThat(store.reports().carried(id))
                    .as("of job %d", id)
                    .isEqualTo(model.reports().carried(id));
        }
        assertThat(store.reports().progress(ids)).isEqualTo(model.reports().progress(ids));
        assertThat(store.reports().lastChunks(ids)).isEqualTo(model.reports().lastChunks(ids));
    }

    void holds(long realWorker, long modelWorker, JobClaim claim) {
        assertThat(store.reports().holds(realWorker, claim))
                .as("%s held", claim)
                .isEqualTo(model.reports().holds(modelWorker, claim));
    }
}
