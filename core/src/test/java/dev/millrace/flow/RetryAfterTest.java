package dev.millrace.flow;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.net.http.HttpHeaders;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** What a server says of when to come again. */
class RetryAfterTest {
    private static final Instant NOW = Instant.parse("2015-10-21T07:30:00Z");
    private static final Duration MOST = Duration.ofHours(1);

    @ParameterizedTest
    @CsvSource({
        "7, PT7S",
        "' 0 ', PT0S",
        "999999999999, PT1H",
        "'Wed, 21 Oct 2015 07:28:05 GMT', PT5S",
        "'Wed, 21 Oct 2015 07:27:05 GMT', PT0S",
        "'Sun, 21 Oct 2035 07:28:05 GMT', PT1H"
    })
    void secondsOrADateByTheServersOwnClockWithinTheBound(String after, Duration wait) {
        var headers =
                Map.of(
                        "Retry-After",
                        List.of(after),
                        "Date",
                        List.of("Wed, 21 Oct 2015 07:28:00 GMT"));
        assertThat(RetryAfter.of(HttpHeaders.of(headers, (name, value) -> true), NOW, MOST))
                .contains(wait);
    }

    @Test
    void withoutAServersClockADateIsReadByOurs() {
        var headers = Map.of("Retry-After", List.of("Wed, 21 Oct 2015 07:30:09 GMT"));
        assertThat(RetryAfter.of(HttpHeaders.of(headers, (name, value) -> true), NOW, MOST))
                .contains(Duration.ofSeconds(9));
    }

    @ParameterizedTest
    @CsvSource({"soon", "-1", "1.5", "''"})
    void whatCannotBeReadSaysNothing(String after) {
        var headers = Map.of("Retry-After", List.of(after));
        assertThat(RetryAfter.of(HttpHeaders.of(headers, (name, value) -> true), NOW, MOST))
                .isEmpty();
    }
}
