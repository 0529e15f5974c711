package dev.millrace.web.access;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Passwords that many have checked at once. */
class PasswordsTest {
    private static final int MANY = 100;

    @Test
    @Timeout(60)
    void fewWaitAndTheOthersAreToldAtOnce() throws Exception {
        var passwords = new Passwords();
        String hash = Passwords.hash("correct horse", new Random(1));
        var together = new CyclicBarrier(MANY);
        List<Future<Optional<Boolean>>> asked = new ArrayList<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < MANY; i++) {
                asked.add(
                        threads.submit(() -> {
                            together.await();
                            return passwords.matches("correct horse", hash);
                        }));
            }
        }
        int turnedAway = 0;
        for (var each : asked) {
            Optional<Boolean> right = each.get();
            turnedAway += right.isEmpty() ? 1 : 0;
            assertThat(right.orElse(true)).isTrue();
        }
        assertThat(turnedAway).isBetween(1, MANY - 32);
        assertThat(passwords.matches("wrong horse", hash)).contains(false);
    }
}
