package dev.millrace.web.access;

import dev.millrace.web.http.Doorkeeper;
import dev.millrace.web.http.Incoming;
import dev.millrace.web.http.Problem;
import dev.millrace.web.http.Refused;
import dev.millrace.web.http.Who;

import java.util.Locale;
import java.util.Optional;

/**
 * Knows people and programs: by a token in {@code Authorization: Bearer}, else by the host
 * application, else by the cookie of a session. Thread-safe.
 */
public final class Door implements Doorkeeper {
    private static final String BEARER = "bearer ";

    private final LiveRules rules;
    private final Sessions sessions;
    private final Optional<Authenticator> authenticator;

    /** A door. */
    public Door(LiveRules rules, Sessions sessions, Optional<Authenticator> authenticator) {
        this.rules = rules;
        this.sessions = sessions;
        this.authenticator = authenticator;
    }

    @Override
    public Who who(Incoming incoming) {
        Optional<String> said = incoming.header("Authorization");
        if (said.isPresent() && said.get().toLowerCase(Locale.ROOT).startsWith(BEARER)) {
            Optional<Who> program = token(said.get().substring(BEARER.length()).strip());
            if (program.isPresent()) {
                return program.get();
            }
            return authenticator.flatMap(own -> own.who(incoming)).orElseThrow(Door::badToken);
        }
        return authenticator
                .flatMap(own -> own.who(incoming))
                .or(() -> sessions.who(incoming))
                .orElseGet(Who::nobody);
    }

    /** Found by the hash of what was said, so that the time tells nothing of the secrets. */
    private Optional<Who> token(String secret) {
        return Optional.ofNullable(rules.now().tokens().get(Secrets.hash(secret)))
                .map(token -> Who.token(token.name(), token.grants()));
    }

    private static Refused badToken() {
        return new Refused(
                Problem.of(401, "bad-token", "this token is not known; nothing was done")
                        .header(
                                "WWW-Authenticate",
                                "Bearer realm=\"millrace\", error=\"invalid_token\""));
    }
}
