package dev.millrace.web.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.millrace.job.MillraceException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

@Timeout(60)
class LiveRulesTest {
    @TempDir Path directory;

    private static String token(String name) {
        return "token %s sha256:%s viewer".formatted(name, Secrets.hash(name));
    }

    private static boolean knows(LiveRules rules, String name) {
        return rules.now().tokens().containsKey(Secrets.hash(name));
    }

    @Test
    void aChangedFileHoldsAndABadOneChangesNothing() throws IOException {
        Path file = directory.resolve("access.txt");
        Files.write(file, List.of(token("one")));
        var rules = LiveRules.of(file);
        assertThat(knows(rules, "one")).isTrue();
        Files.write(file, List.of(token("one"), token("two")));
        await().until(() -> knows(rules, "two"));

        for (List<String> bad : List.of(List.of("token bad"), List.of("# nobody is left"))) {
            Files.write(file, bad);
            await().until(rules::isCurrent);
            assertThat(knows(rules, "one")).as("after %s", bad).isTrue();
        }
        Files.delete(file);
        await().until(rules::isCurrent);
        assertThat(knows(rules, "one")).as("without the file").isTrue();
        Files.write(file, List.of(token("three")));
        await().until(() -> knows(rules, "three") && !knows(rules, "one"));
        assertThat(rules.atStart().tokens()).containsOnlyKeys(Secrets.hash("one"));
    }

    @Test
    void aProcessDoesNotStartWithoutOrWithABadOne() throws IOException {
        Path file = directory.resolve("access.txt");
        assertThatThrownBy(() -> LiveRules.of(file)).isInstanceOf(NoSuchFileException.class);
        Files.write(file, List.of("token bad"));
        assertThatThrownBy(() -> LiveRules.of(file)).isInstanceOf(MillraceException.class);
    }
}
