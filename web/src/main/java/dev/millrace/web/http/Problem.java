package dev.millrace.web.http;

import static dev.millrace.web.schema.Member.may;
import static dev.millrace.web.schema.Member.must;

import dev.millrace.web.schema.Schema;
import dev.millrace.web.text.JsonLine;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * What went wrong, as RFC 9457 writes it. Immutable.
 *
 * @param status the HTTP status
 * @param code stable and short, to program against
 * @param detail what was expected, what was got, what happens next
 * @param expected in short; {@code null} when the detail says it all
 * @param got in short
 * @param errors every fault of the input, when there are several places to look at
 * @param headers that go with it, such as {@code Allow}
 */
public record Problem(
        int status,
        String code,
        String detail,
        @Nullable String expected,
        @Nullable String got,
        List<Fault> errors,
        Map<String, String> headers) {
    /** The content type of problems. */
    public static final String CONTENT_TYPE = "application/problem+json";

    /** What is written. */
    public static final Schema SHAPE =
            Schema.object(
                    "Problem",
                    "What went wrong, by RFC 9457.",
                    must("type", Schema.text(), "A name for the kind of problem."),
                    must("title", Schema.text(), "What the status is called."),
                    must("status", Schema.count(), "The HTTP status."),
                    must("code", Schema.text(), "Stable and short, to program against."),
                    must("detail", Schema.text(), "What was expected, got, and happens next."),
                    may("expected", Schema.text(), "In short."),
                    may("got", Schema.text(), "In short."),
                    may("errors", Schema.list(Fault.SHAPE), "Every place at fault."));

    private static final int MAX_GOT = 200;

    /**
     * One place that is at fault.
     *
     * @param field the member at fault; empty when it is the whole
     * @param detail what was expected and what was got
     * @param line where the text stopped making sense, from 1
     * @param column where in that line, from 1
     */
    public record Fault(String field, String detail, OptionalInt line, OptionalInt column) {
        static final Schema SHAPE =
                Schema.object(
                        "Fault",
                        "A place at fault.",
                        may("field", Schema.text(), "The member; left out when it is the whole."),
                        must("detail", Schema.text(), "What was expected and what was got."),
                        may("line", Schema.count(), "Where the text stopped making sense, from 1."),
                        may("column", Schema.count(), "Where in that line, from 1."));

        JsonLine json() {
            var json = new JsonLine();
            if (!field.isEmpty()) {
                json.with("field", field);
            }
            json.with("detail", detail);
            line.ifPresent(it -> json.with("line", it));
            column.ifPresent(it -> json.with("column", it));
            return json;
        }
    }

    /** Copies errors and headers. */
    public Problem {
        errors = List.copyOf(errors);
        headers = Map.copyOf(headers);
    }

    /** A problem without more to it. */
    public static Problem of(int status, String code, String detail) {
        return new Problem(status, code, detail, null, null, List.of(), Map.of());
    }

    /** The same with what was expected and got; of a long text only the beginning. */
    public Problem expectedGot(String newExpected, String newGot) {
        String shown = newGot.length() > MAX_GOT ? newGot.substring(0, MAX_GOT) + "…" : newGot;
        return new Problem(status, code, detail, newExpected, shown, errors, headers);
    }

    /** The same with every fault. */
    public Problem errors(List<Fault> faults) {
        return new Problem(status, code, detail, expected, got, faults, headers);
    }

    /** The same with a header. */
    public Problem header(String name, String value) {
        var more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return new Problem(status, code, detail, expected, got, errors, more);
    }

    /** The same, to be tried again after a while; whole seconds, at least one. */
    public Problem retryAfter(Duration wait) {
        return header("Retry-After", Long.toString(Math.max(1, wait.toSeconds())));
    }

    /** As programs read it. */
    public JsonLine json() {
        var json =
                new JsonLine()
                        .with("type", "urn:millrace:problem:" + code)
                        .with("title", Status.title(status))
                        .with("status", status)
                        .with("code", code)
                        .with("detail", detail)
                        .withKnown("expected", expected)
                        .withKnown("got", got);
        if (!errors.isEmpty()) {
            List<JsonLine> faults = new ArrayList<>();
            errors.forEach(each -> faults.add(each.json()));
            json.with("errors", faults);
        }
        return json;
    }

    /** As an answer. */
    public Response response() {
        Response answer =
                new Response.Whole(
                        status,
                        Map.of("Content-Type", CONTENT_TYPE),
                        json().toString().getBytes(StandardCharsets.UTF_8));
        for (var header : headers.entrySet()) {
            answer = answer.with(header.getKey(), header.getValue());
        }
        return answer;
    }
}
