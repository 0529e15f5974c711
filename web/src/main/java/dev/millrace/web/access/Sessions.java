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
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Who is signed in, in every process on the same store. A browser keeps a secret in a cookie, the
 * store its hash. What is open by a session ends soon after it. Thread-safe; a look costs one round
 * trip for each cookie of the name. Started once, closed once.
 */
public final class Sessions implements AutoCloseable {
    /** What unsafe requests that carry the cookie must carry as well. */
    public static final String CSRF_HEADER = "X-Millrace-CSRF";

    private final LiveRules rules;
    private final AccessStore store;
    private final Clock clock;
    private final RandomGenerator random;
    private final AuditLog audit;
    private final Cookies cookies;
    private final Stays stays;
    private final Passwords passwords = new Passwords();
    private final SignInLimits limits = new SignInLimits();

    /**
     * Sessions of the users in the rules.
     *
     * @param audit is told of those who were not let in
     */
    public Sessions(
            LiveRules rules,
            AccessStore store,
            Clock clock,
            RandomGenerator random,
            AuditLog audit,
            Cookies cookies) {
        this.audit = audit;
        this.cookies = cookies;
        this.stays = new Stays(hash -> holder(hash).isPresent(), random);
        this.rules = rules;
        this.store = store;
        this.clock = clock;
        this.random = random;
    }

    /** Begins to look whether sessions still hold by which something is open. */
    public void start() {
        stays.start();
    }

    @Override
    public void close() {
        stays.close();
    }

    /** The cookies in which browsers keep sessions. */
    public Cookies cookies() {
        return cookies;
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
     * @throws Refused with 409 when there is nobody who could, 401 when user or password is wrong,
     *     429 after too many tries
     */
    public Opened open(String user, String password, String address) throws InterruptedException {
        Map<String, AccessRules.User> users = rules.now().users();
        AccessRules.User known = users.get(user);
        if (users.isEmpty()) {
            throw new Refused(
                    Problem.of(409, "no-users", "no users are configured, so nobody can sign in")
                            .expectedGot("users in the access file", "none"));
        }
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
        AccessRules.User checked = known == null ? inPlaceOf(user, users) : known;
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
                        Secrets.hash(secret),
                        user,
                        known.stamp(),
                        now,
                        now.plus(rules.atStart().session())));
        return new Opened(secret, who(known, secret));
    }

    /** Whose hash is checked when a user is not known; for one name always the same one's. */
    private AccessRules.User inPlaceOf(String unknown, Map<String, AccessRules.User> users) {
        List<AccessRules.User> all =
                users.values().stream()
                        .sorted(Comparator.comparing(AccessRules.User::name))
                        .toList();
        return all.get(Math.floorMod(unknown.hashCode(), all.size()));
    }

    /** Ends the session of a request, if it has one, and what is open by it. */
    public void close(Incoming incoming) {
        for (String secret : cookies.secrets(incoming)) {
            String hash = Secrets.hash(secret);
            store.signOut(hash);
            stays.end(hash);
        }
    }

    /**
     * Has something that is open end soon after the session of a request has.
     *
     * @param end ends it; must be quick
     * @return to be closed when it has ended
     */
    public Stays.Stay stay(Incoming incoming, Runnable end) {
        return found(incoming)
                .map(found -> stays.enter(Secrets.hash(found.secret()), end))
                .orElse(Stays.NONE);
    }

    /**
     * Whose session a request has; empty when it has none that holds.
     *
     * @throws Refused with 403 when it changes something and the header is missing
     */
    Optional<Who> who(Incoming incoming) {
        return found(incoming)
                .map(found -> who(found.user(), found.secret()))
                .map(who -> checked(incoming, who));
    }

    private record Found(AccessRules.User user, String secret) {}

    /** Of several cookies the first that is a session's. */
    private Optional<Found> found(Incoming incoming) {
        return cookies.secrets(incoming).stream()
                .flatMap(secret ->
                        holder(Secrets.hash(secret)).map(user -> new Found(user, secret)).stream())
                .findFirst();
    }

    private Optional<AccessRules.User> holder(String hash) {
        return store.signedIn(hash, clock.instant()).flatMap(this::user);
    }

    /** As they stand in the rules now: who is no longer there, or has another password, is out. */
    private Optional<AccessRules.User> user(SignIn session) {
        return Optional.ofNullable(rules.now().users().get(session.user()))
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
}
