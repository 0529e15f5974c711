package dev.millrace.benchmarks.harness;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What a scenario runs on: places to keep jobs in, meters and child processes. Not thread-safe; one
 * scenario runs at a time.
 */
public final class Rig implements AutoCloseable {
    private final Path directory;
    private final String childMain;
    private final Options options;
    private final Map<String, Place> templates = new HashMap<>();
    private final Set<String> warmed = new HashSet<>();
    private @Nullable BenchServer server;
    private int files;

    /** What is measured on a place. */
    @FunctionalInterface
    public interface Measuring {
        Figures on(Place place) throws Exception;
    }

    /** Makes a place ready to be copied. */
    @FunctionalInterface
    public interface Filling {
        void fill(Place place) throws Exception;
    }

    /**
     * @param directory for database files; removed piece by piece as runs end
     * @param childMain the main class of child processes
     */
    public Rig(Path directory, String childMain, Options options) throws IOException {
        this.directory = Files.createDirectories(directory);
        this.childMain = childMain;
        this.options = options;
    }

    public Options options() {
        return options;
    }

    /** The server, started on first use. */
    public BenchServer server() throws SQLException, IOException {
        if (server == null) {
            server = BenchServer.start(directory.resolve("postgres"));
        }
        return server;
    }

    /** An empty place prepared for the contender. */
    public Place place(Contender contender) throws Exception {
        var place =
                switch (contender.engine()) {
                    case POSTGRES -> server().fresh();
                    case SQLITE -> new Place(Engine.SQLITE, file().toString());
                };
        contender.prepare(place);
        return place;
    }

    /** Measures on an empty, quiet place, which is removed afterwards. */
    public Figures measure(Contender contender, Measuring measuring) throws Exception {
        var place = place(contender);
        settle(place);
        try {
            return measuring.on(place);
        } finally {
            discard(place);
        }
    }

    /** A copy of a place that is filled once per key and kept until the rig is closed. */
    public Place copied(String key, Contender contender, Filling filling) throws Exception {
        var template = templates.get(key);
        if (template == null) {
            template = place(contender);
            filling.fill(template);
            templates.put(key, template);
        }
        if (contender.engine() == Engine.POSTGRES) {
            return server().copy(template);
        }
        var copy = new Place(Engine.SQLITE, file().toString());
        Files.copy(template.file(), copy.file());
        return copy;
    }

    /** Removes a place. */
    public void discard(Place place) throws SQLException, IOException {
        if (place.engine() == Engine.POSTGRES) {
            server().drop(place);
            return;
        }
        try (var siblings = Files.newDirectoryStream(directory, place.file().getFileName() + "*")) {
            for (var sibling : siblings) {
                try (var inside = Files.walk(sibling)) {
                    for (var path : inside.sorted(Comparator.reverseOrder()).toList()) {
                        Files.delete(path);
                    }
                }
            }
        }
    }

    /** A meter on a place nobody is connected to. */
    public Meter meter(Place place) throws SQLException, IOException {
        if (place.engine() == Engine.POSTGRES) {
            return new Meter(server(), place);
        }
        return new Meter(null, place);
    }

    /** Quiet before a run: pages written out, garbage collected. */
    public void settle(Place place) throws SQLException, IOException {
        if (place.engine() == Engine.POSTGRES) {
            server().checkpoint();
        }
        System.gc();
    }

    /** True the first time a key is named in this process. */
    public boolean firstTime(String key) {
        return warmed.add(key);
    }

    /** Starts a worker of the contender in a process of its own. */
    public Child child(Contender contender, Place place, int slots, String body)
            throws IOException {
        return Child.start(childMain, contender.name(), place, slots, body);
    }

    @Override
    public void close() throws SQLException, IOException {
        for (var template : templates.values()) {
            discard(template);
        }
        if (server != null) {
            server.close();
        }
    }

    private Path file() {
        return directory.resolve("jobs-" + ProcessHandle.current().pid() + "-" + ++files + ".db");
    }
}
