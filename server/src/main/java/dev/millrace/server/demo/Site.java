package dev.millrace.server.demo;

/**
 * What stands at an address of the {@link FlakyWeb}, for good.
 *
 * @param kind whether it is there
 * @param movedTo where it went, an absolute path; empty unless it moved
 */
record Site(Kind kind, String movedTo) {
    private static final String MOVED = "/moved";

    /** Whether a site is there. */
    enum Kind {
        HERE,
        GONE,
        DOWN,
        MOVED
    }

    /** Looks a target such as {@code /site/https/host/path} up. Depends on its arguments only. */
    static Site of(long seed, String target) {
        if (!target.startsWith("/site/")) {
            return new Site(target.startsWith(MOVED) ? Kind.HERE : Kind.GONE, "");
        }
        var dice = new Dice(seed, site(target));
        double roll = dice.roll("kind");
        if (roll < 0.025) {
            return new Site(Kind.GONE, "");
        }
        if (roll < 0.032) {
            return new Site(Kind.DOWN, "");
        }
        if (roll < 0.034) {
            return new Site(Kind.MOVED, target); // to itself, in a circle
        }
        if (roll < 0.1) {
            return new Site(Kind.MOVED, MOVED + target);
        }
        boolean secured = target.startsWith("/site/http/") && dice.chance("https now", 0.3);
        return secured
                ? new Site(Kind.MOVED, target.replaceFirst("^/site/http/", "/site/https/"))
                : new Site(Kind.HERE, "");
    }

    /** The address a target stands for, such as {@code https://host/path}. */
    static String original(String target) {
        var rest = target.startsWith(MOVED) ? target.substring(MOVED.length()) : target;
        return rest.replaceFirst("^/site/([a-zA-Z]+)/", "$1://");
    }

    /** Host and first part of the path: on a shared host each project is a site of its own. */
    private static String site(String target) {
        int end = 0;
        for (int slash = 0; slash < 5 && end >= 0; slash++) {
            end = target.indexOf('/', end + 1);
        }
        var site = end < 0 ? target : target.substring(0, end);
        return site.replaceFirst("^/site/[a-zA-Z]+/", "");
    }
}
