package dev.millrace.web.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.store.AuditEntry;

import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

class FailedSignInsTest {
    private static final Instant NOON = Instant.parse("2026-06-01T12:00:00Z");

    private final List<AuditEntry> told = new ArrayList<>();
    private final FailedSignIns failures = new FailedSignIns(told::add);

    @Test
    void theFirstIsToldAtOnceAndTheRestByTheMinute() {
        for (int second = 0; second < 59; second++) {
            failures.refused("anna", "10.0.0.1", "wrong-password", NOON.plusSeconds(second));
        }
        assertThat(told).hasSize(1);
        assertThat(told.getFirst().target()).isEqualTo("user anna");
        assertThat(told.getFirst().address()).isEqualTo("10.0.0.1");
        assertThat(told.getFirst().after())
                .isEqualTo("{\"refused\":\"wrong-password\",\"tries\":1}");
        assertThat(failures.flush(NOON.plusSeconds(59))).as("some wait").isTrue();
        assertThat(told).hasSize(1);
        assertThat(failures.flush(NOON.plusSeconds(60))).isTrue();
        assertThat(told.getLast().after()).contains("\"tries\":58");
        assertThat(failures.flush(NOON.plusSeconds(120))).as("none waits").isFalse();
        assertThat(told).hasSize(2);
    }

    @Test
    void whatWasTypedInPlaceOfANameIsNotTold() {
        failures.refused("", "10.0.0.1", "wrong-password", NOON);
        assertThat(told.getFirst().target()).isEqualTo("an unknown user");
    }

    @Test
    void anAttackFromEverywhereIsBounded() {
        for (int i = 0; i < 10_000; i++) {
            failures.refused("", "10.0.%d.%d".formatted(i / 250, i % 250), "no", NOON);
        }
        assertThat(told).hasSize(201);
        failures.close(NOON);
        assertThat(told).hasSize(202);
        assertThat(told.getLast().target()).isEqualTo("user others");
        assertThat(told.getLast().after()).contains("\"tries\":9799");
    }
}
