package dev.millrace.web.access;

import dev.millrace.store.AccessStore;
import dev.millrace.store.SignIn;
import dev.millrace.web.http.Incoming;
import dev.millrace.web.http.Problem;
import dev.millrace.web.http.Refused;
import dev.millrace.web.http.Who;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Who is signed in, in every process on the same store. A browser keeps a secret in a cookie, the
 * store its hash. Thread-safe; a look costs one round trip.
 */
public final class Sessions {
    /** The name of the cookie. */
    public static final String COOKIE = "millrace";

    /** What unsafe requests that carry the cookie must carry as well. */
    public static final String CSRF_HEADER = "X-Millrace-CSRF";

    private static final int LONGEST_SECRET = 100;

    private final AccessRules rules;
    private final AccessStore store;
    private final Clock clock;
    private final RandomGenerator random;
    private final AuditLog audit;
    private final Passwords passwords = new Passwords();
    private final SignInLimits limits = new SignInLimits();

    /**
     * Sessions of the users in the rules.
     *
     * @param audit is told of those who were not let in
     */
    public Sessions(
            AccessRules rules,
            AccessStore store,
            Clock clock,
            RandomGenerator random,
            AuditLog audit) {
        this.audit = audit;
        this.rules = rules;
        this.store = store;
        this.clock = clock;
        this.random = random;
    }

    /**
     * A session that has begun.
     *
     * @param secret for the cookie
     * @param who signed in
     */
    public record Opened(String secret, Who who) {}

    /**
     * Begins a session. A user that is not known takes as long as one that is.
     *
     * @throws Refused with 401 when user or password is wrong, 429 after too many tries
     */
    public Opened open(String user, String password, String address) throws InterruptedException {
        AccessRules.User known = rules.users().get(user);
        String name = known == null ? "" : user;
        limits.attempt(address, user, System.nanoTime())
                .ifPresent(wait -> {
                    audit.refused(name, address, "too-many-sign-ins");
                    throw new Refused(
                            Problem.of(
                                            429,
                                            "too-many-sign-ins",
                                            "signing in was tried too often; nothing was checked")
                                    .retryAfter(wait));
                });
        AccessRules.User checked = known == null ? inPlaceOf(user) : known;
        boolean right =
                passwords
                        .matches(password, checked.hash())
                        .orElseThrow(() ->
                                new Refused(
                                        Problem.of(503, "busy", "too many sign in at once")
                                                .retryAfter(Duration.ofSeconds(5))));
        if (known == null || !right) {
            audit.refused(name, address, "wrong-password");
            throw new Refused(
                    Problem.of(401, "wrong-password", "user or password is not right")
                            .header("WWW-Authenticate", "Bearer realm=\"millrace\""));
        }
        limits.succeeded(address, user);
        Instant now = clock.instant();
        String secret = Secrets.create(random);
        store.signIn(
                new SignIn(
                        Secrets.hash(secret), user, known.stamp(), now, now.plus(rules.session())));
        return new Opened(secret, who(known, secret));
    }

    /** Whose hash is checked when a user is not known; for one name always the same one's. */
    private AccessRules.User inPlaceOf(String unknown) {
        List<AccessRules.User> all =
                rules.users().values().stream()
                        .sorted(Comparator.comparing(AccessRules.User::name))
                        .toList();
        return all.get(Math.floorMod(unknown.hashCode(), all.size()));
    }

    /** Ends the session of a request, if it has one. */
    public void close(Incoming incoming) {
        secret(incoming).ifPresent(secret -> store.signOut(Secrets.hash(secret)));
    }

    /**
     * Whose session a request has; empty when it has none that holds.
     *
     * @throws Refused with 403 when it changes something and the header is missing
     */
    Optional<Who> who(Incoming incoming) {
        return secret(incoming)
                .flatMap(secret ->
                        store.signedIn(Secrets.hash(secret), clock.instant())
                                .flatMap(this::user)
                                .map(user -> who(user, secret)))
                .map(who -> checked(incoming, who));
    }

    /** As they stand in the rules now: who is no longer there, or has another password, is out. */
    private Optional<AccessRules.User> user(SignIn session) {
        return Optional.ofNullable(rules.users().get(session.user()))
                .filter(user -> Secrets.same(user.stamp(), session.stamp()));
    }

    private static Who who(AccessRules.User user, String secret) {
        return Who.user(user.name(), user.grants()).csrf(Secrets.csrf(secret));
    }

    private static Who checked(Incoming incoming, Who who) {
        String said = incoming.header(CSRF_HEADER).orElse("");
        if (!incoming.isSafe() && !Secrets.same(said, who.csrf())) {
            throw new Refused(
                    Problem.of(
                                    403,
                                    "csrf",
                                    "what a session changes must carry its header; nothing was"
                                            + " done")
                            .expectedGot(
                                    CSRF_HEADER + " with the csrf of GET /api/v1/me",
                                    said.isEmpty() ? "none" : "another"));
        }
        return who;
    }

    private static Optional<String> secret(Incoming incoming) {
        for (String each : incoming.header("Cookie").orElse("").split(";", 100)) {
            String cookie = each.strip();
            if (cookie.startsWith(COOKIE + "=")) {
                String secret = cookie.substring(COOKIE.length() + 1);
                return secret.isEmpty() || secret.length() > LONGEST_SECRET
                        ? Optional.empty()
                        : Optional.of(secret);
            }
        }
        return Optional.empty();
    }
}
