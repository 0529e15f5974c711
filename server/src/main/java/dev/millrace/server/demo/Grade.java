package dev.millrace.server.demo;

import java.util.List;

/**
 * What a page is worth.
 *
 * @param points 0 to 100
 * @param findings what cost points, in a fixed order
 */
record Grade(int points, List<Finding> findings) {

    Grade {
        if (points < 0 || points > 100) {
            throw new IllegalArgumentException("points must be 0 to 100, got " + points);
        }
        findings = List.copyOf(findings);
    }

    /** The points as one of six letters. */
    Letter letter() {
        return Letter.of(points);
    }

    /**
     * Something that cost points.
     *
     * @param name short and stable, such as {@code no-title}
     * @param cost in points
     * @param detail what was expected and what was got
     */
    record Finding(String name, int cost, String detail) {}

    /** From best to worst. */
    enum Letter {
        A(90),
        B(80),
        C(70),
        D(60),
        E(45),
        F(0);

        private final int from;

        Letter(int from) {
            this.from = from;
        }

        /** The fewest points this letter stands for. */
        int from() {
            return from;
        }

        static Letter of(int points) {
            for (var letter : values()) {
                if (points >= letter.from) {
                    return letter;
                }
            }
            return F;
        }
    }
}
