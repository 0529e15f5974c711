package dev.millrace.schedule;

import dev.millrace.job.MillraceException;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Reads a cron expression in one pass. Every number is checked against its field's range before it
 * means anything, so that no expression costs more than its length and 64 steps for each part.
 */
final class CronParser {
    /** The longest expression. */
    static final int MOST_CHARS = 256;

    private static final Map<String, String> MACROS =
            Map.of(
                    "@yearly", "0 0 1 1 *",
                    "@annually", "0 0 1 1 *",
                    "@monthly", "0 0 1 * *",
                    "@weekly", "0 0 * * 0",
                    "@daily", "0 0 * * *",
                    "@midnight", "0 0 * * *",
                    "@hourly", "0 * * * *");

    private static final Field SECOND = new Field(0, "a second 0-59", 0, 59, List.of());
    private static final Field MINUTE = new Field(1, "a minute 0-59", 0, 59, List.of());
    private static final Field HOUR = new Field(2, "an hour 0-23", 0, 23, List.of());
    private static final Field DAY =
            new Field(3, "a day of the month 1-31, L, LW or 1W-31W", 1, 31, List.of());
    private static final Field MONTH =
            new Field(
                    4,
                    "a month 1-12 or JAN-DEC",
                    1,
                    12,
                    List.of(
                            "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT",
                            "NOV", "DEC"));
    private static final Field WEEKDAY =
            new Field(
                    5,
                    "a day of the week 0-7 or SUN-SAT, with L for the month's last or #1-#5",
                    0,
                    7,
                    List.of("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"));
    private static final List<Field> FIELDS = List.of(SECOND, MINUTE, HOUR, DAY, MONTH, WEEKDAY);

    /** A field: its place, its range, and names for its numbers from the first on. */
    private record Field(int place, String expected, int first, int last, List<String> names) {}

    /** A field's text and where it begins. */
    private record Part(int at, String text) {}

    private final String shown;
    private final String text;

    // the field being read
    private Field field = SECOND;
    private int at;
    private int end;

    // what was read
    private final long[] bits = new long[FIELDS.size()];
    private final boolean[] any = new boolean[FIELDS.size()];
    private long fromLast;
    private long nearest;
    private boolean lastWeekday;
    private long nth;
    private long lastOf;

    private CronParser(String given, String text) {
        this.shown = given;
        this.text = text;
    }

    static CronFields parse(String expression) {
        if (expression.length() > MOST_CHARS) {
            throw MillraceException.invalid(
                    "a cron expression must have at most %d characters, got %d ('%s…'); nothing was"
                                    .formatted(
                                            MOST_CHARS,
                                            expression.length(),
                                            printable(expression.substring(0, 40)))
                            + " scheduled");
        }
        String text = expression.toUpperCase(Locale.ROOT);
        if (expression.strip().startsWith("@")) {
            String macro = MACROS.get(expression.strip().toLowerCase(Locale.ROOT));
            if (macro == null) {
                throw MillraceException.invalid(
                        "cron '%s': expected @yearly, @annually, @monthly, @weekly, @daily,"
                                        .formatted(printable(expression))
                                + " @midnight or @hourly, got '%s' at character 1; nothing was"
                                        .formatted(printable(expression.strip()))
                                + " scheduled");
            }
            text = macro;
        } else if (text.length() != expression.length()) {
            // some letter is not ASCII and grew; it is refused where it stands
            text = expression;
        }
        return new CronParser(expression, text).read();
    }

    private CronFields read() {
        List<Part> parts = parts();
        if (parts.size() != 5 && parts.size() != 6) {
            throw MillraceException.invalid(
                    "cron '%s': expected 5 fields (minute, hour, day of the month, month, day of the"
                                    .formatted(printable(shown))
                            + " week), or 6 with seconds first, got %d; nothing was scheduled"
                                    .formatted(parts.size()));
        }
        int skipped = 6 - parts.size();
        bits[0] = skipped == 1 ? 1 : 0;
        for (int i = 0; i < parts.size(); i++) {
            read(FIELDS.get(i + skipped), parts.get(i));
        }
        long weekdays = bits[WEEKDAY.place()];
        var fields =
                new CronFields(
                        bits[0],
                        bits[1],
                        bits[2],
                        any[3],
                        bits[3],
                        fromLast,
                        nearest,
                        lastWeekday,
                        bits[4],
                        any[5],
                        (weekdays | weekdays >>> 7) & 127,
                        nth,
                        lastOf);
        if (!fields.everHappens()) {
            Part day = parts.get(2 + 1 - skipped);
            throw fault(
                    day.at(),
                    "a day of the month that some year has in month '%s'"
                            .formatted(printable(parts.get(4 - skipped).text())),
                    "'" + printable(day.text()) + "'");
        }
        return fields;
    }

    private List<Part> parts() {
        var parts = new ArrayList<Part>();
        int from = -1;
        for (int i = 0; i <= text.length(); i++) {
            boolean gap = i == text.length() || text.charAt(i) == ' ' || text.charAt(i) == '\t';
            if (gap && from >= 0) {
                parts.add(new Part(from, text.substring(from, i)));
                from = -1;
            } else if (!gap && from < 0) {
                from = i;
            }
        }
        return parts;
    }

    private void read(Field next, Part part) {
        field = next;
        at = part.at();
        end = at + part.text().length();
        if ((field.equals(DAY) || field.equals(WEEKDAY)) && part.text().equals("?")) {
            any[field.place()] = true;
            return;
        }
        any[field.place()] = part.text().equals("*");
        item();
        while (at < end) {
            expect(',', "',' or the end of the field");
            item();
        }
    }

    private void item() {
        if (peek() == '*') {
            at++;
            add(field.first(), field.equals(WEEKDAY) ? 6 : field.last(), step());
            return;
        }
        if (field.equals(DAY) && peek() == 'L') {
            lastDay();
            return;
        }
        int from = at;
        int first = value();
        char then = peek();
        if (field.equals(DAY) && then == 'W') {
            at++;
            nearest |= 1L << first;
        } else if (field.equals(WEEKDAY) && then == 'L') {
            at++;
            lastOf |= 1L << first % 7;
        } else if (field.equals(WEEKDAY) && then == '#') {
            at++;
            nth |= 1L << (7 * (number("1 to 5 after '#'", 1, 5) - 1) + first % 7);
        } else if (then == '-') {
            at++;
            int to = at;
            int last = value();
            if (field.equals(WEEKDAY) && last == 0 && first > 0) {
                last = 7;
            }
            if (last < first) {
                throw fault(
                        from,
                        "a range that goes up, such as two ranges parted by ','",
                        "'%s'".formatted(printable(text.substring(from, Math.min(at, end)))),
                        to);
            }
            add(first, last, step());
        } else if (then == '/') {
            add(first, field.equals(WEEKDAY) ? 6 : field.last(), step());
        } else {
            add(first, first, 1);
        }
    }

    private void lastDay() {
        at++;
        if (peek() == 'W') {
            at++;
            lastWeekday = true;
        } else if (peek() == '-') {
            at++;
            fromLast |= 1L << number("1 to 30 days before the last", 1, 30);
        } else {
            fromLast |= 1;
        }
    }

    private void add(int first, int last, int step) {
        for (int n = first; n <= last; n += step) {
            bits[field.place()] |= 1L << n;
        }
    }

    private int step() {
        if (peek() != '/') {
            return 1;
        }
        at++;
        int most = Math.max(1, field.last() - field.first());
        return number("a step of 1 to %d".formatted(most), 1, most);
    }

    private int value() {
        for (int i = 0; i < field.names().size(); i++) {
            if (text.startsWith(field.names().get(i), at) && at + 3 <= end) {
                at += 3;
                return field.first() + i;
            }
        }
        return number(field.expected(), field.first(), field.last());
    }

    /** At most two digits are ever looked at, so that nothing overflows. */
    private int number(String expected, int least, int most) {
        int from = at;
        int number = 0;
        while (at < end
                && at - from < 3
                && Character.digit(text.charAt(at), 10) >= 0
                && text.charAt(at) < 128) {
            number = number * 10 + text.charAt(at) - '0';
            at++;
        }
        if (at == from || at - from > 2 || number < least || number > most) {
            throw fault(from, expected, got(from));
        }
        return number;
    }

    private void expect(char wanted, String expected) {
        if (peek() != wanted) {
            throw fault(at, expected, got(at));
        }
        at++;
    }

    private char peek() {
        return at < end ? text.charAt(at) : 0;
    }

    /** What stands there, up to the next part of a list. */
    private String got(int from) {
        if (from >= end) {
            return "the end of the field";
        }
        int to = from + 1;
        while (to < end && to - from < 20 && ",/-#".indexOf(text.charAt(to)) < 0) {
            to++;
        }
        return "'" + printable(shownPart(from, to)) + "'";
    }

    private String shownPart(int from, int to) {
        return shown.length() == text.length()
                ? shown.substring(from, to)
                : text.substring(from, to);
    }

    private MillraceException fault(int where, String expected, String got) {
        return fault(where, expected, got, where);
    }

    private MillraceException fault(int where, String expected, String got, int end) {
        return MillraceException.invalid(
                "cron '%s': expected %s, got %s at character %d; nothing was scheduled"
                        .formatted(printable(shown), expected, got, Math.min(where, end) + 1));
    }

    /** Safe to print: others than printable ASCII are replaced. */
    private static String printable(String given) {
        var safe = new StringBuilder(given.length());
        given.chars().forEach(c -> safe.append(c >= ' ' && c < 127 ? (char) c : '\uFFFD'));
        return safe.toString();
    }
}
