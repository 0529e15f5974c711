package dev.millrace.web.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.store.LimitKey;
import dev.millrace.store.QueueLimits;
import dev.millrace.testkit.MemoryStore;

import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.List;

class QueueLimitsViewTest {
    private static final String SECRET = "4111-1111-1111";

    private static String shown(Hiding.Of hidden) {
        var key = new LimitKey("q", "card", SECRET);
        var held = new Held(new MemoryStore(), List.of(key), Instant.EPOCH);
        var line = new QueueLimitsView.Line(key, 2, false, 7);
        return QueueLimitsView.json(
                        "q",
                        QueueLimits.NONE.withKey("card", 1),
                        List.of(line),
                        false,
                        held,
                        each -> hidden)
                .toString();
    }

    @Test
    void aKeysValueIsHiddenWhereItsJobsAre() {
        var hiding = Hiding.of(List.of(Hiding.Rule.of("pay", "/card")));
        String payload = "{\"card\":\"" + SECRET + "\"}";
        assertThat(shown(hiding.of("pay", payload)))
                .contains("\"value\":\"[hidden]\"", "card=[hidden] of queue 'q'")
                .doesNotContain(SECRET);
        assertThat(shown(Hiding.everything())).contains("\"first\":7").doesNotContain(SECRET);
        assertThat(shown(hiding.of("open", payload))).contains(SECRET);
    }
}
