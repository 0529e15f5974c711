package dev.millrace.examples.backup;

import dev.millrace.postgres.PostgresStore;
import dev.millrace.sqlite.SqliteStore;
import dev.millrace.store.JobStore;

import java.nio.file.Path;

/** Opens the store that a text names. */
final class Stores {
    private static final String SQLITE = "sqlite:";

    private Stores() {}

    /** Whether it names one. */
    static boolean isOne(String text) {
        return text.startsWith(SQLITE) && text.length() > SQLITE.length()
                || text.startsWith("postgresql://");
    }

    /** A file or a database. */
    static JobStore open(String text) {
        return text.startsWith(SQLITE)
                ? SqliteStore.at(Path.of(text.substring(SQLITE.length())))
                : PostgresStore.at(text);
    }

    /** A file's. */
    static String sqlite(Path file) {
        return SQLITE + file;
    }
}
