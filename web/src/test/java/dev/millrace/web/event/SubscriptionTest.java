package dev.millrace.web.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.web.http.Who;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

class SubscriptionTest {
    @Test
    void aClientThatFallsBehindIsToldAndCut() throws Exception {
        var client =
                new Subscription(
                        Duration.ofHours(1), Subscription.Reach.of(Who.everybody()), () -> {});
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
        var client =
                new Subscription(
                        Duration.ofHours(1), Subscription.Reach.of(Who.everybody()), () -> {});
        client.add(new Event("e-1", "job", "{\"id\":1}"));
        client.end();
        client.add(new Event("e-2", "job", "{\"id\":2}"));
        var out = new ByteArrayOutputStream();
        client.writeTo(out);
        assertThat(out.toString(StandardCharsets.UTF_8))
                .isEqualTo("retry: 2000\n\nid: e-1\nevent: job\ndata: {\"id\":1}\n\n");
    }
}
