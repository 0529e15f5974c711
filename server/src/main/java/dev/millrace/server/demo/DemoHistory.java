package dev.millrace.server.demo;

import dev.millrace.job.Attempt;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What became of every row, told by the store's history alone: what was graded before a stop is in
 * it like everything after. Holds one entry for each row in memory. For one thread.
 */
final class DemoHistory {
    private static final List<Long> LATENCY_BOUNDS =
            List.of(50L, 100L, 200L, 400L, 800L, 2_000L, 4_000L, Long.MAX_VALUE);

    /** The steps that ask the web: the others take no time to speak of. */
    private static final Set<String> ASKING = Set.copyOf(GradeSteps.QUEUES.subList(1, 3));

    private final PackageList list;
    private final DemoItems items;
    private final SortedMap<Long, GradedCsv.Entry> entries = new TreeMap<>();
    private final List<WorkTime.Span> spans = new ArrayList<>();
    private final List<Instant> ends = new ArrayList<>();
    private final Set<Long> workers = new HashSet<>();
    private final Map<Grade.Letter, Long> grades = new EnumMap<>(Grade.Letter.class);
    private final SortedMap<String, Map<Grade.Letter, Long>> sections = new TreeMap<>();
    private final Map<String, Long> findings = new HashMap<>();
    private final SortedMap<Integer, Long> attemptsPerStep = new TreeMap<>();
    private final SortedMap<Long, Long> latencies = new TreeMap<>();
    private final Map<String, Long> mishaps = new TreeMap<>();
    private final Map<String, Long> reasons = new TreeMap<>();
    private Duration attemptTime = Duration.ZERO;
    private long attempts;
    private long retries;

    private DemoHistory(PackageList list, DemoItems items) {
        this.list = list;
        this.items = items;
        LATENCY_BOUNDS.forEach(bound -> latencies.put(bound, 0L));
    }

    /** Reads the history. Cost: a few short round trips for each item. */
    static DemoHistory of(PackageList list, DemoItems items) {
        var history = new DemoHistory(list, items);
        for (var row : list.setAside()) {
            history.giveUp(row, 0);
        }
        var known = items.byKey();
        for (var row : list.jobs()) {
            var item = known.get(GradeSteps.Listed.of(row).key());
            if (item != null && item.state().isEnded()) {
                history.add(row, items.visits(item));
            }
        }
        return history;
    }

    /** Every row that is not under way, by line. */
    Iterator<GradedCsv.Entry> entries() {
        return entries.values().iterator();
    }

    /** The history in figures. */
    DemoSummary summary(int slots, String gradedCsv) {
        var work = new WorkTime(spans);
        var setAside =
                entries.values().stream()
                        .filter(GradedCsv.Entry.GivenUp.class::isInstance)
                        .map(entry -> ((GradedCsv.Entry.GivenUp) entry).row())
                        .toList();
        return new DemoSummary(
                spans.stream()
                        .map(WorkTime.Span::from)
                        .min(Comparator.naturalOrder())
                        .orElse(Instant.EPOCH),
                work.total(),
                Math.max(1, workers.size()),
                slots,
                list.rows(),
                ends.size(),
                grades.values().stream().mapToLong(Long::longValue).sum(),
                attempts,
                retries,
                attemptTime,
                grades,
                sections,
                findings,
                attemptsPerStep,
                latencies,
                perSecond(work),
                mishaps,
                reasons,
                setAside,
                gradedCsv);
    }

    private void add(Row.Good row, List<JobSnapshot> visits) {
        int made = visits.stream().mapToInt(this::add).max().orElse(0);
        count(attemptsPerStep, made);
        var last = visits.getLast();
        ends.add(
                last.attempts().isEmpty() ? last.createdAt() : last.attempts().getLast().endedAt());
        if (last.kind().equals(GradeSteps.QUEUES.getLast())
                && last.state() instanceof JobState.Completed done
                && done.result() != null) {
            graded(row, items.result(last, done.result()), made);
        } else {
            giveUp(PackageList.setAside(row, "no answer", whyNot(last)), made);
        }
    }

    /** Adds one step of an item; answers how many attempts it took. */
    private int add(JobSnapshot job) {
        int made = 0;
        for (var attempt : job.attempts()) {
            workers.add(attempt.worker());
            if (isMade(attempt)) {
                made++;
                if (ASKING.contains(job.kind())) {
                    add(attempt);
                }
            }
        }
        return made;
    }

    /** What was cut short by a stop or a kill is neither an attempt nor time at work. */
    private static boolean isMade(Attempt attempt) {
        return switch (attempt.end()) {
            case COMPLETED, SKIPPED, FAILED, DISCARDED, SNOOZED -> true;
            case RESCUED, INTERRUPTED, CANCELLED, EXPIRED, SLEPT, WAITED, YIELDED -> false;
        };
    }

    private void add(Attempt attempt) {
        var time = Duration.between(attempt.startedAt(), attempt.endedAt());
        attempts++;
        attemptTime = attemptTime.plus(time);
        spans.add(new WorkTime.Span(attempt.startedAt(), attempt.endedAt()));
        for (long bound : LATENCY_BOUNDS) {
            if (time.toMillis() <= bound) {
                count(latencies, bound);
                break;
            }
        }
        if (attempt.end() == Attempt.End.FAILED || attempt.end() == Attempt.End.SNOOZED) {
            retries++;
        }
        if (attempt.error() != null) {
            count(mishaps, mishap(attempt.error().message()));
        }
    }

    /** One of a few, whatever an exception has to say. */
    private static String mishap(String message) {
        int status = message.indexOf("status ");
        if (status >= 0) {
            return message.substring(status);
        }
        if (message.contains("whole answer within")) {
            return "no whole answer in time";
        }
        return message.contains("circle") ? "redirect in a circle" : "connection cut";
    }

    private void graded(Row.Good row, GradeSteps.Graded result, int made) {
        var grade = result.grade();
        count(grades, grade.letter());
        count(
                sections.computeIfAbsent(
                        row.section(), section -> new EnumMap<>(Grade.Letter.class)),
                grade.letter());
        grade.findings().forEach(finding -> count(findings, finding.name()));
        entries.put(
                row.line(),
                new GradedCsv.Entry.Graded(
                        row, grade, made, result.status(), result.bytes(), result.millis()));
    }

    private static String whyNot(JobSnapshot job) {
        var last = job.attempts().isEmpty() ? null : job.attempts().getLast();
        if (last == null || last.error() == null) {
            return "expected a grade, got a job that was " + job.state().name().text();
        }
        return last.error().message();
    }

    private void giveUp(DemoSummary.SetAside row, int made) {
        count(reasons, row.reason());
        entries.put(row.line(), new GradedCsv.Entry.GivenUp(row, made));
    }

    private List<Long> perSecond(WorkTime work) {
        int seconds = Math.toIntExact(Math.min(86_400, work.total().toSeconds() + 1));
        var counts = new long[seconds];
        for (var end : ends) {
            counts[Math.toIntExact(Math.min(seconds - 1, work.upTo(end).toSeconds()))]++;
        }
        return java.util.Arrays.stream(counts).boxed().toList();
    }

    private static <K> void count(Map<K, Long> counts, K key) {
        counts.merge(key, 1L, Long::sum);
    }
}
