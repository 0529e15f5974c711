package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.Checkpoint;
import dev.millrace.job.JobReport;
import dev.millrace.job.JobState;
import dev.millrace.job.LogLine;
import dev.millrace.job.Progress;
import dev.millrace.job.StepRecord;
import dev.millrace.store.Carried;
import dev.millrace.store.PruneRules;
import dev.millrace.store.ReportStore;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/** How much is kept of what jobs report, in which order, and when it goes. */
interface ReportTextContract extends Contract {
    /** Texts for people that stores have been known to bend, break or refuse. */
    List<String> TEXTS =
            List.of(
                    "",
                    " ",
                    "nul \u0000 lone \ud800 and \udc00",
                    "Grüße, κόσμε, 世界, שלום, 👩‍👩‍👧‍👦, \u202e\ufeff\uffff",
                    "quote \" ' \\ $1 ? :name {} % \t\r\n end",
                    "\\u0000 written out");

    private ReportStore reports() {
        return bench().store().reports();
    }

    @Test
    default void checkpointsAndResultsOfStepsComeBackLetterForLetter() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        var job = worker.claimOnly(id);
        int n = 0;
        for (String document : PayloadContract.DOCUMENTS) {
            n++;
            worker.tell(worker.says(job).checkpoint(n, document).step(n, "s" + n, document));
            assertThat(Objects.requireNonNull(reports().carried(id).checkpoint()).text())
                    .isEqualTo(document);
            reports().signal(id, "s" + n, document, b.tick());
        }
        var carried = reports().carried(id);
        assertThat(carried.steps().stream().map(StepRecord::result))
                .isEqualTo(PayloadContract.DOCUMENTS);
        assertThat(carried.signals().stream().map(Carried.Signal::payload))
                .isEqualTo(PayloadContract.DOCUMENTS);
    }

    @Test
    default void textsForPeopleComeBackLetterForLetter() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        var job = worker.claimOnly(id);
        var slip = worker.says(job).log(1, TEXTS);
        worker.tell(slip);
        assertThat(reports().look(id).log())
                .isEqualTo(Objects.requireNonNull(slip.report().log()).lines());
        for (String text : TEXTS) {
            var said = worker.says(job).progress(1, 2, text).stack(text);
            worker.tell(said);
            assertThat(reports().look(id).progress()).isEqualTo(said.report().progress());
            assertThat(reports().look(id).stack()).isEqualTo(said.report().stack());
        }
        int place = 0;
        var names = TEXTS.stream().filter(text -> text.indexOf(0) < 0).map(t -> "n" + t).toList();
        for (String name : names) {
            worker.tell(worker.says(job).step(++place, name, "1"));
            assertThat(reports().signal(id, name, "1", b.tick())).contains(JobState.Name.RUNNING);
        }
        assertThat(reports().carried(id).steps().stream().map(StepRecord::name)).isEqualTo(names);
        assertThat(reports().carried(id).signals().stream().map(Carried.Signal::name))
                .isEqualTo(names);
    }

    @Test
    default void aCheckpointOfTheLargestSizeFits() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        var job = worker.claimOnly(id);
        var text = "\"" + "é".repeat(Checkpoint.MAX_BYTES / 2 - 1) + "\"";
        worker.tell(worker.says(job).checkpoint(1, text));
        worker.fail(job, Duration.ZERO);
        assertThat(Objects.requireNonNull(reports().carried(id).checkpoint()).text())
                .isEqualTo(text);
        assertThat(Objects.requireNonNull(reports().look(id).checkpoint()).text()).isEqualTo(text);
    }

    @Test
    default void theLargestFiguresFit() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        var job = worker.claimOnly(id);
        var most = new Progress(Long.MAX_VALUE, Long.MAX_VALUE, "x".repeat(500), 1e300, b.tick());
        worker.tell(worker.says(job).progress(most).checkpoint(Long.MAX_VALUE, "1"));
        assertThat(reports().progress(List.of(id, id))).isEqualTo(Map.of(id, most));
        assertThat(reports().carried(id).checkpoint())
                .extracting(Checkpoint::number)
                .isEqualTo(Long.MAX_VALUE);
    }

    @Test
    default void stepsComeInTheOrderOfTheirPlaces() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        var job = worker.claimOnly(id);
        worker.tell(worker.says(job).step(2, "b", "2").step(1, "z", "1"));
        worker.tell(worker.says(job).step(10, "a", "10").step(4, "d", "4"));
        worker.tell(worker.says(job).step(3, "c", "3"));
        var names = List.of("z", "b", "c", "d", "a");
        assertThat(reports().carried(id).steps().stream().map(StepRecord::name)).isEqualTo(names);
        assertThat(reports().look(id).steps().stream().map(StepRecord::name)).isEqualTo(names);
    }

    @Test
    default void tenThousandStepsAreKeptAndTheFirstThousandShown() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        var job = worker.claimOnly(id);
        for (int from = 1; from <= StepRecord.MAX_STEPS; from += 1000) {
            var slip = worker.says(job);
            for (int place = from; place < from + 1000; place++) {
                slip = slip.step(place, "step " + place, "" + place);
            }
            worker.tell(slip);
        }
        var all = reports().carried(id).steps();
        assertThat(all).hasSize(StepRecord.MAX_STEPS);
        assertThat(all.stream().map(StepRecord::place))
                .isEqualTo(IntStream.rangeClosed(1, StepRecord.MAX_STEPS).boxed().toList());
        assertThat(reports().look(id).steps()).isEqualTo(all.subList(0, 1000));
    }

    @Test
    default void theLogKeepsItsOrderOverAttempts() {
        var b = bench();
        long id = b.enqueue(b.job());
        var expected = new ArrayList<LogLine>();
        for (int attempt = 0; attempt < 4; attempt++) {
            var worker = b.worker();
            var job = worker.claimOnly(id);
            for (int i = 1; i <= 3; i++) {
                var slip = worker.says(job).log(attempt * 10L + i, "%d a".formatted(i), "b");
                worker.tell(slip);
                worker.tell(slip);
                expected.addAll(Objects.requireNonNull(slip.report().log()).lines());
            }
            if (attempt % 2 == 0) {
                b.bury(worker);
            } else {
                worker.fail(job, Duration.ZERO);
            }
        }
        assertThat(reports().look(id).log()).isEqualTo(expected);
    }

    @Test
    default void ofALongLogTheNewestLinesAreKept() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        var job = worker.claimOnly(id);
        var all = new ArrayList<LogLine>();
        for (int chunk = 1; chunk <= 60; chunk++) {
            var slip = worker.says(job).log(chunk, lines(chunk, 20, 980));
            worker.tell(slip);
            all.addAll(Objects.requireNonNull(slip.report().log()).lines());
        }
        isNewestOf(all, reports().look(id).log());
    }

    @Test
    default void ofOneVeryLongReportTheNewestLinesAreKept() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        var job = worker.claimOnly(id);
        worker.tell(worker.says(job).log(1, "before"));
        var slip = worker.says(job).log(2, lines(2, 1000, 3900));
        worker.tell(slip);
        isNewestOf(Objects.requireNonNull(slip.report().log()).lines(), reports().look(id).log());
        var after = worker.says(job).log(3, "after");
        worker.tell(after);
        assertThat(reports().look(id).log().getLast().message()).isEqualTo("after");
    }

    private static List<String> lines(int chunk, int count, int length) {
        return IntStream.range(0, count)
                .mapToObj(i -> "%d.%d %s".formatted(chunk, i, "ü".repeat(length)))
                .toList();
    }

    /** At least half of the bound is kept, and at most twice as much. */
    private static void isNewestOf(List<LogLine> all, List<LogLine> kept) {
        var newest = all.subList(all.size() - kept.size(), all.size());
        assertThat(beginnings(kept)).isEqualTo(beginnings(newest));
        assertThat(kept).isEqualTo(newest);
        assertThat(kept.stream().mapToInt(line -> line.message().length()).sum())
                .isBetween(LogLine.MAX_LOG / 2, LogLine.MAX_LOG * 2);
    }

    private static List<String> beginnings(List<LogLine> lines) {
        return lines.stream()
                .map(LogLine::message)
                .map(message -> message.substring(0, Math.min(10, message.length())))
                .toList();
    }

    @Test
    default void whatAJobLeftGoesWithTheJob() {
        var b = bench();
        var ids = b.enqueue(4, b.job());
        var worker = b.worker();
        var jobs = worker.claim(4);
        for (var job : jobs) {
            reports().signal(job.id(), "go", "1", b.tick());
            reports().askStack(job.id(), b.tick());
            var slip = worker.says(job).progress(1, 2, "m").checkpoint(1, "1").step(1, "a", "1");
            worker.tell(slip.log(1, "one").stack("at x"));
            reports().askStack(job.id(), b.tick());
        }
        assertThat(b.leftovers()).containsExactlyInAnyOrderElementsOf(ids);
        worker.complete(jobs.get(0));
        worker.report(worker.ends(jobs.get(1)).discarded("no"));
        worker.complete(jobs.get(2));
        assertThat(reports().look(ids.get(0)).log()).as("after the end").hasSize(1);
        b.store().delete(ids);
        assertThat(b.leftovers()).containsExactly(ids.get(3));
        b.pruned(ids.subList(0, 3));
        worker.complete(jobs.get(3));
        b.advance(Duration.ofDays(1));
        var rules = new PruneRules(b.now(), Map.of(), new PruneRules.Rule(b.now(), b.now()));
        for (long after = 0; (after = b.store().prune(rules, after, 100)) != 0; ) {
            assertThat(after).isPositive();
        }
        b.pruned(ids);
        assertThat(b.leftovers()).isEmpty();
        for (long id : ids) {
            assertThat(reports().look(id)).isEqualTo(JobReport.NONE);
            assertThat(reports().carried(id)).isEqualTo(Carried.NOTHING);
        }
    }
}
