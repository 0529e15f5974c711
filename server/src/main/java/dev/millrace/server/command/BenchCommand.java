package dev.millrace.server.command;

import dev.millrace.job.MillraceException;
import dev.millrace.server.config.StoreAddress;
import dev.millrace.server.output.Bar;
import dev.millrace.server.output.Table;
import dev.millrace.store.JobStore;
import dev.millrace.web.text.JsonLine;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code bench}. */
@Command(
        name = "bench",
        description = {
            "Measure this machine's rates in a few seconds: enqueue, bulk, drain, pickup.",
            "SQLite in a scratch file beside the store's, removed afterwards; PostgreSQL, where"
                    + " --store names one, in its schema "
                    + BenchCommand.SCHEMA
                    + ", which stays. One short run: for peers and medians see the benchmarks."
        })
final class BenchCommand implements Callable<Integer> {
    static final String SCHEMA = "millrace_bench";

    private static final int MOST_SECONDS = 60;

    private final Session session;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            description = "How long each rate is measured, 1 to 60. Default: 1")
    private @Nullable Integer seconds;

    BenchCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws InterruptedException {
        int each = seconds == null ? 1 : seconds;
        if (each < 1 || each > MOST_SECONDS) {
            throw MillraceException.invalid(
                    "--seconds must be 1 to %d, got %d".formatted(MOST_SECONDS, each));
        }
        var table = new Table("ENGINE", "MEASURE", "VALUE", "UNIT");
        StoreAddress address = session.address();
        try (var bar = session.bar()) {
            sqlite(address, each, bar, table);
            if (address instanceof StoreAddress.Postgres postgres) {
                var scratch = new StoreAddress.Postgres(inSchema(postgres.url()));
                measure(scratch, each, bar, table).clear();
            }
        }
        if (!session.json()) {
            table.print(session.out());
        }
        return Exit.DONE;
    }

    private void sqlite(StoreAddress address, int each, Bar bar, Table table)
            throws InterruptedException {
        Path beside =
                address instanceof StoreAddress.Sqlite sqlite
                        ? sqlite.file()
                        : Path.of(StoreAddress.DEFAULT.substring("sqlite:".length()));
        Path parent = beside.toAbsolutePath().getParent();
        Path scratch = null;
        try {
            Files.createDirectories(parent);
            scratch = Files.createTempDirectory(parent, "bench-");
            measure(new StoreAddress.Sqlite(scratch.resolve("bench.db")), each, bar, table);
        } catch (IOException e) {
            throw new MillraceException(
                    MillraceException.Code.STORE_REFUSED,
                    "a scratch directory is needed in %s, which cannot be made (%s)"
                            .formatted(parent, e.getMessage()),
                    e);
        } finally {
            if (scratch != null) {
                remove(scratch);
            }
        }
    }

    private static void remove(Path directory) {
        try (var paths = Files.walk(directory)) {
            List<Path> deepestFirst = paths.sorted(Comparator.reverseOrder()).toList();
            for (Path path : deepestFirst) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the scratch files stay in " + directory, e);
        }
    }

    /** The same database with the scratch schema in place of another. */
    static String inSchema(String url) {
        String without = url.replaceAll("([?&])schema=[^&]*(&|$)", "$1").replaceAll("[?&]$", "");
        return without + (without.contains("?") ? "&" : "?") + "schema=" + SCHEMA;
    }

    private Bench measure(StoreAddress address, int each, Bar bar, Table table)
            throws InterruptedException {
        String engine;
        String durability;
        try (JobStore store = session.openStore(address)) {
            engine = store.info().engine();
            durability = store.info().durability();
        }
        var bench = new Bench(() -> session.openStore(address), session.clock(), each);
        bench.run(measure -> {
            bar.show(engine + ": " + measure.name());
            if (session.json()) {
                session.print(
                        new JsonLine()
                                .with("engine", engine)
                                .with("durability", durability)
                                .with("measure", measure.name())
                                .with("value", measure.value())
                                .with("unit", measure.unit()));
                session.out().flush();
            } else {
                table.row(engine, measure.name(), measure.rounded(), measure.unit());
            }
        });
        return bench;
    }
}
