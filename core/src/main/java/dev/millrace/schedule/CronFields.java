package dev.millrace.schedule;

import org.jspecify.annotations.Nullable;

import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.YearMonth;

/**
 * What an expression asks of a local time, as bits; bit n stands for the number n, Sunday is 0.
 *
 * @param days days of the month; {@code anyDay} where nothing is said of them
 * @param fromLast bit n: n days before the month's last day
 * @param nearest bit n: the weekday nearest to day n, within the month
 * @param lastWeekday the last day of the month from Monday to Friday
 * @param weekdays days of the week; {@code anyWeekday} where nothing is said of them
 * @param nth bit 7 (n - 1) + d: the n-th day d of the month
 * @param lastOf bit d: the last day d of the month
 */
record CronFields(
        long seconds,
        long minutes,
        long hours,
        boolean anyDay,
        long days,
        long fromLast,
        long nearest,
        boolean lastWeekday,
        long months,
        boolean anyWeekday,
        long weekdays,
        long nth,
        long lastOf) {

    private static final long ALL_HOURS = (1L << 24) - 1;

    /** The years after which the calendar's weekdays repeat, as long as no century intervenes. */
    private static final int CYCLE = 28;

    /** Whether nothing is said of the hour. */
    boolean everyHour() {
        return hours == ALL_HOURS;
    }

    /** Whether there is a day in any year that fits. */
    boolean everHappens() {
        for (int year = 2000; year < 2000 + CYCLE; year++) {
            for (int month = 1; month <= 12; month++) {
                if (has(months, month) && daysOf(year, month) != 0) {
                    return true;
                }
            }
        }
        return false;
    }

    /** The first local time that fits, from one whole second (included) to another (not). */
    @Nullable LocalDateTime next(LocalDateTime from, LocalDateTime to) {
        LocalDate day = from.toLocalDate();
        int second = from.toLocalTime().toSecondOfDay();
        LocalDate last = to.toLocalDate();
        while (!day.isAfter(last)) {
            long left =
                    has(months, day.getMonthValue())
                            ? daysOf(day.getYear(), day.getMonthValue())
                                    & -(1L << day.getDayOfMonth())
                            : 0;
            if (left == 0) {
                day = day.withDayOfMonth(1).plusMonths(1);
                second = 0;
                continue;
            }
            int found = Long.numberOfTrailingZeros(left);
            if (found > day.getDayOfMonth()) {
                day = day.withDayOfMonth(found);
                second = 0;
            }
            int time = timeFrom(second);
            if (time >= 0) {
                var at = day.atStartOfDay().plusSeconds(time);
                return at.isBefore(to) ? at : null;
            }
            day = day.plusDays(1);
            second = 0;
        }
        return null;
    }

    /** The first second of the day that fits, from this one on; -1 for none. */
    private int timeFrom(int second) {
        int hour = second / 3600;
        int minute = second / 60 % 60;
        int rest = second % 60;
        while (hour < 24) {
            if (!has(hours, hour)) {
                hour = from(hours, hour + 1);
                minute = 0;
                rest = 0;
                continue;
            }
            int inMinute = has(minutes, minute) ? from(seconds, rest) : 64;
            if (inMinute < 60) {
                return hour * 3600 + minute * 60 + inMinute;
            }
            minute = from(minutes, minute + 1);
            rest = 0;
            if (minute >= 60) {
                hour++;
                minute = 0;
            }
        }
        return -1;
    }

    /** The days of a month that fit. */
    private long daysOf(int year, int month) {
        YearMonth of = YearMonth.of(year, month);
        int length = of.lengthOfMonth();
        // of the first of the month
        int weekday = of.atDay(1).getDayOfWeek().getValue() % 7;
        long all = ((1L << length) - 1) << 1;
        if (anyDay && anyWeekday) {
            return all;
        }
        long byDay = anyDay ? 0 : byDay(length, weekday) & all;
        long byWeekday = anyWeekday ? 0 : byWeekday(length, weekday) & all;
        return byDay | byWeekday;
    }

    private long byDay(int length, int firstWeekday) {
        long found = days;
        for (long left = fromLast; left != 0; left &= left - 1) {
            int day = length - Long.numberOfTrailingZeros(left);
            found |= day >= 1 ? 1L << day : 0;
        }
        for (long left = nearest; left != 0; left &= left - 1) {
            int day = Long.numberOfTrailingZeros(left);
            found |= day <= length ? 1L << nearestWeekday(day, length, firstWeekday) : 0;
        }
        if (lastWeekday) {
            int weekday = (firstWeekday + length - 1) % 7;
            found |= 1L << (length - (weekday == 6 ? 1 : weekday == 0 ? 2 : 0));
        }
        return found;
    }

    private static int nearestWeekday(int day, int length, int firstWeekday) {
        int weekday = (firstWeekday + day - 1) % 7;
        if (weekday == DayOfWeek.SATURDAY.getValue()) {
            return day == 1 ? 3 : day - 1;
        }
        if (weekday == 0) {
            return day == length ? day - 2 : day + 1;
        }
        return day;
    }

    private long byWeekday(int length, int firstWeekday) {
        long found = 0;
        for (int day = 1; day <= length; day++) {
            int weekday = (firstWeekday + day - 1) % 7;
            boolean fits =
                    has(weekdays, weekday)
                            || has(nth, 7 * ((day - 1) / 7) + weekday)
                            || (has(lastOf, weekday) && day + 7 > length);
            found |= fits ? 1L << day : 0;
        }
        return found;
    }

    private static boolean has(long bits, int bit) {
        return (bits >>> bit & 1) != 0;
    }

    /** The first bit set from this one on; 64 for none. */
    private static int from(long bits, int bit) {
        return bit > 63 ? 64 : Long.numberOfTrailingZeros(bits & -(1L << bit));
    }
}
