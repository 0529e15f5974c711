package dev.millrace.web.api;

import dev.millrace.web.access.Sessions;
import dev.millrace.web.http.Method;
import dev.millrace.web.http.Need;
import dev.millrace.web.http.Request;
import dev.millrace.web.http.Response;
import dev.millrace.web.http.Route;
import dev.millrace.web.http.Trace;
import dev.millrace.web.job.SignInBody;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** Signing in and out. */
final class SessionRoutes {
    private static final int MAX_BODY_BYTES = 8 << 10;

    private final Sessions sessions;
    private final Duration lasts;

    /**
     * @param lasts how long a session does
     */
    SessionRoutes(Sessions sessions, Duration lasts) {
        this.sessions = sessions;
        this.lasts = lasts;
    }

    List<Route> routes() {
        return List.of(
                Route.of(
                                Need.nothing(),
                                Method.POST,
                                Api.V1 + "/session",
                                "signIn",
                                "Sign in; the answer sets a cookie.",
                                this::open)
                        .reads(Route.Body.json(MAX_BODY_BYTES, SignInBody.SHAPE))
                        .traced(Trace.NEVER)
                        .answers(200, MeRoutes.ME, "Who signed in.")
                        .refuses(401, "wrong-password", "User or password is not right.")
                        .refuses(409, "no-users", "There is nobody who could sign in.")
                        .refuses(429, "too-many-sign-ins", "It was tried too often."),
                Route.of(
                                Need.anybody(),
                                Method.DELETE,
                                Api.V1 + "/session",
                                "signOut",
                                "Sign out; without a session nothing happens.",
                                this::close)
                        .answers(Route.Answer.empty(204, "Signed out, in every process.")));
    }

    private Response open(Request request) throws IOException, InterruptedException {
        SignInBody body = JobRoutes.refusing(() -> SignInBody.read(request.text()));
        Sessions.Opened opened =
                sessions.open(body.user(), body.password(), request.incoming().address());
        // a session that the browser had before, whosever it was, ends with this one
        sessions.close(request.incoming());
        request.became(opened.who());
        request.tell("session", null, null);
        request.traced(true);
        return Response.json(200, MeRoutes.json(opened.who(), false))
                .with(
                        "Set-Cookie",
                        sessions.cookies()
                                .set(request.incoming(), opened.secret(), lasts.toSeconds()));
    }

    private Response close(Request request) {
        sessions.close(request.incoming());
        request.tell("session", null, null);
        request.traced(!request.who().name().isEmpty());
        return Response.empty(204)
                .with("Set-Cookie", sessions.cookies().set(request.incoming(), "", 0));
    }
}
