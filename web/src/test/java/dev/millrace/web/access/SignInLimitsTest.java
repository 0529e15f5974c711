package dev.millrace.web.access;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;

class SignInLimitsTest {
    private static final long MINUTE = Duration.ofMinutes(1).toNanos();

    private final SignInLimits limits = new SignInLimits();

    @Test
    void aUserIsTriedTenTimesInFiveMinutesFromWherever() {
        for (int i = 0; i < 10; i++) {
            assertThat(limits.attempt("10.0.0." + i, "anna", 0)).isEmpty();
        }
        assertThat(limits.attempt("10.0.1.1", "anna", 2 * MINUTE)).contains(Duration.ofMinutes(3));
        assertThat(limits.attempt("10.0.1.1", "bob", 2 * MINUTE)).isEmpty();
        assertThat(limits.attempt("10.0.1.1", "anna", 5 * MINUTE)).isEmpty();
    }

    @Test
    void anAddressTriesThirtyTimesAsWhomever() {
        for (int i = 0; i < 30; i++) {
            assertThat(limits.attempt("10.0.0.1", "user" + i, 0)).isEmpty();
        }
        assertThat(limits.attempt("10.0.0.1", "anna", MINUTE)).contains(Duration.ofMinutes(4));
        assertThat(limits.attempt("10.0.0.2", "anna", MINUTE)).isEmpty();
    }

    @Test
    void whoeverDidSignInStartsAnew() {
        for (int i = 0; i < 10; i++) {
            limits.attempt("10.0.0." + i, "anna", 0);
        }
        limits.succeeded("anna");
        assertThat(limits.attempt("10.0.0.9", "anna", 1)).isEmpty();
    }
}
