package dev.millrace.web.api;

import dev.millrace.web.access.Sessions;
import dev.millrace.web.http.Method;
import dev.millrace.web.http.Mount;
import dev.millrace.web.http.Need;
import dev.millrace.web.http.Problem;
import dev.millrace.web.http.Refused;
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
    private final boolean users;
    private final Mount mount;
    private final Duration lasts;

    /**
     * @param users whether there is anybody who could sign in
     * @param lasts how long a session does
     */
    SessionRoutes(Sessions sessions, boolean users, Mount mount, Duration lasts) {
        this.sessions = sessions;
        this.users = users;
        this.mount = mount;
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
        if (!users) {
            throw new Refused(
                    Problem.of(409, "no-users", "no users are configured, so nobody can sign in")
                            .expectedGot("users in the access file", "none"));
        }
        SignInBody body = JobRoutes.refusing(() -> SignInBody.read(request.text()));
        Sessions.Opened opened =
                sessions.open(body.user(), body.password(), request.incoming().address());
        // a session that the browser had before, whosever it was, ends with this one
        sessions.close(request.incoming());
        request.became(opened.who());
        request.tell("session", null, null);
        request.traced(true);
        return Response.json(200, MeRoutes.json(opened.who(), false))
                .with("Set-Cookie", cookie(request, opened.secret(), lasts.toSeconds()));
    }

    private Response close(Request request) {
        sessions.close(request.incoming());
        request.tell("session", null, null);
        request.traced(!request.who().name().isEmpty());
        return Response.empty(204).with("Set-Cookie", cookie(request, "", 0));
    }

    private String cookie(Request request, String secret, long seconds) {
        return "%s=%s; Path=%s; Max-Age=%d; HttpOnly; SameSite=Strict%s"
                .formatted(
                        Sessions.COOKIE,
                        secret,
                        mount.path().isEmpty() ? "/" : mount.path(),
                        seconds,
                        request.incoming().isSecure() ? "; Secure" : "");
    }
}
