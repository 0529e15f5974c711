package dev.millrace.flow;

import dev.millrace.job.Json;
import dev.millrace.job.MillraceException;

import java.net.URI;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A page as an HTTP server answered it, whole, with a status of 2xx. Immutable but for its bytes.
 *
 * @param uri that was asked
 * @param status 200 to 299
 * @param headers as they came
 * @param body all of it, at most as much as {@link HttpPages#maxBody} allows; not to be written to
 */
@SuppressWarnings("ArrayRecordComponent") // a copy of each page's bytes would double its memory
public record HttpAnswer(URI uri, int status, HttpHeaders headers, byte[] body) {
    private static final Json JSON = new Json();

    /** One link of a Link header: RFC 8288, section 3. */
    private static final Pattern LINK =
            Pattern.compile("<([^>]*)>((?:\\s*;\\s*[^\\s=;,]+\\s*=\\s*(?:\"[^\"]*\"|[^\",;]*))*)");

    private static final Pattern NEXT =
            Pattern.compile(
                    ";\\s*rel\\s*=\\s*(?:next|\"(?:[^\"]*\\s)?next(?:\\s[^\"]*)?\")(?=\\s*(?:;|$))",
                    Pattern.CASE_INSENSITIVE);

    /** The body as UTF-8. */
    public String text() {
        return new String(body, StandardCharsets.UTF_8);
    }

    /**
     * The body as JSON.
     *
     * @throws MillraceException with {@code invalid-input} when it does not fit the type
     */
    public <T> T json(Class<T> type) {
        return JSON.read("answer of " + HttpPages.shown(uri), text(), type);
    }

    /** The target of the Link header with {@code rel="next"}, as it is written there, if any. */
    public Optional<String> nextLink() {
        for (String value : headers.allValues("link")) {
            Matcher link = LINK.matcher(value);
            while (link.find()) {
                if (NEXT.matcher(link.group(2)).find()) {
                    return Optional.of(link.group(1).strip());
                }
            }
        }
        return Optional.empty();
    }
}
