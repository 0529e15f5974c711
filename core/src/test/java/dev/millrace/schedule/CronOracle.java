package dev.millrace.schedule;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;
import java.time.zone.ZoneOffsetTransition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a cron expression means, by asking of each moment one by one whether it fits; shares nothing
 * with the code under test, and takes its time.
 */
final class CronOracle {
    private static final List<String> MONTHS =
            List.of(
                    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV",
                    "DEC");
    private static final List<String> DAYS =
            List.of("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT");

    private final String[] fields;
    private final ZoneId zone;
    private final Dst dst;
    private final Map<LocalDate, Boolean> dates = new HashMap<>();

    /**
     * @param expression six fields, seconds first
     */
    CronOracle(String expression, ZoneId zone, Dst dst) {
        this.fields = expression.split(" ");
        this.zone = zone;
        this.dst = dst;
    }

    /** All ticks after one moment and up to another, by steps of so many seconds. */
    List<Instant> ticks(Instant after, Instant until, int step) {
        var found = new ArrayList<Instant>();
        for (Instant at = after.plusSeconds(step); !at.isAfter(until); at = at.plusSeconds(step)) {
            if (isTick(at, step)) {
                found.add(at);
            }
        }
        return found;
    }

    private boolean isTick(Instant at, int step) {
        ZoneOffset offset = zone.getRules().getOffset(at);
        LocalDateTime local = LocalDateTime.ofInstant(at, offset);
        List<ZoneOffset> offsets = zone.getRules().getValidOffsets(local);
        boolean again = offsets.size() == 2 && !offsets.getFirst().equals(offset);
        if (fits(local) && !(again && dst.overlap() == Dst.Overlap.ONCE)) {
            return true;
        }
        ZoneOffset before = zone.getRules().getOffset(at.minusSeconds(1));
        if (dst.gap() == Dst.Gap.SKIP || before.getTotalSeconds() >= offset.getTotalSeconds()) {
            return false;
        }
        LocalDateTime missing = LocalDateTime.ofInstant(at, before);
        for (; missing.isBefore(local); missing = missing.plusSeconds(step)) {
            if (fits(missing)) {
                return true;
            }
        }
        return false;
    }

    boolean fits(LocalDateTime local) {
        return fits(fields[0], local.getSecond(), 0, 59, List.of())
                && fits(fields[1], local.getMinute(), 0, 59, List.of())
                && fits(fields[2], local.getHour(), 0, 23, List.of())
                && dates.computeIfAbsent(local.toLocalDate(), this::fits);
    }

    private boolean fits(LocalDate date) {
        if (!fits(fields[4], date.getMonthValue(), 1, 12, MONTHS)) {
            return false;
        }
        boolean anyDay = fields[3].equals("*") || fields[3].equals("?");
        boolean anyWeekday = fields[5].equals("*") || fields[5].equals("?");
        boolean day = !anyDay && dayFits(date);
        boolean weekday = !anyWeekday && weekdayFits(date);
        return anyDay && anyWeekday || day || weekday;
    }

    private boolean dayFits(LocalDate date) {
        LocalDate last = date.with(TemporalAdjusters.lastDayOfMonth());
        for (String item : fields[3].split(",")) {
            if (item.equals("LW")) {
                LocalDate each = last;
                while (isWeekend(each)) {
                    each = each.minusDays(1);
                }
                if (date.equals(each)) {
                    return true;
                }
            } else if (item.startsWith("L")) {
                int back = item.equals("L") ? 0 : Integer.parseInt(item.substring(2));
                if (date.plusDays(back).equals(last)) {
                    return true;
                }
            } else if (item.endsWith("W")) {
                int wanted = Integer.parseInt(item.substring(0, item.length() - 1));
                if (date.equals(nearest(date, wanted))) {
                    return true;
                }
            } else if (fits(item, date.getDayOfMonth(), 1, 31, List.of())) {
                return true;
            }
        }
        return false;
    }

    /** The nearest weekday by trying the days around it, the nearer and the earlier first. */
    private static LocalDate nearest(LocalDate in, int day) {
        if (day > in.lengthOfMonth()) {
            return LocalDate.MIN;
        }
        LocalDate wanted = in.withDayOfMonth(day);
        for (int away : new int[] {0, -1, 1, -2, 2}) {
            LocalDate each = wanted.plusDays(away);
            if (!isWeekend(each) && each.getMonth() == in.getMonth()) {
                return each;
            }
        }
        throw new AssertionError("no weekday near " + wanted);
    }

    private static boolean isWeekend(LocalDate date) {
        return date.getDayOfWeek() == DayOfWeek.SATURDAY || date.getDayOfWeek() == DayOfWeek.SUNDAY;
    }

    private boolean weekdayFits(LocalDate date) {
        int weekday = date.getDayOfWeek().getValue() % 7;
        for (String item : fields[5].split(",")) {
            if (item.contains("#")) {
                int nth = Integer.parseInt(item.substring(item.indexOf('#') + 1));
                if (number(item.substring(0, item.indexOf('#')), DAYS, 0) % 7 == weekday
                        && (date.getDayOfMonth() + 6) / 7 == nth) {
                    return true;
                }
            } else if (item.endsWith("L")) {
                if (number(item.substring(0, item.length() - 1), DAYS, 0) % 7 == weekday
                        && date.plusDays(7).getMonth() != date.getMonth()) {
                    return true;
                }
            } else if (fits(item, weekday, 0, 6, DAYS)
                    || weekday == 0 && fits(item, 7, 0, 7, DAYS) && !item.contains("/")) {
                return true;
            }
        }
        return false;
    }

    private static boolean fits(String field, int value, int first, int last, List<String> names) {
        for (String item : field.split(",")) {
            String range = item.contains("/") ? item.substring(0, item.indexOf('/')) : item;
            int step =
                    item.contains("/")
                            ? Integer.parseInt(item.substring(item.indexOf('/') + 1))
                            : 1;
            int from = first;
            int to = last;
            if (range.contains("-")) {
                from = number(range.substring(0, range.indexOf('-')), names, first);
                to = number(range.substring(range.indexOf('-') + 1), names, first);
            } else if (!range.equals("*")) {
                from = number(range, names, first);
                to = item.contains("/") ? last : from;
            }
            if (value >= from && value <= to && (value - from) % step == 0) {
                return true;
            }
        }
        return false;
    }

    private static int number(String text, List<String> names, int first) {
        int name = names.indexOf(text);
        return name >= 0 ? name + first : Integer.parseInt(text);
    }

    /** The changes of a zone's clocks within a time. */
    static List<ZoneOffsetTransition> changes(ZoneId zone, Instant from, Instant to) {
        var found = new ArrayList<ZoneOffsetTransition>();
        var change = zone.getRules().nextTransition(from);
        while (change != null && change.getInstant().isBefore(to)) {
            found.add(change);
            change =
                    zone.getRules().nextTransition(change.getInstant().plus(1, ChronoUnit.SECONDS));
        }
        return found;
    }
}
