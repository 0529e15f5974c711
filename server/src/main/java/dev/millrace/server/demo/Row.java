package dev.millrace.server.demo;

/** One row of the package list: readable, or set aside with its reason. */
sealed interface Row {

    /** The line on which the row begins, counted from 1, the heading included. */
    long line();

    /**
     * A readable row.
     *
     * @param line where the row begins, from 1
     * @param name the package, as Debian allows names: {@code [a-z0-9][a-z0-9+.-]+}
     * @param section the part of the archive, may be empty
     * @param homepage exactly as written, not checked; empty where the package has none (see {@link
     *     HomePage})
     */
    record Good(long line, String name, String section, String homepage) implements Row {}

    /**
     * A row that cannot be read.
     *
     * @param line where the row begins, from 1
     * @param reason what is wrong, one of a few
     * @param detail what was expected and what was got
     * @param original the bytes as they stand in the file, without the line end; of a row over the
     *     bound only its first {@link PackageCsv#MAX_ROW_BYTES}
     */
    record Bad(long line, Reason reason, String detail, Bytes original) implements Row {}

    /** Why a row is set aside. */
    enum Reason {
        NOT_UTF8("not UTF-8"),
        CONTROL_CHARACTER("control character"),
        UNCLOSED_QUOTE("quote never closed"),
        STRAY_QUOTE("stray quote"),
        COLUMNS("wrong number of columns"),
        TOO_LONG("row too long"),
        BLANK("blank line"),
        NAME("not a package name");

        private final String label;

        Reason(String label) {
            this.label = label;
        }

        /** A few words for tables. */
        String label() {
            return label;
        }
    }
}
