package dev.millrace.web.http;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * One call of the API, declared as data: what it is asked, what it answers, who does it. Immutable;
 * each method answers a changed copy.
 *
 * <p>Defaults: no parameters, no body, pace {@link Pace#SHORT}.
 *
 * @param method HEAD comes with GET
 * @param template of the path, with parameters in braces: {@code /api/v1/jobs/{id}}
 * @param summary one line for people
 * @param parameters of path and query; others are refused
 * @param body what is to be sent; empty when nothing
 * @param answers what may come back besides problems
 * @param pace how long it takes
 * @param handler who does it
 */
public record Route(
        Method method,
        String template,
        String summary,
        List<Parameter<?>> parameters,
        Optional<Body> body,
        List<Answer> answers,
        Pace pace,
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
     * @param schema what it describes: {@code NewJob}
     */
    public record Body(List<String> contentTypes, long maxBytes, String schema) {
        /** Copies the types. */
        public Body {
            contentTypes = List.copyOf(contentTypes);
        }
    }

    /**
     * What a route may answer.
     *
     * @param status the HTTP status
     * @param contentType empty when there is no body
     * @param schema what it describes: {@code Job}
     * @param description for people
     */
    public record Answer(int status, String contentType, String schema, String description) {}

    /** How long a route takes, and so on what it runs and against which bound it counts. */
    public enum Pace {
        /** Answers from memory, on the server's own thread: even while everything else is busy. */
        INSTANT,
        /** Some work of the store. */
        SHORT,
        /** May wait long, or streams. */
        LONG
    }

    /** Copies the lists. */
    public Route {
        parameters = List.copyOf(parameters);
        answers = List.copyOf(answers);
    }

    /** A route with every default. */
    public static Route of(Method method, String template, String summary, Handler handler) {
        return new Route(
                method,
                template,
                summary,
                List.of(),
                Optional.empty(),
                List.of(),
                Pace.SHORT,
                handler);
    }

    /** The same taking more parameters. */
    public Route takes(Parameter<?>... more) {
        var all = new ArrayList<>(parameters);
        all.addAll(Arrays.asList(more));
        return new Route(method, template, summary, all, body, answers, pace, handler);
    }

    /** The same taking a body. */
    public Route reads(Body newBody) {
        return new Route(
                method,
                template,
                summary,
                parameters,
                Optional.of(newBody),
                answers,
                pace,
                handler);
    }

    /** The same with one more answer in JSON. */
    public Route answers(int status, String schema, String description) {
        return answers(new Answer(status, "application/json", schema, description));
    }

    /** The same with one more answer. */
    public Route answers(Answer answer) {
        var all = new ArrayList<>(answers);
        all.add(answer);
        return new Route(method, template, summary, parameters, body, all, pace, handler);
    }

    /** The same at another pace. */
    public Route pace(Pace newPace) {
        return new Route(method, template, summary, parameters, body, answers, newPace, handler);
    }
}
