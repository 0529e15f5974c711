package dev.millrace.server.config;

import dev.millrace.job.MillraceException;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** Where a store is, as {@code --store} says it. Its text never shows a password. */
public sealed interface StoreAddress {
    /** The store when nothing is said. */
    String DEFAULT = "sqlite:millrace-data/millrace.db";

    /** The forms there are, for refusals. */
    String FORMS = "sqlite:PATH or postgresql://user:pass@host:port/db[?schema=NAME]";

    /**
     * A file.
     *
     * @param file relative to the working directory
     */
    record Sqlite(Path file) implements StoreAddress {
        @Override
        public String toString() {
            return "sqlite:" + file;
        }
    }

    /**
     * A database on a server.
     *
     * @param url with its password
     */
    record Postgres(String url) implements StoreAddress {
        private static final Pattern PASSWORD = Pattern.compile("(//[^/@]*?:)[^/]*@");
        private static final Pattern PARAMETER = Pattern.compile("([?&]password=)[^&]*");

        @Override
        public String toString() {
            String bare = PASSWORD.matcher(url).replaceFirst("$1***@");
            return PARAMETER.matcher(bare).replaceAll("$1***");
        }
    }

    /**
     * Reads an address; whether anything is there is not checked.
     *
     * @throws MillraceException with {@code invalid-input} when it has none of the forms
     */
    static StoreAddress parse(String text) {
        if (text.startsWith("postgresql://") || text.startsWith("postgres://")) {
            return new Postgres(text);
        }
        String path = text.startsWith("sqlite:") ? text.substring("sqlite:".length()) : "";
        try {
            if (!path.isEmpty() && !path.contains("?") && !path.startsWith(":")) {
                return new Sqlite(Path.of(path));
            }
        } catch (InvalidPathException e) {
            throw MillraceException.invalid(
                    "--store must be %s, got a path that cannot be one (%s); nothing was opened"
                            .formatted(FORMS, e.getReason()));
        }
        throw MillraceException.invalid(
                "--store must be %s, got '%s'; nothing was opened"
                        .formatted(FORMS, new Postgres(text)));
    }
}
