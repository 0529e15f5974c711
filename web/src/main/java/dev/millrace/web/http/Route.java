package dev.millrace.web.http;

import dev.millrace.web.schema.Schema;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One call of the API, declared as data: what it takes of whoever asks, what it is asked, what it
 * answers, who does it. The dispatcher serves it, and the description of the API is made from it.
 * Immutable; each method answers a changed copy.
 *
 * <p>Defaults: no parameters, no body, pace {@link Pace#SHORT}, only the refusals that every route
 * has, kept in the audit log unless it is a GET.
 *
 * @param need what it takes of whoever asks
 * @param method HEAD comes with GET
 * @param template of the path, with parameters in braces: {@code /api/v1/jobs/{id}}
 * @param operation by which generated clients call it: {@code listJobs}; each once
 * @param summary one line for people
 * @param parameters of path, query and header; others of path and query are refused
 * @param body what is to be sent; empty when nothing
 * @param answers what may come back besides problems
 * @param refusals problems of its own, besides those that every route has
 * @param pace how long it takes
 * @param trace whether what it does is kept in the audit log
 * @param handler who does it
 */
public record Route(
        Need need,
        Method method,
        String template,
        String operation,
        String summary,
        List<Parameter<?>> parameters,
        Optional<Body> body,
        List<Answer> answers,
        List<Refusal> refusals,
        Pace pace,
        Trace trace,
        Handler handler) {

    /** Does what a route says. */
    @FunctionalInterface
    public interface Handler {
        /**
         * Answers; may block, unless its route is instant.
         *
         * @throws Exception which becomes a problem: {@link Refused} the one it carries, a {@code
         *     MillraceException} the one of its code
         */
        Response answer(Request request) throws Exception;
    }

    /**
     * What a route is to be sent.
     *
     * @param contentTypes of which one must be said
     * @param maxBytes the longest accepted; {@link Long#MAX_VALUE} for streams without end
     * @param schema what is sent, or each line of it
     */
    public record Body(List<String> contentTypes, long maxBytes, Schema schema) {
        /** Copies the types. */
        public Body {
            contentTypes = List.copyOf(contentTypes);
        }

        /** Whether it has no end known before, and is read as it comes. */
        boolean isStream() {
            return maxBytes == Long.MAX_VALUE;
        }

        /** JSON up to a length. */
        public static Body json(long maxBytes, Schema schema) {
            return new Body(List.of("application/json"), maxBytes, schema);
        }
    }

    /**
     * What a route may answer.
     *
     * @param status the HTTP status
     * @param contentType empty when there is no body
     * @param schema what comes back; {@link Schema#any} when there is no body
     * @param events of a stream of server-sent events, by type: what their data is
     * @param description for people
     */
    public record Answer(
            int status,
            String contentType,
            Schema schema,
            Map<String, Schema> events,
            String description) {
        /** Copies the events. */
        public Answer {
            events = Map.copyOf(events);
        }

        /** An answer without a body. */
        public static Answer empty(int status, String description) {
            return new Answer(status, "", Schema.any(), Map.of(), description);
        }

        /** A text that is no JSON. */
        public static Answer text(int status, String contentType, String description) {
            return new Answer(status, contentType, Schema.text(), Map.of(), description);
        }

        /** A stream of server-sent events. */
        public static Answer stream(Map<String, Schema> events, String description) {
            return new Answer(200, "text/event-stream", Schema.text(), events, description);
        }
    }

    /**
     * A problem that a route may answer.
     *
     * @param status the HTTP status
     * @param code what programs go by: {@code no-such-job}
     * @param when for people
     */
    public record Refusal(int status, String code, String when) {}

    /** How long a route takes, and so on what it runs and against which bound it counts. */
    public enum Pace {
        /** Answers from memory, on the server's own thread: even while everything else is busy. */
        INSTANT,
        /** Says how the process is: with places of its own, even while everything else is busy. */
        CHECK,
        /** Some work of the store. */
        SHORT,
        /** Waits for something, where its parameter {@code wait} says so; short else. */
        WAIT,
        /** Waits for work. */
        CLAIM,
        /** Sends what happens, as it happens. */
        STREAM,
        /** The same of one thing, which is looked at for it. */
        FOLLOW,
        /** Works through as much as it is given or finds. */
        BULK
    }

    /** Copies the lists. */
    public Route {
        parameters = List.copyOf(parameters);
        answers = List.copyOf(answers);
        refusals = List.copyOf(refusals);
    }

    /** A route with every default. */
    public static Route of(
            Need need,
            Method method,
            String template,
            String operation,
            String summary,
            Handler handler) {
        return new Route(
                need,
                method,
                template,
                operation,
                summary,
                List.of(),
                Optional.empty(),
                List.of(),
                List.of(),
                Pace.SHORT,
                method == Method.GET ? Trace.NEVER : Trace.ACTIONS,
                handler);
    }

    /** The same taking more parameters. */
    public Route takes(Parameter<?>... more) {
        var all = new ArrayList<>(parameters);
        all.addAll(Arrays.asList(more));
        return with(all, body, answers, refusals, pace, trace);
    }

    /** The same reading a body. */
    public Route reads(Body newBody) {
        return with(parameters, Optional.of(newBody), answers, refusals, pace, trace);
    }

    /** The same with one more answer in JSON. */
    public Route answers(int status, Schema schema, String description) {
        return answers(new Answer(status, "application/json", schema, Map.of(), description));
    }

    /** The same with one more answer. */
    public Route answers(Answer answer) {
        var all = new ArrayList<>(answers);
        all.add(answer);
        return with(parameters, body, all, refusals, pace, trace);
    }

    /** The same with one more problem of its own. */
    public Route refuses(int status, String code, String when) {
        return refuses(new Refusal(status, code, when));
    }

    /** The same with more problems of its own. */
    public Route refuses(Refusal... more) {
        var all = new ArrayList<>(refusals);
        all.addAll(Arrays.asList(more));
        return with(parameters, body, answers, all, pace, trace);
    }

    /** The same at another pace. */
    public Route pace(Pace newPace) {
        return with(parameters, body, answers, refusals, newPace, trace);
    }

    /** The same, kept in the audit log in other cases. */
    public Route traced(Trace newTrace) {
        return with(parameters, body, answers, refusals, pace, newTrace);
    }

    /** The same, answered by something else. */
    public Route handledBy(Handler other) {
        return new Route(
                need,
                method,
                template,
                operation,
                summary,
                parameters,
                body,
                answers,
                refusals,
                pace,
                trace,
                other);
    }

    /** Whether it changes nothing. */
    public boolean isSafe() {
        return method == Method.GET;
    }

    private Route with(
            List<Parameter<?>> newParameters,
            Optional<Body> newBody,
            List<Answer> newAnswers,
            List<Refusal> newRefusals,
            Pace newPace,
            Trace newTrace) {
        return new Route(
                need,
                method,
                template,
                operation,
                summary,
                newParameters,
                newBody,
                newAnswers,
                newRefusals,
                newPace,
                newTrace,
                handler);
    }
}
