package dev.millrace.chaos;

import dev.millrace.chaos.Evidence.Found;
import dev.millrace.chaos.Evidence.Past;
import dev.millrace.chaos.Evidence.Request;
import dev.millrace.chaos.Violation.Rule;
import dev.millrace.job.Attempt.End;
import dev.millrace.job.JobState;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Compares what workers did, what producers were told and what the store says. */
final class LedgerCheck {
    private final Evidence evidence;
    private final Map<Long, Found> byId = new HashMap<>();
    private final Map<Long, List<Run>> runs;
    private final List<Violation> violations = new ArrayList<>();

    private LedgerCheck(Evidence evidence) {
        this.evidence = evidence;
        evidence.found().forEach(job -> byId.put(job.id(), job));
        this.runs =
                evidence.runs().stream()
                        .sorted(Comparator.comparingLong(Run::begin))
                        .collect(Collectors.groupingBy(Run::job));
    }

    /** Everything that is wrong; nothing when every promise was kept. */
    static List<Violation> check(Evidence evidence) {
        return new LedgerCheck(evidence).all();
    }

    private List<Violation> all() {
        receipts();
        for (Found job : evidence.found()) {
            outcome(job);
            fence(job);
            overlaps(job);
            checkpoints(job);
            steps(job);
            effects(job);
        }
        keys();
        limits();
        robbed();
        return violations;
    }

    private void robbed() {
        for (Evidence.Rebirth rebirth : evidence.reborn()) {
            if (!evidence.isExplained(rebirth)) {
                violated(
                        Rule.ROBBED,
                        0,
                        "%s was held for dead, and was neither frozen nor cut off",
                        rebirth.process());
            }
        }
    }

    private void violated(Rule rule, long job, String text, Object... values) {
        violations.add(new Violation(rule, job, text.formatted(values)));
    }

    private List<Run> runs(Found job) {
        return runs.getOrDefault(job.id(), List.of());
    }

    private void receipts() {
        var requested = new HashMap<Long, Request>();
        evidence.requests().forEach(request -> requested.put(request.nonce(), request));
        var nonces = new HashSet<Long>();
        for (Found job : evidence.found()) {
            Request request = requested.get(job.nonce());
            if (request == null) {
                violated(Rule.MADE_TWICE, job.id(), "nobody asked for a job %d", job.nonce());
            } else if (!nonces.add(job.nonce())) {
                violated(Rule.MADE_TWICE, job.id(), "request %d made more than one", job.nonce());
            } else if (request.duplicate()) {
                violated(
                        Rule.MADE_TWICE,
                        job.id(),
                        "request %d was answered as a duplicate, and made one all the same",
                        job.nonce());
            }
        }
        for (Request request : evidence.requests()) {
            if (request.accepted() && !holds(request)) {
                violated(
                        Rule.LOST,
                        request.id(),
                        "job %d of request %d was accepted and is not there",
                        request.id(),
                        request.nonce());
            }
        }
    }

    private boolean holds(Request request) {
        Found job = byId.get(request.id());
        return job != null && job.nonce() == request.nonce();
    }

    private void outcome(Found job) {
        List<Past> finals = job.history().stream().filter(past -> past.end().isFinal()).toList();
        if (job.state() != JobState.Name.COMPLETED) {
            violated(Rule.LOST, job.id(), "expected completed, got %s", job.state());
        } else if (finals.isEmpty()) {
            violated(Rule.LOST, job.id(), "it is completed, its history does not say how");
        }
        if (finals.size() > 1
                || (finals.size() == 1 && !finals.getFirst().equals(job.history().getLast()))) {
            violated(Rule.ENDED_TWICE, job.id(), "expected one final outcome, got %s", finals);
        }
        long failed = job.history().stream().filter(past -> past.end() == End.FAILED).count();
        if (job.deed().failures() >= 0 && failed != job.deed().failures()) {
            violated(
                    Rule.SPENT,
                    job.id(),
                    "expected %d failed attempts, got %d",
                    job.deed().failures(),
                    failed);
        }
    }

    private void fence(Found job) {
        var lost = new HashSet<Long>();
        for (Past past : job.history()) {
            if (lost.contains(past.worker())) {
                violated(
                        Rule.FENCE,
                        job.id(),
                        "worker %d lost it and recorded %s afterwards",
                        past.worker(),
                        past.end());
            }
            if (past.end() == End.RESCUED) {
                lost.add(past.worker());
            }
            long did = runs(job).stream().filter(run -> fits(run, past)).count();
            long said = job.history().stream().filter(past::equals).count();
            if (isHandlers(past.end()) && did < said) {
                violated(
                        Rule.FENCE,
                        job.id(),
                        "%s is recorded %d times, the ledger of that worker has %d such runs",
                        past,
                        said,
                        did);
            }
        }
    }

    /** Whether only a handler that came to an end can have caused it. */
    private static boolean isHandlers(End end) {
        return switch (end) {
            case COMPLETED, FAILED, SLEPT, WAITED -> true;
            case SKIPPED, DISCARDED, SNOOZED, RESCUED, INTERRUPTED, CANCELLED, EXPIRED, YIELDED ->
                    false;
        };
    }

    private static boolean fits(Run run, Past past) {
        Run.How how =
                switch (past.end()) {
                    case COMPLETED -> Run.How.DONE;
                    case SLEPT, WAITED -> Run.How.SUSPENDED;
                    default -> Run.How.THREW;
                };
        return run.worker() == past.worker() && run.attempt() == past.attempt() && run.how() == how;
    }

    private void overlaps(Found job) {
        Run before = null;
        for (Run run : runs(job)) {
            if (before != null && run.begin() < evidence.awareUntil(before)) {
                violated(
                        Rule.OVERLAP,
                        job.id(),
                        "run %d of %s began while run %d of %s went on",
                        run.number(),
                        run.process(),
                        before.number(),
                        before.process());
            }
            if (before == null || evidence.awareUntil(run) > evidence.awareUntil(before)) {
                before = run;
            }
        }
    }

    private void checkpoints(Found job) {
        for (Run run : runs(job)) {
            int kept =
                    runs(job).stream()
                            .flatMap(other -> other.notes(Run.MARK).stream())
                            .filter(mark -> mark.nanos() < run.begin())
                            .mapToInt(Run.Note::number)
                            .max()
                            .orElse(0);
            for (Run.Note resumed : run.notes(Run.RESUMED)) {
                if (resumed.number() < kept) {
                    backwards(job, run, "%d".formatted(resumed.number()), kept);
                }
            }
            int last = -1;
            for (Run.Note page : run.notes(Run.PAGE)) {
                if (page.number() <= kept) {
                    backwards(job, run, "page %d".formatted(page.number()), kept);
                } else if (last >= 0 && page.number() != last + 1) {
                    violated(
                            Rule.CHECKPOINT,
                            job.id(),
                            "page %d came after page %d",
                            page.number(),
                            last);
                }
                last = page.number();
            }
        }
    }

    private void backwards(Found job, Run run, String got, int kept) {
        violated(
                Rule.CHECKPOINT,
                job.id(),
                "run %d of %s went on at %s, %d was kept before it began",
                run.number(),
                run.process(),
                got,
                kept);
    }

    private void steps(Found job) {
        var answered = new HashMap<String, Long>();
        for (Run run : runs(job)) {
            run.notes(Run.STEPPED)
                    .forEach(step -> answered.merge(step.value(), step.nanos(), Math::min));
        }
        for (Run run : runs(job)) {
            for (Run.Note body : run.notes(Run.BODY)) {
                long since = answered.getOrDefault(body.value(), Long.MAX_VALUE);
                if (body.nanos() > since && body.nanos() <= evidence.awareUntil(run)) {
                    violated(
                            Rule.STEP,
                            job.id(),
                            "run %d of %s did step %s, which had answered before",
                            run.number(),
                            run.process(),
                            body.value());
                }
            }
        }
    }

    private void effects(Found job) {
        if (job.deed() != Deed.TRANSACT || job.state() != JobState.Name.COMPLETED) {
            return;
        }
        List<Integer> wanted = IntStream.rangeClosed(1, job.units() + 1).boxed().toList();
        List<Integer> got =
                evidence.effects().getOrDefault(job.nonce(), List.of()).stream().sorted().toList();
        if (!got.equals(wanted)) {
            violated(Rule.EFFECT, job.id(), "expected effects %s, got %s", wanted, got);
        }
    }

    /** When a job was surely live, as far as the ledger shows; within its true life. */
    private record Life(long job, long from, long to) {}

    private void keys() {
        var lives = new HashMap<String, List<Life>>();
        for (Request request : evidence.requests()) {
            if (request.key() == null || request.duplicate()) {
                continue;
            }
            evidence.found().stream()
                    .filter(job -> job.nonce() == request.nonce())
                    .findFirst()
                    .ifPresent(job ->
                            life(job, request)
                                    .ifPresent(life ->
                                            lives.computeIfAbsent(
                                                            request.key(), key -> new ArrayList<>())
                                                    .add(life)));
        }
        lives.forEach((key, all) -> {
            all.sort(Comparator.comparingLong(Life::from));
            for (int i = 1; i < all.size(); i++) {
                Life before = all.get(i - 1);
                Life life = all.get(i);
                if (life.from() < before.to()) {
                    violated(
                            Rule.UNIQUE,
                            life.job(),
                            "it was live beside job %d, with which it shares key '%s'",
                            before.job(),
                            key);
                }
            }
        });
    }

    private Optional<Life> life(Found job, Request request) {
        if (job.history().isEmpty() || runs(job).isEmpty()) {
            return Optional.empty();
        }
        Past last = job.history().getLast();
        long first = runs(job).getFirst().begin();
        return runs(job).stream()
                .filter(run -> fits(run, last))
                .reduce((one, other) -> other)
                .map(run ->
                        new Life(
                                job.id(),
                                request.accepted() ? Math.min(first, request.answered()) : first,
                                run.end()));
    }

    private record Change(long nanos, int by, long job) {}

    private void limits() {
        limit(
                Deed.LIMIT,
                "queue '%s'".formatted(Deed.NARROW_QUEUE),
                evidence.found().stream().filter(job -> job.deed() == Deed.NARROW).toList());
        evidence.found().stream()
                .filter(job -> job.deed() == Deed.KEYED)
                .collect(Collectors.groupingBy(job -> Deed.tenant(job.nonce())))
                .forEach((tenant, jobs) ->
                        limit(Deed.PER_KEY, "%s=%s".formatted(Deed.KEY, tenant), jobs));
    }

    private void limit(int most, String of, List<Found> jobs) {
        var changes = new ArrayList<Change>();
        for (Found job : jobs) {
            for (Run run : runs(job)) {
                long until = evidence.awareUntil(run);
                if (until > run.begin()) {
                    changes.add(new Change(run.begin(), 1, job.id()));
                    changes.add(new Change(until, -1, job.id()));
                }
            }
        }
        changes.sort(Comparator.comparingLong(Change::nanos).thenComparingInt(Change::by));
        int running = 0;
        for (Change change : changes) {
            running += change.by();
            if (running > most && change.by() > 0) {
                violated(
                        Rule.LIMIT,
                        change.job(),
                        "expected at most %d running of %s, got %d",
                        most,
                        of,
                        running);
            }
        }
    }
}
