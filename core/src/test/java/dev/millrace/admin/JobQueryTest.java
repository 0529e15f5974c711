package dev.millrace.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.job.JobState;
import dev.millrace.job.JsonPath;
import dev.millrace.job.MillraceException;
import dev.millrace.store.JobFilter;
import dev.millrace.store.Trait;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

final class JobQueryTest {
    @Test
    void everyQualifierIsRead() {
        var query =
                JobQuery.parse(
                        "queue:mail  kind:mail.send state:discarded tag:a/b key:tenant=acme"
                                + " key:order:17 payload.customer.id:17 payload:\"a b\" 42");
        assertThat(query.filter())
                .isEqualTo(
                        new JobFilter(
                                JobState.Name.DISCARDED,
                                "mail",
                                "mail.send",
                                "a/b",
                                "a b",
                                List.of(
                                        new Trait.Key("tenant", "acme"),
                                        new Trait.Unique("order:17"),
                                        new Trait.Payload(JsonPath.of("customer.id"), "17"))));
        assertThat(query.word()).isEqualTo("42");
        assertThat(JobQuery.parse("  ")).isEqualTo(JobQuery.ALL);
    }

    @Test
    void quotesKeepBlanksColonsAndEscapes() {
        assertThat(JobQuery.parse("\"order:17\"").word()).isEqualTo("order:17");
        assertThat(JobQuery.parse("payload.to:\"a \\\"b\\\" c:\\\\d\"").filter().traits())
                .containsExactly(new Trait.Payload(JsonPath.of("to"), "a \"b\" c:\\d"));
        assertThat(JobQuery.parse("payload.url:https://x/y").filter().traits())
                .containsExactly(new Trait.Payload(JsonPath.of("url"), "https://x/y"));
    }

    @ParameterizedTest
    @CsvSource({
        "colour:red,             knows the qualifiers queue:",
        "order:17,               quotes make it a plain word",
        "queue:,                 'queue:'",
        "state:done,             state: must be one of scheduled",
        "queue:a queue:b,        queue may be said once",
        "one two,                at most one word without qualifier",
        "one one,                at most one word without qualifier",
        "payload.:x,             names parted by dots",
        "key:=x,                 the name in key: must have 1 to 200 characters",
        "'payload:\"open',       must close its quotes",
        "queue:a*b,              queue: must consist of letters"
    })
    void whatIsNoSearchIsRefusedWithWhatWasExpected(String text, String message) {
        assertThatThrownBy(() -> JobQuery.parse(text))
                .isInstanceOf(MillraceException.class)
                .hasMessageContaining(message);
    }

    @Test
    void boundsHold() {
        assertThatThrownBy(() -> JobQuery.parse("a".repeat(1001))).hasMessageContaining("1000");
        assertThatThrownBy(() -> JobQuery.parse("a\0b")).hasMessageContaining("U+0000");
        assertThatThrownBy(() -> JobQuery.parse("key:a=b ".repeat(11))).hasMessageContaining("10");
    }

    @Test
    void aFilterIsAddedUnlessItContradicts() {
        var query = JobQuery.parse("queue:mail 7");
        var both = query.and(new JobFilter(JobState.Name.RUNNING, "mail", null, "t"));
        assertThat(both.filter())
                .isEqualTo(new JobFilter(JobState.Name.RUNNING, "mail", null, "t"));
        assertThat(both.word()).isEqualTo("7");
        assertThatThrownBy(() -> query.and(new JobFilter(null, "other", null, null)))
                .hasMessageContaining("got 'mail' and 'other'");
    }
}
