package dev.millrace.web.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.web.http.Grant;
import dev.millrace.web.http.Role;
import dev.millrace.web.http.Who;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

class SubscriptionTest {
    private static final List<Grant> EVERYTHING = List.of(new Grant(Role.VIEWER, Grant.EVERY));

    private static Subscription subscription(Unsent unsent) {
        return new Subscription(
                new Subscription.Terms(Duration.ofHours(1), unsent),
                Subscription.Reach.of(Who.everybody()),
                () -> {});
    }

    private static String sent(Subscription client) throws Exception {
        client.end();
        var out = new ByteArrayOutputStream();
        client.writeTo(out);
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void aNewerStateTakesThePlaceOfOneThatWasNotSent() throws Exception {
        var unsent = new Unsent(1_000_000);
        var client = subscription(unsent);
        for (int i = 0; i < 5_000; i++) {
            client.add(new Event("e-" + i, "job", i + "x".repeat(100_000)).about("job"));
            client.add(new Event("q-" + i, "queues", "{}"));
        }
        assertThat(unsent.chars()).isLessThan(200_000);
        assertThat(sent(client))
                .contains("id: e-4999", "data: 4999xxx", "id: q-4999")
                .doesNotContain("id: e-4998", "lost");
        assertThat(unsent.chars()).isZero();
    }

    @Test
    void aClientThatHasTooMuchToTakeInIsCutHoweverFewEventsTheyAre() throws Exception {
        var unsent = new Unsent(10_000_000);
        var client = subscription(unsent);
        for (int i = 0; i < 20; i++) {
            client.add(new Event("e-" + i, "job", "x".repeat(100_000)));
        }
        assertThat(unsent.chars()).isZero();
        assertThat(sent(client)).contains("event: lost").doesNotContain("id: e");
    }

    @Test
    void allStreamsTogetherKeepNoMoreThanTheirShareAndWhatTheyHaveInCommonOnce() throws Exception {
        var unsent = new Unsent(250_000);
        var first = subscription(unsent);
        var second = subscription(unsent);
        var third = subscription(unsent);
        var common = new Event("e", "job", "x".repeat(200_000));
        first.add(common);
        second.add(common);
        third.add(new Event("f", "job", "y".repeat(200_000)));
        assertThat(unsent.chars()).isEqualTo(200_000);
        assertThat(sent(third)).contains("event: lost");
        assertThat(sent(first)).contains("id: e").doesNotContain("lost");
        second.close();
        assertThat(unsent.chars()).isZero();
    }

    @Test
    void whoeverTakesNothingInHasNobodyElseCut() throws Exception {
        var unsent = new Unsent(1_000_000);
        var terms = new Subscription.Terms(Duration.ofMillis(10), unsent);
        var reach = Subscription.Reach.of(Who.token("stalls", EVERYTHING));
        for (int i = 0; i < 50; i++) {
            new Subscription(terms, reach, () -> {})
                    .add(new Event("e-" + i, "job", "x".repeat(100_000)));
        }
        assertThat(unsent.chars()).isBetween(400_000L, 500_000L);
        var other = subscription(unsent);
        other.add(new Event("e", "job", "y".repeat(300_000)));
        assertThat(sent(other)).contains("id: e").doesNotContain("lost");
    }

    @Test
    void aLongEventIsWrittenInPiecesAsItIs() throws Exception {
        var client = subscription(new Unsent(1_000_000));
        String data = "a".repeat(8_191) + "\ud83d\ude00\u00e9".repeat(9_000);
        client.add(new Event("e", "job", data));
        assertThat(sent(client)).endsWith("id: e\nevent: job\ndata: " + data + "\n\n");
    }

    @Test
    void aClientThatFallsBehindIsToldAndCut() throws Exception {
        var client = subscription(new Unsent(1_000_000));
        for (int i = 0; i < 5000; i++) {
            client.add(new Event("e-" + i, "job", "{}"));
        }
        var out = new ByteArrayOutputStream();
        client.writeTo(out);
        String text = out.toString(StandardCharsets.UTF_8);
        assertThat(text).startsWith("retry: 2000\n\n").contains("event: lost\n");
        assertThat(text.lines().filter(line -> line.startsWith("event:"))).hasSize(1);
    }

    @Test
    void whatWaitsIsStillSentWhenItEnds() throws Exception {
        var client = subscription(new Unsent(1_000_000));
        client.add(new Event("e-1", "job", "{\"id\":1}"));
        client.end();
        client.add(new Event("e-2", "job", "{\"id\":2}"));
        var out = new ByteArrayOutputStream();
        client.writeTo(out);
        assertThat(out.toString(StandardCharsets.UTF_8))
                .isEqualTo("retry: 2000\n\nid: e-1\nevent: job\ndata: {\"id\":1}\n\n");
    }
}
