package dev.millrace.web.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;

class SharesTest {
    private static int taken(Shares shares, String caller) {
        int taken = 0;
        while (shares.take(caller, 1)) {
            taken++;
        }
        return taken;
    }

    @Test
    void nobodyGetsMoreThanTheyLeaveToOthers() {
        var shares = new Shares(100);
        assertThat(taken(shares, "anna")).isEqualTo(50);
        assertThat(taken(shares, "bob")).isEqualTo(25);
        assertThat(taken(shares, "carl")).isPositive();
        assertThat(taken(shares, "dora")).isPositive();
    }

    @Test
    void whoeverIsAloneWithNoNameMayHaveItAll() {
        var shares = new Shares(100);
        assertThat(taken(shares, Shares.ANYBODY)).isEqualTo(100);
        assertThat(shares.take("anna", 1)).isFalse();
        shares.give(Shares.ANYBODY, 2);
        assertThat(shares.take("anna", 1)).isTrue();
        assertThat(new Shares(1).take("anna", 1)).isTrue();
    }

    @Test
    void whatIsGivenBackGoesToWhoeverWaits() throws Exception {
        var shares = new Shares(10);
        assertThat(shares.take("anna", 5)).isTrue();
        assertThat(shares.take("anna", 5, Duration.ZERO)).isFalse();
        var waiting =
                Thread.ofVirtual()
                        .start(() -> {
                            try {
                                shares.take("anna", 4, Duration.ofMinutes(1));
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        });
        shares.give("anna", 5);
        assertThat(waiting.join(Duration.ofSeconds(30))).isTrue();
        shares.give("anna", 4);
        assertThat(taken(shares, Shares.ANYBODY)).isEqualTo(10);
    }
}
