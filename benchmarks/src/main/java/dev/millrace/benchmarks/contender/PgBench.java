package dev.millrace.benchmarks.contender;

import dev.millrace.benchmarks.harness.Engine;
import dev.millrace.benchmarks.harness.Offer;
import dev.millrace.benchmarks.harness.Place;
import dev.millrace.benchmarks.harness.SelfTimed;
import dev.millrace.benchmarks.harness.Session;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** PostgreSQL's own load program, with a single-row insert; takes part when it is installed. */
public final class PgBench implements SelfTimed {
    private static final Pattern RATE = Pattern.compile("tps = ([0-9.]+)");
    private static final String SCRIPT =
            "\\set number random(1, 1000000000)\n"
                    + "INSERT INTO job (number, payload) VALUES (:number, '%s');\n"
                            .formatted(Session.payload(1_000_000));

    @Override
    public String name() {
        return "pgbench";
    }

    @Override
    public String settings() {
        return "pgbench -n -M prepared, a connection per caller, one single-row INSERT per"
                + " transaction into a table with one index";
    }

    @Override
    public Engine engine() {
        return Engine.POSTGRES;
    }

    @Override
    public Set<Offer> offers() {
        return installed() ? Set.of(Offer.ENQUEUE) : Set.of();
    }

    @Override
    public Map<Offer, String> reasons() {
        return installed() ? Map.of() : Map.of(Offer.ENQUEUE, "pgbench is not on the PATH");
    }

    @Override
    public int drainSlots() {
        return 0;
    }

    @Override
    public void prepare(Place place) throws SQLException {
        Sql.execute(place, PostgresLoops.TABLE);
    }

    @Override
    public Session open(Place place, int callers) {
        throw new UnsupportedOperationException("pgbench keeps its own time");
    }

    @Override
    public double enqueueRate(Place place, int callers, Duration duration)
            throws IOException, SQLException, InterruptedException {
        var script = Files.createTempFile("pgbench", ".sql");
        try {
            Files.writeString(script, SCRIPT);
            var output = run(command(place, callers, duration, script));
            var rate = RATE.matcher(output);
            if (!rate.find() || Sql.number(place, "SELECT count(*) FROM job") == 0) {
                throw new IllegalStateException("expected a rate from pgbench, got: " + output);
            }
            return Double.parseDouble(rate.group(1));
        } finally {
            Files.delete(script);
        }
    }

    private static List<String> command(Place place, int callers, Duration duration, Path script) {
        var uri = URI.create(place.target().substring("jdbc:".length()));
        var command = new ArrayList<String>();
        command.addAll(List.of("pgbench", "-n", "-M", "prepared"));
        command.addAll(List.of("-h", uri.getHost(), "-p", Integer.toString(uri.getPort())));
        for (var parameter : uri.getQuery().split("&", -1)) {
            if (parameter.startsWith("user=")) {
                command.addAll(List.of("-U", parameter.substring("user=".length())));
            }
        }
        var threads = Math.min(callers, Runtime.getRuntime().availableProcessors());
        command.addAll(List.of("-c", Integer.toString(callers), "-j", Integer.toString(threads)));
        command.addAll(List.of("-T", Long.toString(duration.toSeconds())));
        command.addAll(List.of("-f", script.toString(), place.database()));
        return command;
    }

    private static String run(List<String> command) throws IOException, InterruptedException {
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        var code = process.waitFor();
        if (code != 0) {
            throw new IllegalStateException("pgbench ended with code " + code + ": " + output);
        }
        return output;
    }

    private static boolean installed() {
        var path = System.getenv("PATH");
        return path != null
                && Arrays.stream(path.split(File.pathSeparator, -1))
                        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "pgbench")));
    }
}
