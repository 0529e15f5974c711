package dev.millrace.server.demo;

import java.util.Map;

/**
 * What output goes to.
 *
 * @param terminal whether it is a terminal that can be redrawn in place
 * @param colour whether colours are welcome
 * @param columns its width, at least 20
 */
public record Screen(boolean terminal, boolean colour, int columns) {
    private static final int DEFAULT_COLUMNS = 80;
    private static final int MIN_COLUMNS = 20;

    public Screen {
        columns = Math.max(MIN_COLUMNS, columns);
    }

    /** A file or a pipe: one plain line at a time. */
    public static Screen plain() {
        return new Screen(false, false, DEFAULT_COLUMNS);
    }

    /**
     * Judges by the environment: {@code TERM=dumb} is no terminal, {@code NO_COLOR} (any value, see
     * no-color.org) asks for none, {@code COLUMNS} is the width, 80 where it says nothing.
     *
     * @param terminal whether the system says that output goes to a terminal
     */
    public static Screen of(boolean terminal, Map<String, String> environment) {
        if (!terminal || environment.getOrDefault("TERM", "dumb").equals("dumb")) {
            return plain();
        }
        var columns = environment.getOrDefault("COLUMNS", "");
        return new Screen(
                true,
                environment.getOrDefault("NO_COLOR", "").isEmpty(),
                columns.matches("[0-9]{1,4}") ? Integer.parseInt(columns) : DEFAULT_COLUMNS);
    }
}
