package dev.millrace.postgres;

import dev.millrace.job.MillraceException;

import java.util.regex.Pattern;

/**
 * The PostgreSQL schema that holds a store's tables.
 *
 * @param name letters, digits and underscores, at most 40, not starting with a digit
 */
record SchemaName(String name) {
    static final String DEFAULT = "millrace";

    private static final Pattern RULE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,39}");
    private static final int LOCK_SPACE = 0x6d696c00;

    SchemaName {
        if (!RULE.matcher(name).matches()) {
            throw MillraceException.invalid(
                    "schema must be 1 to 40 letters, digits or underscores and not start with a"
                            + " digit, got '%s'".formatted(name));
        }
    }

    /** The text with every {@code {schema}} replaced by the quoted name. */
    String in(String template) {
        return template.replace("{schema}", "\"" + name + "\"");
    }

    /** The channel on which workers are told of new work. */
    String channel() {
        return name + "_work";
    }

    /** First half of the keys of its workers' liveness locks; not negative. */
    int livenessLocks() {
        return (LOCK_SPACE ^ name.hashCode()) & Integer.MAX_VALUE;
    }

    /** First half of the keys of its jobs' signal locks; none of its liveness locks. */
    int signalLocks() {
        return livenessLocks() ^ 0x40000000;
    }

    /** First half of the keys of its jobs' locks while their handlers' transactions are open. */
    int reportLocks() {
        return livenessLocks() ^ 0x20000000;
    }

    /** Key of the lock under which it is migrated. */
    long migrationLock() {
        return ((long) LOCK_SPACE << 32) | (name.hashCode() & 0xffffffffL);
    }

    /** Key of the lock that keeps a large block of ids in one piece. */
    long idLock() {
        return ((long) (LOCK_SPACE + 1) << 32) | (name.hashCode() & 0xffffffffL);
    }
}
