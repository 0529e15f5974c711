package dev.millrace.web.job;

import static dev.millrace.web.schema.Member.may;
import static dev.millrace.web.schema.Member.must;

import dev.millrace.job.MillraceException;
import dev.millrace.store.KeyRate;
import dev.millrace.store.QueueControl;
import dev.millrace.store.QueueLimits;
import dev.millrace.web.schema.Schema;
import dev.millrace.web.text.Durations;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * A change of what is set on a queue: {@code {"paused": true, "limit": 10}}; what is not said stays
 * as it is, a limit of {@code null} means none.
 */
public final class QueueChange {
    private static final Schema RATE =
            Schema.input(
                    "KeyRate",
                    "How often jobs may begin.",
                    may(
                            "kind",
                            Schema.oneOf(
                                    Arrays.stream(KeyRate.Kind.values())
                                            .map(KeyRate.Kind::text)
                                            .toList()),
                            "A bucket that fills evenly, which is what is meant when nothing is"
                                    + " said, or a window."),
                    must("count", Schema.whole(1, KeyRate.MOST), "So many."),
                    must("per", Schema.duration(), "Within this time, 1ms to 1 day."));

    private static final String[] RATE_MEMBERS = {"kind", "count", "per"};

    /** What is read. */
    public static final Schema SHAPE =
            Schema.input(
                    "QueueChange",
                    "A change of what is set on a queue; what is not said stays as it is.",
                    may("paused", Schema.bool(), "Whether nothing of it is claimed."),
                    may(
                            "limit",
                            Schema.whole(1, 1_000_000).orNull(),
                            "How many may run in all processes; null for no limit."),
                    may(
                            "perKey",
                            Schema.map(Schema.whole(1, 1_000_000).orNull()),
                            "By the name of a key, how many jobs with the same value of it may run"
                                    + " in all processes; null for no limit."),
                    may(
                            "rates",
                            Schema.map(RATE.orNull()),
                            "By the name of a key, how often jobs with the same value of it may"
                                    + " begin in all processes; null for no rate."),
                    may(
                            "rate",
                            RATE.orNull(),
                            "How often any of its jobs may begin; null for no rate."),
                    may(
                            "shared",
                            Schema.map(Schema.whole(1, 1_000_000).orNull()),
                            "By the name of something that queues share, how many of their jobs may"
                                    + " run in all processes; null for no limit."),
                    may(
                            "sharedRates",
                            Schema.map(RATE.orNull()),
                            "By such a name, how often their jobs may begin; null for no rate."));

    private QueueChange() {}

    /**
     * Reads a change.
     *
     * @throws InvalidJob naming what is wrong
     */
    public static QueueControl.Change read(String text) {
        var body = body(text);
        return new QueueControl.Change(
                body.bool("paused"), body.says("limit"), body.whole("limit"));
    }

    /**
     * Reads what it says of limits by key, of rates and of what is shared.
     *
     * @throws InvalidJob naming what is wrong
     */
    public static UnaryOperator<QueueLimits> limits(String text) {
        var body = body(text);
        var perKey = body.wholes("perKey");
        var rates = rates(body, "rates");
        var shared = body.wholes("shared");
        var sharedRates = rates(body, "sharedRates");
        boolean saysRate = body.says("rate");
        KeyRate own = body.gives("rate") ? rate(body.object("rate", RATE_MEMBERS)) : null;
        return before -> {
            var after = saysRate ? before.withRate(own) : before;
            for (var key : perKey.entrySet()) {
                after = after.withKey(key.getKey(), key.getValue().orElse(null));
            }
            for (var key : rates.entrySet()) {
                after = after.withRate(key.getKey(), key.getValue().orElse(null));
            }
            for (var name : shared.entrySet()) {
                after = after.withShared(name.getKey(), name.getValue().orElse(null));
            }
            for (var name : sharedRates.entrySet()) {
                after = after.withSharedRate(name.getKey(), name.getValue().orElse(null));
            }
            return after;
        };
    }

    private static Map<String, Optional<KeyRate>> rates(ObjectBody body, String name) {
        var rates = new TreeMap<String, Optional<KeyRate>>();
        body.objects(name, RATE_MEMBERS)
                .forEach((key, rate) -> rates.put(key, rate.map(QueueChange::rate)));
        return rates;
    }

    private static KeyRate rate(ObjectBody rate) {
        String said = rate.text("kind");
        Integer count = rate.whole("count");
        String per = rate.text("per");
        if (count == null || per == null) {
            throw rate.refused(
                    "rates",
                    "a rate must have a count and a time, such as"
                            + " {\"count\": 5, \"per\": \"1s\"}");
        }
        KeyRate.Kind kind =
                Arrays.stream(KeyRate.Kind.values())
                        .filter(each -> each.text().equals(said == null ? "bucket" : said))
                        .findFirst()
                        .orElseThrow(
                                () -> rate.refused("rates", "the kind must be bucket or window"));
        try {
            return new KeyRate(kind, count, Durations.parse(per));
        } catch (MillraceException e) {
            throw rate.refused("rates", String.valueOf(e.getMessage()));
        }
    }

    private static ObjectBody body(String text) {
        return ObjectBody.read(
                "the body",
                text,
                "paused",
                "limit",
                "perKey",
                "rates",
                "rate",
                "shared",
                "sharedRates");
    }
}
