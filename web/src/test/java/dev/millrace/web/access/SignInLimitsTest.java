package dev.millrace.web.access;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;

class SignInLimitsTest {
    private static final long MINUTE = Duration.ofMinutes(1).toNanos();

    private final SignInLimits limits = new SignInLimits();

    @Test
    void aUserIsTriedTenTimesInFiveMinutesFromAnAddress() {
        for (int i = 0; i < 10; i++) {
            assertThat(limits.attempt("10.0.0.1", "anna", 0)).isEmpty();
        }
        assertThat(limits.attempt("10.0.0.1", "anna", 2 * MINUTE)).contains(Duration.ofMinutes(3));
        assertThat(limits.attempt("10.0.0.1", "bob", 2 * MINUTE)).isEmpty();
        assertThat(limits.attempt("10.0.1.1", "anna", 2 * MINUTE)).isEmpty();
        assertThat(limits.attempt("10.0.0.1", "anna", 5 * MINUTE)).isEmpty();
    }

    @Test
    void nobodyLocksAUserOutOfWhereTheyAreAtHome() {
        assertThat(limits.attempt("192.0.2.1", "anna", 0)).isEmpty();
        limits.succeeded("192.0.2.1", "anna");
        int tries = 0;
        while (limits.attempt("10.0." + tries / 10 + ".1", "anna", MINUTE).isEmpty()) {
            tries++;
        }
        assertThat(tries).as("and one was made at home").isEqualTo(99);
        assertThat(limits.attempt("10.9.9.9", "anna", 30 * MINUTE)).as("elsewhere").isPresent();
        assertThat(limits.attempt("192.0.2.1", "anna", 30 * MINUTE)).as("at home").isEmpty();
        assertThat(limits.attempt("10.9.9.9", "anna", 61 * MINUTE)).isEmpty();
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
    void aHouseholdOfAddressesIsOneAddress() {
        for (int i = 0; i < 30; i++) {
            assertThat(limits.attempt("2001:db8:1:2::" + i, "user" + i, 0)).isEmpty();
        }
        assertThat(limits.attempt("2001:db8:1:2:ffff::1", "anna", MINUTE)).isPresent();
        assertThat(limits.attempt("2001:db8:1:3::1", "anna", MINUTE)).isEmpty();
        assertThat(limits.attempt("no address", "anna", MINUTE)).isEmpty();
    }

    @Test
    void manyOthersDoNotMakeItForget() {
        for (int i = 0; i < 10; i++) {
            limits.attempt("10.0.0.1", "anna", 0);
        }
        for (int i = 0; i < 19_000; i++) {
            limits.attempt(
                    "10.%d.%d.%d".formatted(1 + i / 62_500, i / 250 % 250, i % 250), "u" + i, 0);
        }
        assertThat(limits.attempt("10.0.0.1", "anna", MINUTE)).isPresent();
    }

    @Test
    void whoeverDidSignInStartsAnew() {
        for (int i = 0; i < 10; i++) {
            limits.attempt("10.0.0.1", "anna", 0);
        }
        limits.succeeded("10.0.0.1", "anna");
        assertThat(limits.attempt("10.0.0.1", "anna", 1)).isEmpty();
    }
}
