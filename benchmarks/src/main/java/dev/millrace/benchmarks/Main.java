package dev.millrace.benchmarks;

import dev.millrace.benchmarks.harness.Contender;
import dev.millrace.benchmarks.harness.Engine;
import dev.millrace.benchmarks.harness.Machine;
import dev.millrace.benchmarks.harness.NotReached;
import dev.millrace.benchmarks.harness.Options;
import dev.millrace.benchmarks.harness.Report;
import dev.millrace.benchmarks.harness.Rig;
import dev.millrace.benchmarks.harness.Scenario;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** Runs the benchmarks. Exit code 1 when any run failed. */
@Command(
        name = "benchmarks/run",
        description = "Runs scenarios, all contenders in turn, and writes target/results.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
public final class Main implements Callable<Integer> {
    /** The logging of every process of the benchmarks: errors only. */
    static final String LOGGING = "benchmarks-logback.xml";

    @Parameters(
            paramLabel = "SCENARIO",
            description = "Scenarios or beginnings of their names; all when none is given.")
    private final List<String> scenarios = new ArrayList<>();

    @Option(names = "--contenders", split = ",", description = "Contenders; all by default.")
    private final List<String> contenders = new ArrayList<>();

    @Option(names = "--runs", description = "Runs of each, taking turns (${DEFAULT-VALUE}).")
    private int runs = Options.DEFAULT.runs();

    @Option(names = "--jobs", description = "Jobs per drain and bulk (${DEFAULT-VALUE}).")
    private int jobs = Options.DEFAULT.jobs();

    @Option(names = "--seconds", description = "Time per enqueue scenario (${DEFAULT-VALUE}).")
    private int seconds = Options.DEFAULT.seconds();

    @Option(names = "--backlog", description = "Jobs lying beside (${DEFAULT-VALUE}).")
    private int backlog = Options.DEFAULT.backlog();

    @Option(names = "--sleepers", description = "Jobs asleep at once (${DEFAULT-VALUE}).")
    private int sleepers = Options.DEFAULT.sleepers();

    @Option(names = "--samples", description = "Jobs per pickup scenario (${DEFAULT-VALUE}).")
    private int samples = Options.DEFAULT.samples();

    @Option(
            names = "--recovery-seconds",
            description = "How long recovery is waited for (${DEFAULT-VALUE}).")
    private int recoverySeconds = Options.DEFAULT.recoverySeconds();

    @Option(names = "--directory", description = "Where databases and results go.")
    private Path directory = Path.of("benchmarks", "target");

    @Option(names = "--list", description = "Print scenarios and contenders, run nothing.")
    private boolean list;

    private List<String> arguments = List.of();

    public static void main(String[] arguments) {
        System.setProperty("logback.configurationFile", LOGGING);
        var main = new Main();
        main.arguments = List.of(arguments);
        System.exit(new CommandLine(main).execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        if (list) {
            Scenarios.ALL.forEach(it -> say(it.name() + ": " + it.explains()));
            Contenders.ALL.forEach(it -> say(it.name() + ": " + it.settings()));
            return 0;
        }
        var chosen = chosenScenarios();
        var rivals =
                contenders.isEmpty()
                        ? Contenders.ALL
                        : contenders.stream().map(Contenders::named).toList();
        var options = new Options(runs, jobs, seconds, backlog, sleepers, samples, recoverySeconds);
        try (var rig = new Rig(directory.resolve("stores"), ChildWorker.class.getName(), options)) {
            var postgres =
                    rivals.stream().anyMatch(it -> it.engine() == Engine.POSTGRES)
                            ? rig.server().describe()
                            : "not used";
            var header = Machine.header(arguments, postgres);
            header.forEach((key, value) -> say(key + ": " + value));
            var report = new Report(header);
            var failures = 0;
            for (var scenario : chosen) {
                failures += run(scenario, rivals, rig, report);
                say(report.text(scenario));
                report.write(directory.resolve("results"), "latest");
            }
            var stamp = header.getOrDefault("date", "").replaceAll("[^0-9TZ]", "");
            say("written to " + report.write(directory.resolve("results"), stamp));
            return failures == 0 ? 0 : 1;
        }
    }

    private int run(Scenario scenario, List<Contender> rivals, Rig rig, Report report) {
        var failures = 0;
        for (int run = 1; run <= runs; run++) {
            for (var rival : rivals) {
                var missing =
                        scenario.needs().stream()
                                .filter(offer -> !rival.offers().contains(offer))
                                .toList();
                if (!missing.isEmpty()) {
                    var reason = rival.reasons().get(missing.getFirst());
                    report.note(
                            scenario,
                            rival,
                            reason == null ? "not offered" : "not offered: " + reason);
                    continue;
                }
                try {
                    System.err.printf("%s %d/%d %s%n", scenario.name(), run, runs, rival.name());
                    report.add(scenario, rival, scenario.run(rival, rig));
                } catch (NotReached e) {
                    report.note(scenario, rival, String.valueOf(e.getMessage()));
                } catch (Exception e) {
                    failures++;
                    report.note(scenario, rival, "FAILED: " + e.getMessage());
                    System.err.println("FAILED: " + e);
                    // a failed run is reported whole, and the exit code says so
                    e.printStackTrace(System.err);
                }
            }
        }
        return failures;
    }

    private List<Scenario> chosenScenarios() {
        var chosen =
                Scenarios.ALL.stream()
                        .filter(it ->
                                scenarios.isEmpty()
                                        || scenarios.stream().anyMatch(it.name()::startsWith))
                        .toList();
        if (chosen.isEmpty()) {
            throw new IllegalArgumentException(
                    "expected scenarios of %s, got %s"
                            .formatted(
                                    Scenarios.ALL.stream().map(Scenario::name).toList(),
                                    scenarios));
        }
        return chosen;
    }

    private static void say(String line) {
        System.out.println(line);
    }
}
