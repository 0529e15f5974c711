package dev.millrace.web.access;

import dev.millrace.job.MillraceException;
import dev.millrace.job.MillraceException.Code;
import dev.millrace.web.http.Grant;
import dev.millrace.web.http.Role;
import dev.millrace.web.job.Hiding;
import dev.millrace.web.text.Durations;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Who may do what, and what is hidden, as a file of lines says it:
 *
 * <pre>
 * user anna $argon2id$v=19$… admin
 * user bob $2b$12$… viewer:mail*,reports operator:mail-eu
 * token ci sha256:5e88… operator:builds*
 * token far sha256:9f2c… worker:mail*
 * hide mail.* /card/number
 * hide * *password*
 * session 12h
 * </pre>
 *
 * A role without a pattern is about every queue. Immutable.
 *
 * @param users by name
 * @param tokens by the SHA-256 of their secret, in hexadecimal
 * @param hiding what is not shown of payloads and what comes of them
 * @param session how long somebody stays signed in, 1 min to 30 d
 */
public record AccessRules(
        Map<String, User> users, Map<String, Token> tokens, Hiding hiding, Duration session) {
    private static final Duration SESSION = Duration.ofHours(12);
    private static final Duration SHORTEST = Duration.ofMinutes(1);
    private static final Duration LONGEST = Duration.ofDays(30);
    private static final int MOST = 10_000;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._@+-]{1,100}");
    private static final Pattern SHA256 = Pattern.compile("sha256:[0-9a-f]{64}");

    /**
     * Somebody who signs in.
     *
     * @param name letters, digits and {@code . _ @ + -}
     * @param hash of the password, by argon2id or bcrypt
     * @param grants what they may do
     */
    public record User(String name, String hash, List<Grant> grants) {
        /** Copies the grants. */
        public User {
            grants = List.copyOf(grants);
        }

        /** Stands for the password: with another one, sessions end. */
        String stamp() {
            return Secrets.hash(hash).substring(0, 32);
        }
    }

    /**
     * A program.
     *
     * @param name letters, digits and {@code . _ @ + -}
     * @param grants what it may do
     */
    public record Token(String name, List<Grant> grants) {
        /** Copies the grants. */
        public Token {
            grants = List.copyOf(grants);
        }
    }

    /** Copies the maps. */
    public AccessRules {
        users = Map.copyOf(users);
        tokens = Map.copyOf(tokens);
    }

    /** Nobody is configured: access is open. */
    public static AccessRules open() {
        return new AccessRules(Map.of(), Map.of(), Hiding.NOTHING, SESSION);
    }

    /** Whether nobody has to say who they are. */
    public boolean isOpen() {
        return users.isEmpty() && tokens.isEmpty();
    }

    /**
     * Reads lines; blank ones and those that begin with {@code #} say nothing.
     *
     * @param origin what they are of, for refusals: a file's name
     * @throws MillraceException with {@code invalid-configuration} naming every fault, and no
     *     secret
     */
    public static AccessRules parse(String origin, List<String> lines) {
        var reading = new Reading();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (!line.isEmpty() && !line.startsWith("#")) {
                try {
                    reading.line(List.of(line.split("\\s+")));
                } catch (IllegalArgumentException | MillraceException e) {
                    reading.faults.add("%s line %d: %s".formatted(origin, i + 1, e.getMessage()));
                }
            }
        }
        if (!reading.faults.isEmpty()) {
            throw new MillraceException(
                    Code.INVALID_CONFIGURATION,
                    "nothing was started: " + String.join("\nmillrace: ", reading.faults));
        }
        return new AccessRules(
                reading.users, reading.tokens, Hiding.of(reading.hidden), reading.session);
    }

    private static final class Reading {
        private final Map<String, User> users = new HashMap<>();
        private final Map<String, Token> tokens = new HashMap<>();
        private final List<Hiding.Rule> hidden = new ArrayList<>();
        private final List<String> faults = new ArrayList<>();
        private Duration session = SESSION;

        void line(List<String> words) {
            switch (words.getFirst()) {
                case "user" -> user(atLeast(words, 4, "user NAME HASH ROLE[:QUEUES]…"));
                case "token" -> token(atLeast(words, 4, "token NAME sha256:HEX ROLE[:QUEUES]…"));
                case "hide" -> {
                    atLeast(words, 3, "hide KINDS /pointer, or a pattern of member names");
                    words.stream()
                            .skip(2)
                            .forEach(what -> hidden.add(Hiding.Rule.of(words.get(1), what)));
                }
                case "session" -> session(atLeast(words, 2, "session DURATION").get(1));
                default ->
                        throw new IllegalArgumentException(
                                "expected user, token, hide or session, got '%s'"
                                        .formatted(shortened(words.getFirst())));
            }
        }

        private void user(List<String> words) {
            String name = name(words.get(1), users.keySet());
            String fault = Passwords.fault(words.get(2));
            if (!fault.isEmpty()) {
                throw new IllegalArgumentException("user '%s': %s".formatted(name, fault));
            }
            List<Grant> grants = grants(words);
            if (grants.stream().anyMatch(each -> each.role() == Role.WORKER)) {
                throw new IllegalArgumentException(
                        "user '%s': the role worker is for tokens; only an admin may besides"
                                .formatted(name));
            }
            users.put(name, new User(name, words.get(2), grants));
        }

        private void token(List<String> words) {
            String name = name(words.get(1), tokens.values().stream().map(Token::name).toList());
            if (!SHA256.matcher(words.get(2)).matches()) {
                throw new IllegalArgumentException(
                        ("token '%s': expected sha256: and 64 hexadecimal digits in lower case;"
                                        + " 'millrace tokens new' makes one")
                                .formatted(name));
            }
            if (tokens.put(words.get(2).substring(7), new Token(name, grants(words))) != null) {
                throw new IllegalArgumentException(
                        "token '%s' has the same secret as another".formatted(name));
            }
        }

        private static String name(String name, Collection<String> taken) {
            if (!NAME.matcher(name).matches()) {
                throw new IllegalArgumentException(
                        "a name must have 1 to 100 letters, digits and . _ @ + -, got '%s'"
                                .formatted(shortened(name)));
            }
            if (taken.contains(name) || taken.size() == MOST) {
                throw new IllegalArgumentException(
                        "'%s' is there twice, or one of more than %d".formatted(name, MOST));
            }
            return name;
        }

        private static List<Grant> grants(List<String> words) {
            var grants = new ArrayList<Grant>();
            for (String word : words.subList(3, words.size())) {
                int colon = word.indexOf(':');
                Role role = role(colon < 0 ? word : word.substring(0, colon));
                String queues = colon < 0 ? Grant.EVERY : word.substring(colon + 1);
                for (String pattern : queues.split(",", -1)) {
                    grants.add(new Grant(role, pattern));
                }
            }
            return grants;
        }

        private static Role role(String word) {
            return Arrays.stream(Role.values())
                    .filter(each -> each.text().equals(word.toLowerCase(Locale.ROOT)))
                    .findFirst()
                    .orElseThrow(() ->
                            new IllegalArgumentException(
                                    "a role is viewer, operator, admin or worker, got '%s'"
                                            .formatted(shortened(word))));
        }

        private void session(String text) {
            session = Durations.parse(text);
            if (session.compareTo(SHORTEST) < 0 || session.compareTo(LONGEST) > 0) {
                throw new IllegalArgumentException(
                        "a session must last 1m to 30d, got " + shortened(text));
            }
        }

        private static List<String> atLeast(List<String> words, int least, String form) {
            if (words.size() < least) {
                throw new IllegalArgumentException(
                        "expected '%s', got %d words".formatted(form, words.size()));
            }
            return words;
        }

        private static String shortened(String text) {
            return text.length() > 30 ? text.substring(0, 30) + "…" : text;
        }
    }
}
