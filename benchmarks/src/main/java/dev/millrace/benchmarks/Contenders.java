package dev.millrace.benchmarks;

import dev.millrace.benchmarks.contender.DbScheduler;
import dev.millrace.benchmarks.contender.JobRunr;
import dev.millrace.benchmarks.contender.MillraceJobs;
import dev.millrace.benchmarks.contender.PgBench;
import dev.millrace.benchmarks.contender.PostgresLoops;
import dev.millrace.benchmarks.contender.Quartz;
import dev.millrace.benchmarks.contender.SqliteLoops;
import dev.millrace.benchmarks.contender.Tuning;
import dev.millrace.benchmarks.harness.Contender;
import dev.millrace.benchmarks.harness.Engine;

import java.util.List;

/** Every contender, in the order of the report. */
final class Contenders {
    static final List<Contender> ALL =
            List.of(
                    new MillraceJobs(Engine.POSTGRES),
                    new PostgresLoops(),
                    new PgBench(),
                    new DbScheduler(Tuning.BEST),
                    new DbScheduler(Tuning.TRIED),
                    new JobRunr(Tuning.BEST),
                    new Quartz(),
                    new DbScheduler(Tuning.DEFAULT),
                    new JobRunr(Tuning.DEFAULT),
                    new MillraceJobs(Engine.SQLITE),
                    new SqliteLoops());

    private Contenders() {}

    /** The contender of that name. */
    static Contender named(String name) {
        return ALL.stream()
                .filter(contender -> contender.name().equals(name))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "expected a contender of %s, got '%s'"
                                        .formatted(
                                                ALL.stream().map(Contender::name).toList(), name)));
    }
}
