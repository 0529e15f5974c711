package dev.millrace.schedule;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** Expressions by chance, of everything that the language has. */
record RandomCron(RandomGenerator random) {
    private static final List<String> MONTHS = List.of("JAN", "MAR", "APR", "SEP", "OCT", "NOV");
    private static final List<String> DAYS =
            List.of("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT");

    /** Six fields, seconds first. */
    String next(String seconds) {
        return String.join(
                " ",
                seconds,
                numbers(0, 59, 3),
                numbers(0, 23, 2),
                days(),
                random.nextInt(4) == 0 ? months() : "*",
                weekdays());
    }

    String numbers(int first, int last, int oneIn) {
        if (random.nextInt(oneIn) == 0) {
            return "*";
        }
        var items = new ArrayList<String>();
        for (int i = 0; i <= random.nextInt(3); i++) {
            items.add(item(first, last));
        }
        return String.join(",", items);
    }

    private String item(int first, int last) {
        int from = first + random.nextInt(last - first + 1);
        int to = from + random.nextInt(last - from + 1);
        int step = 1 + random.nextInt(last - first);
        return switch (random.nextInt(6)) {
            case 0 -> "*/" + step;
            case 1 -> from + "/" + step;
            case 2 -> from + "-" + to;
            case 3 -> from + "-" + to + "/" + step;
            default -> Integer.toString(from);
        };
    }

    private String days() {
        return switch (random.nextInt(8)) {
            case 0 -> "L";
            case 1 -> "L-" + (1 + random.nextInt(20));
            case 2 -> "LW";
            case 3 -> (1 + random.nextInt(28)) + "W," + (1 + random.nextInt(28));
            case 4 -> numbers(1, 31, 3);
            case 5 -> "?";
            default -> "*";
        };
    }

    private String months() {
        return random.nextBoolean()
                ? "3,4,9-11"
                : MONTHS.get(random.nextInt(6)) + "," + (1 + random.nextInt(12));
    }

    private String weekdays() {
        String day = DAYS.get(random.nextInt(7));
        return switch (random.nextInt(9)) {
            case 0 -> day + "L";
            case 1 -> random.nextInt(8) + "L," + day + "#" + (1 + random.nextInt(5));
            case 2 -> day + "#" + (1 + random.nextInt(4));
            case 3 -> "MON-FRI";
            case 4 -> "5-7";
            case 5 -> "*/" + (1 + random.nextInt(6));
            case 6 -> "?";
            default -> "*";
        };
    }
}
