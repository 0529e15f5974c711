package dev.millrace.web;

import dev.millrace.web.access.AccessRules;
import dev.millrace.web.access.Passwords;
import dev.millrace.web.access.Secrets;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Users and tokens for tests. */
final class People {
    static final String PASSWORD = "correct horse";
    static final String ADMIN = "token-of-an-admin";

    /** May act on mine* only. */
    static final String MINE = "token-of-one-who-sees-mine";

    /** May look at mine* only. */
    static final String LOOKER = "token-of-one-who-looks-at-mine";

    /** May run jobs of mine* only. */
    static final String WORKS = "token-of-a-worker-on-mine";

    private static final String HASH = Passwords.hash(PASSWORD, new Random(1));

    private People() {}

    static AccessRules rules(String... more) {
        return AccessRules.parse(
                "access",
                Stream.concat(
                                Stream.of(
                                        "# people",
                                        "user anna " + HASH + " admin",
                                        "user bob " + HASH + " viewer:mine* operator:mine-too",
                                        "token root sha256:" + Secrets.hash(ADMIN) + " admin",
                                        "token mine sha256:"
                                                + Secrets.hash(MINE)
                                                + " operator:mine*",
                                        "token far sha256:" + Secrets.hash(WORKS) + " worker:mine*",
                                        "token looker sha256:"
                                                + Secrets.hash(LOOKER)
                                                + " viewer:mine*"),
                                List.of(more).stream())
                        .toList());
    }

    static WebSettings with(WebSettings settings, String... more) {
        return settings.access(WebAccess.open().rules(rules(more)));
    }
}
