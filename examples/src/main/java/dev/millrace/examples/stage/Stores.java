package dev.millrace.examples.stage;

import dev.millrace.postgres.PostgresStore;
import dev.millrace.sqlite.SqliteStore;
import dev.millrace.store.JobStore;

import java.nio.file.Path;

/** Opens the store that a text names. */
public final class Stores {
    private static final String SQLITE = "sqlite:";

    private Stores() {}

    /** Whether it names one. */
    public static boolean isOne(String text) {
        return text.startsWith(SQLITE) && text.length() > SQLITE.length()
                || text.startsWith("postgresql://");
    }

    /** A file or a database. */
    public static JobStore open(String text) {
        return text.startsWith(SQLITE)
                ? SqliteStore.at(Path.of(text.substring(SQLITE.length())))
                : PostgresStore.at(text);
    }

    /** A file's. */
    public static String sqlite(Path file) {
        return SQLITE + file;
    }
}
