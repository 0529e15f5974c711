package dev.millrace.flow;

import java.net.http.HttpHeaders;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/** How long a server asks its callers to wait: RFC 9110, section 10.2.3. */
public final class RetryAfter {
    private RetryAfter() {}

    /**
     * The wait that the headers ask for, zero to {@code most}; empty when they ask for none or
     * cannot be read. A date is compared with the server's own {@code Date} where it gives one, so
     * that its clock need not agree with ours.
     */
    public static Optional<Duration> of(HttpHeaders headers, Instant now, Duration most) {
        return headers.firstValue("retry-after")
                .map(String::strip)
                .flatMap(value -> wait(value, headers, now))
                .map(wait -> wait.isNegative() ? Duration.ZERO : wait)
                .map(wait -> wait.compareTo(most) > 0 ? most : wait);
    }

    private static Optional<Duration> wait(String value, HttpHeaders headers, Instant now) {
        if (value.matches("[0-9]{1,12}")) {
            return Optional.of(Duration.ofSeconds(Long.parseLong(value)));
        }
        Instant theirs = headers.firstValue("date").flatMap(RetryAfter::date).orElse(now);
        return date(value).map(until -> Duration.between(theirs, until));
    }

    private static Optional<Instant> date(String text) {
        try {
            return Optional.of(
                    ZonedDateTime.parse(text.strip(), DateTimeFormatter.RFC_1123_DATE_TIME)
                            .toInstant());
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }
}
