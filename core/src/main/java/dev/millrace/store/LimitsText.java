package dev.millrace.store;

import dev.millrace.job.MillraceException;
import dev.millrace.store.KeyRate.Kind;

import java.time.Duration;
import java.util.TreeMap;

/** The stored form of {@link QueueLimits}. */
final class LimitsText {
    private LimitsText() {}

    static String write(QueueLimits limits) {
        var text = new StringBuilder();
        new TreeMap<>(limits.perKey())
                .forEach((name, limit) -> text.append("key %s %d\n".formatted(name, limit)));
        new TreeMap<>(limits.rates()).forEach((name, rate) -> add(text, "", name, rate));
        KeyRate own = limits.rate();
        if (own != null) {
            text.append(
                    "queue-%s %d %d\n"
                            .formatted(own.kind().text(), own.count(), own.per().toMillis()));
        }
        new TreeMap<>(limits.shared())
                .forEach((name, limit) -> text.append("shared %s %d\n".formatted(name, limit)));
        new TreeMap<>(limits.sharedRates())
                .forEach((name, rate) -> add(text, "shared-", name, rate));
        return text.toString();
    }

    private static void add(StringBuilder text, String scope, String name, KeyRate rate) {
        text.append(
                "%s%s %s %d %d\n"
                        .formatted(
                                scope,
                                rate.kind().text(),
                                name,
                                rate.count(),
                                rate.per().toMillis()));
    }

    static QueueLimits read(String text) {
        var limits = QueueLimits.NONE;
        for (String line : text.lines().toList()) {
            limits = with(limits, line);
        }
        return limits;
    }

    private static QueueLimits with(QueueLimits limits, String line) {
        String[] words = line.split(" ", -1);
        return switch (words[0] + " " + words.length) {
            case "key 3" -> limits.withKey(words[1], number(words[2], line));
            case "shared 3" -> limits.withShared(words[1], number(words[2], line));
            case "bucket 4" -> limits.withRate(words[1], rate(Kind.BUCKET, words, line));
            case "window 4" -> limits.withRate(words[1], rate(Kind.WINDOW, words, line));
            case "queue-bucket 3" -> limits.withRate(rate(Kind.BUCKET, words, line));
            case "queue-window 3" -> limits.withRate(rate(Kind.WINDOW, words, line));
            case "shared-bucket 4" ->
                    limits.withSharedRate(words[1], rate(Kind.BUCKET, words, line));
            case "shared-window 4" ->
                    limits.withSharedRate(words[1], rate(Kind.WINDOW, words, line));
            default -> throw unreadable(line);
        };
    }

    /** Its last two words: how many, and in how many milliseconds. */
    private static KeyRate rate(Kind kind, String[] words, String line) {
        var per = Duration.ofMillis(number(words[words.length - 1], line));
        return new KeyRate(kind, number(words[words.length - 2], line), per);
    }

    private static int number(String word, String line) {
        if (!word.matches("[0-9]{1,8}")) {
            throw unreadable(line);
        }
        return Integer.parseInt(word);
    }

    private static MillraceException unreadable(String line) {
        return MillraceException.invalid(
                "a stored limit must read '[shared|key] NAME NUMBER', 'queue-KIND COUNT MILLIS' or"
                        + " '[shared-]KIND NAME COUNT MILLIS' with the kinds bucket and window, got"
                        + " '%s'".formatted(line));
    }
}
