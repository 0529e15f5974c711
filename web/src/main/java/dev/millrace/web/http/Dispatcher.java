package dev.millrace.web.http;

import static java.util.stream.Collectors.toUnmodifiableSet;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * From a request as it comes to an answer as it goes, whatever happens: every failure is a problem.
 * Checks host and origin, finds the route, reads parameters, bounds how many requests there are at
 * once. Thread-safe.
 */
public final class Dispatcher {
    private static final String OPTIONS = "OPTIONS";

    private static final int FEWEST_BYTES = 8 << 20;
    private static final int MOST_BYTES = 256 << 20;

    /** What a body becomes on its way is several times its size, and an answer was. */
    private static final int HEAP_SHARE = 24;

    private final Router router;
    private final Function<String, Optional<Response>> files;
    private final Entry entry;
    private final Gate gate;
    private final Meters meters;
    private final Set<String> instant;

    /**
     * What a request has to pass before its route.
     *
     * @param mount where the server stands for its clients
     * @param guard refuses what pages of other sites make browsers send
     * @param doorkeeper knows who asks
     * @param witness is told what was done
     */
    public record Entry(Mount mount, Guard guard, Doorkeeper doorkeeper, Witness witness) {}

    /**
     * A dispatcher.
     *
     * @param files answers a path that is no route's with a file, if there is one of that name;
     *     asked with the decoded path, which begins with a slash
     * @param entry what a request has to pass
     * @param mostShort requests at once that take some work of the store
     * @param mostLong requests at once of each sort that takes long
     */
    public Dispatcher(
            Router router,
            Function<String, Optional<Response>> files,
            Entry entry,
            Meters meters,
            int mostShort,
            int mostLong) {
        this.router = router;
        this.files = files;
        this.entry = entry;
        this.meters = meters;
        this.instant =
                router.routes().stream()
                        .filter(each -> each.pace() == Route.Pace.INSTANT)
                        .map(Route::template)
                        .collect(toUnmodifiableSet());
        long share = Runtime.getRuntime().maxMemory() / HEAP_SHARE;
        long bytes = Math.clamp(share, FEWEST_BYTES, MOST_BYTES);
        this.gate = new Gate(mostShort, mostLong, bytes, bytes);
    }

    /** Whether the answer comes from memory, so that the server's own thread may give it. */
    public boolean isInstant(Incoming incoming) {
        String path = incoming.path();
        String mounted = entry.mount().path();
        return path.startsWith(mounted)
                && instant.contains(path.substring(mounted.length()))
                && isLooking(incoming);
    }

    /**
     * Answers. Until {@link Answered#close} the request counts as inside.
     *
     * @throws IOException when the client is gone
     */
    public Answered answer(Incoming sent) throws IOException {
        var visit = new Visit(gate);
        long began = System.nanoTime();
        Optional<Incoming> entered = entry.mount().enter(sent);
        if (entered.isEmpty()) {
            Response elsewhere =
                    entry.mount().lacksSlash(sent)
                            ? Response.empty(308).with("Location", "/")
                            : nothingAt(sent.path());
            return new Answered(this, visit, finished(sent, elsewhere), sent.method(), began);
        }
        Incoming incoming = entered.get();
        try {
            Response response = finished(incoming, worked(incoming, visit));
            if (response instanceof Response.Whole whole) {
                response = weighed(incoming, whole, visit);
                visit.leavePlace();
            }
            return new Answered(this, visit, response, incoming.method(), began);
        } catch (Throwable e) {
            visit.end();
            throw e;
        }
    }

    private Response worked(Incoming incoming, Visit visit) throws IOException {
        try {
            checkPath(incoming);
            entry.guard().check(incoming);
            List<String> path = Percent.segments(incoming.path());
            return switch (router.find(incoming.method(), path)) {
                case Router.Found.Here here -> handled(incoming, here, visit);
                case Router.Found.OtherMethod other -> otherMethod(incoming, other);
                case Router.Found.Nowhere n -> file(incoming, path);
            };
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            return Problems.of(e).response();
        }
    }

    /** Answers that wait for slow clients to take them do not fill the memory. */
    private Response weighed(Incoming incoming, Response.Whole answer, Visit visit) {
        try {
            visit.loadAnswer(answer.body().length);
            return answer;
        } catch (Refused | InterruptedException e) {
            return finished(incoming, Problems.of(e).response());
        }
    }

    private Response handled(Incoming incoming, Router.Found.Here here, Visit visit)
            throws Exception {
        Route route = here.route();
        visit.begin(route);
        Who who = Admission.who(entry.doorkeeper(), incoming, route);
        visit.by(who, incoming);
        Request request = request(incoming, here, who, visit);
        Optional<Route.Body> whole = route.body().filter(body -> !body.isStream());
        if (whole.isPresent()) {
            visit.placeOfBody(who);
            request.take(BodyReader.read(incoming, whole.get().maxBytes(), visit));
        }
        visit.place(request.pace());
        return Testimony.of(request, entry.witness());
    }

    private Response finished(Incoming incoming, Response response) {
        Response full = standing(Etag.unlessKnown(incoming, response));
        String location = full.headers().get("Location");
        if (location != null) {
            full = full.with("Location", entry.mount().outside(location));
        }
        return Compression.of(incoming, entry.guard().cors().on(incoming, full));
    }

    /** Lets nobody in any more; whoever is inside may end. */
    public void close() {
        gate.close();
    }

    /** Waits until every request has ended; answers whether they did in time. */
    public boolean awaitEnd(Duration patience) throws InterruptedException {
        return gate.awaitEmpty(patience);
    }

    /** Requests that have not ended. */
    public int inside() {
        return gate.inside();
    }

    /** Whether it was closed. */
    public boolean isClosed() {
        return gate.isClosed();
    }

    private static void checkPath(Incoming incoming) {
        if (!incoming.path().startsWith("/")) {
            throw new Refused(
                    Problem.of(400, "invalid-path", "a path must begin with a slash")
                            .expectedGot("/…", incoming.path()));
        }
    }

    private Request request(Incoming incoming, Router.Found.Here here, Who who, Visit visit) {
        Route route = here.route();
        String query = incoming.query();
        Map<String, String> said = query == null ? Map.of() : Percent.query(query);
        var values = new HashMap<Parameter<?>, Object>();
        for (Parameter<?> parameter : route.parameters()) {
            String text =
                    switch (parameter.in()) {
                        case PATH -> here.path().get(parameter.name());
                        case QUERY -> said.get(parameter.name());
                        case HEADER -> incoming.header(parameter.name()).orElse(null);
                    };
            if (text != null) {
                values.put(parameter, parameter.read(text));
            }
        }
        refuseUnknown(route, said);
        route.body().ifPresent(body -> checkContent(incoming, body));
        var request =
                new Request(
                        incoming,
                        route,
                        who,
                        values,
                        visit,
                        () -> Admission.who(entry.doorkeeper(), incoming, route));
        Admission.check(request);
        return request;
    }

    private static void refuseUnknown(Route route, Map<String, String> said) {
        List<String> known =
                route.parameters().stream()
                        .filter(each -> each.in() == Parameter.In.QUERY)
                        .map(Parameter::name)
                        .toList();
        for (String name : said.keySet()) {
            if (!known.contains(name)) {
                throw new Refused(
                        Problem.of(
                                        400,
                                        "unknown-parameter",
                                        "unknown parameter '%s'".formatted(Percent.shortened(name)))
                                .expectedGot(
                                        known.isEmpty()
                                                ? "no parameters"
                                                : "one of " + String.join(", ", known),
                                        name));
            }
        }
    }

    private static void checkContent(Incoming incoming, Route.Body body) {
        String type = Request.mediaType(incoming);
        if (!body.contentTypes().contains(type)) {
            throw new Refused(
                    Problem.of(
                                    415,
                                    "wrong-content-type",
                                    "the body must be of another content type; nothing was"
                                            + " accepted")
                            .expectedGot(
                                    "Content-Type: " + String.join(" or ", body.contentTypes()),
                                    type.isEmpty() ? "none" : type)
                            .header("Accept", String.join(", ", body.contentTypes())));
        }
        String coding = incoming.header("Content-Encoding").orElse("identity");
        if (!coding.equalsIgnoreCase("identity")) {
            throw new Refused(
                    Problem.of(
                                    415,
                                    "wrong-content-encoding",
                                    "the body must not be compressed here; nothing was accepted")
                            .expectedGot("no Content-Encoding", coding)
                            .header("Accept-Encoding", "identity"));
        }
        if (incoming.length() > body.maxBytes()) {
            throw BodyReader.tooLong(body.maxBytes(), Long.toString(incoming.length()));
        }
    }

    private static Response otherMethod(Incoming incoming, Router.Found.OtherMethod other) {
        if (incoming.method().equals(OPTIONS)) {
            return Response.empty(204).with("Allow", other.allow() + ", " + OPTIONS);
        }
        return Problem.of(405, "wrong-method", "this path does not know that method")
                .expectedGot(other.allow(), incoming.method())
                .header("Allow", other.allow())
                .response();
    }

    private Response file(Incoming incoming, List<String> path) {
        String name = "/" + String.join("/", path);
        Optional<Response> file = files.apply(name);
        if (file.isEmpty()) {
            return nothingAt(name);
        }
        if (!isLooking(incoming)) {
            return otherMethod(incoming, new Router.Found.OtherMethod("GET, HEAD"));
        }
        return file.get();
    }

    private Response nothingAt(String name) {
        return Problem.of(404, "no-such-path", "there is nothing at this path")
                .expectedGot(
                        "a path of the API, below %s/api/v1".formatted(entry.mount().path()), name)
                .response();
    }

    private static boolean isLooking(Incoming incoming) {
        return incoming.method().equals("GET") || incoming.method().equals("HEAD");
    }

    /** What goes with every answer that does not say otherwise. */
    private Response standing(Response answer) {
        Response full = answer.with("X-Content-Type-Options", "nosniff");
        if (!full.headers().containsKey("Cache-Control")) {
            full = full.with("Cache-Control", "no-store");
        }
        return gate.isClosed() ? full.with("Connection", "close") : full;
    }

    /** An answer on its way out. Closed once, when it was sent or could not be. */
    public static final class Answered {
        private final Dispatcher dispatcher;
        private final Visit visit;
        private final Response response;
        private final String method;
        private final long beganNanos;

        private Answered(
                Dispatcher dispatcher, Visit visit, Response response, String method, long began) {
            this.dispatcher = dispatcher;
            this.visit = visit;
            this.response = response;
            this.method = method;
            this.beganNanos = began;
        }

        /** What to send. */
        public Response response() {
            return response;
        }

        /** The request has ended. */
        public void close() {
            dispatcher.meters.count(
                    method,
                    visit.route().map(Route::template).orElse(""),
                    response.status(),
                    System.nanoTime() - beganNanos);
            visit.end();
        }
    }
}
