package dev.millrace.web.job;

import static dev.millrace.web.schema.Member.may;
import static dev.millrace.web.schema.Member.must;

import dev.millrace.store.KeyRate;
import dev.millrace.store.LimitKey;
import dev.millrace.store.QueueLimits;
import dev.millrace.web.schema.Schema;
import dev.millrace.web.text.Durations;
import dev.millrace.web.text.JsonLine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** How the limits of a queue by key are shown, and who waits for them. */
public final class QueueLimitsView {
    private static final Schema RATE =
            Schema.object(
                    "Rate",
                    "How often jobs may begin.",
                    must(
                            "kind",
                            Schema.oneOf(
                                    Arrays.stream(KeyRate.Kind.values())
                                            .map(KeyRate.Kind::text)
                                            .toList()),
                            "How it is counted."),
                    must("count", Schema.whole(1, KeyRate.MOST), "So many."),
                    must("per", Schema.duration(), "Within this time."));

    /** Limits by the names of keys. */
    public static final Schema PER_KEY = Schema.map(Schema.count());

    /** A rate. */
    public static final Schema ONE_RATE = RATE;

    /** Rates by the names of keys. */
    public static final Schema RATES = Schema.map(RATE);

    private static final Schema LINE =
            Schema.object(
                    "LimitLine",
                    "Jobs with the same value of a key that a limit holds.",
                    must("key", Schema.name200(), "The key's name, or that of what queues share."),
                    must("value", Schema.text(), "Its value; empty for what queues share."),
                    must("waiting", Schema.count(), "How many wait."),
                    must("isAtLeast", Schema.bool(), "Whether there may be more."),
                    must("first", Schema.count(), "The job whose turn is next."),
                    must(
                            "reason",
                            Schema.oneOf("key-limit", "rate-limit", "next"),
                            "For programs."),
                    must("detail", Schema.text(), "For people."));

    /** What is written. */
    public static final Schema LIMITS =
            Schema.object(
                    "QueueLimits",
                    "The limits of a queue by key, and what they hold.",
                    must("queue", Schema.name200(), "Its name."),
                    must("perKey", PER_KEY, "By a key's name, how many run at once."),
                    must("rates", RATES, "By a key's name, how often they begin."),
                    may("rate", RATE, "How often any of its jobs begins, where that is set."),
                    may("shared", PER_KEY, "By the name of what queues share, how many run."),
                    may("sharedRates", RATES, "By such a name, how often they begin."),
                    must("lines", Schema.list(LINE), "The longest first."),
                    must("isAtLeast", Schema.bool(), "Whether there may be more lines."));

    private QueueLimitsView() {}

    /**
     * A line of a key.
     *
     * @param waiting how many were counted
     * @param isAtLeast whether counting stopped there
     * @param first the job whose turn is next
     */
    public record Line(LimitKey key, int waiting, boolean isAtLeast, long first) {}

    /** Adds limits and rates by key to a line, and whatever else is set. */
    public static JsonLine add(JsonLine line, QueueLimits limits) {
        KeyRate rate = limits.rate();
        return line.with("perKey", new TreeMap<>(limits.perKey()))
                .with("rates", rates(limits.rates()))
                .withKnown("rate", rate == null ? null : json(rate))
                .withKnown(
                        "shared", limits.shared().isEmpty() ? null : new TreeMap<>(limits.shared()))
                .withKnown(
                        "sharedRates",
                        limits.sharedRates().isEmpty() ? null : rates(limits.sharedRates()));
    }

    private static Map<String, JsonLine> rates(Map<String, KeyRate> of) {
        var rates = new TreeMap<String, JsonLine>();
        of.forEach((name, rate) -> rates.put(name, json(rate)));
        return rates;
    }

    private static JsonLine json(KeyRate rate) {
        return new JsonLine()
                .with("kind", rate.kind().text())
                .with("count", rate.count())
                .with("per", Durations.exact(rate.per()));
    }

    /** A line for each limit that is set, for people. */
    public static List<String> lines(QueueLimits limits) {
        var lines = new ArrayList<String>();
        new TreeMap<>(limits.perKey())
                .forEach((name, most) ->
                        lines.add("at most %d with the same %s".formatted(most, name)));
        new TreeMap<>(limits.rates())
                .forEach((name, rate) -> lines.add("%s with the same %s".formatted(rate, name)));
        if (limits.rate() != null) {
            lines.add("%s in all".formatted(limits.rate()));
        }
        new TreeMap<>(limits.shared())
                .forEach((name, most) ->
                        lines.add("at most %d of all that share %s".formatted(most, name)));
        new TreeMap<>(limits.sharedRates())
                .forEach(
                        (name, rate) -> lines.add("%s of all that share %s".formatted(rate, name)));
        return lines;
    }

    /**
     * Limits as programs read them.
     *
     * @param hidden what is hidden of the job that is first in a line, and so of the line
     */
    public static JsonLine json(
            String queue,
            QueueLimits limits,
            List<Line> lines,
            boolean isAtLeast,
            Held held,
            Function<Line, Hiding.Of> hidden) {
        return add(new JsonLine().with("queue", queue), limits)
                .with(
                        "lines",
                        lines.stream().map(line -> json(line, held, hidden.apply(line))).toList())
                .with("isAtLeast", isAtLeast);
    }

    private static JsonLine json(Line line, Held held, Hiding.Of hidden) {
        JobView.Waiting why = held.of(line.key());
        return new JsonLine()
                .with("key", line.key().name())
                .with("value", hidden.text(line.key().value()))
                .with("waiting", line.waiting())
                .with("isAtLeast", line.isAtLeast())
                .with("first", line.first())
                .with("reason", why.reason())
                .with("detail", hidden.text(why.detail()));
    }
}
