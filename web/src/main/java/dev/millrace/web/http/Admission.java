package dev.millrace.web.http;

/** Whether whoever asks has what a route needs. */
final class Admission {
    private Admission() {}

    /**
     * Who asks, as far as the route wants to know.
     *
     * @throws Refused with 401 when they did not say who they are and have to, 403 when the role is
     *     theirs nowhere that would do
     */
    static Who who(Doorkeeper doorkeeper, Incoming incoming, Route route) {
        return switch (route.need()) {
            case Need.Nothing n -> Who.nobody();
            case Need.Anybody a -> doorkeeper.who(incoming);
            case Need.Somewhere some -> somewhere(doorkeeper.who(incoming), some.role());
            case Need.OfQueue queue -> somewhere(doorkeeper.who(incoming), queue.role());
            case Need.Everywhere every -> {
                Who who = doorkeeper.who(incoming);
                require(
                        who,
                        who.mayEverywhere(every.role()),
                        "the role %s on every queue".formatted(every.role().text()));
                yield who;
            }
        };
    }

    private static Who somewhere(Who who, Role role) {
        require(who, who.maySomewhere(role), "the role %s on some queue".formatted(role.text()));
        return who;
    }

    /** Refuses whoever lacks a role on the queue that the path names. */
    static void check(Request request) {
        if (request.route().need() instanceof Need.OfQueue need) {
            request.who().require(need.role(), request.get(need.queue()));
        }
    }

    private static void require(Who who, boolean granted, String expected) {
        if (granted) {
            return;
        }
        if (who.kind() == Who.Kind.NOBODY) {
            throw new Refused(
                    Problem.of(401, "sign-in", "this takes a session or a token; nothing was done")
                            .expectedGot(
                                    "Authorization: Bearer TOKEN, or the cookie of a session",
                                    "neither")
                            .header("WWW-Authenticate", "Bearer realm=\"millrace\""));
        }
        throw new Refused(who.forbidden(expected, "this takes " + expected));
    }
}
