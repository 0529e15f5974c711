package dev.millrace.web.access;

import dev.millrace.job.MillraceException;

import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;
import org.bouncycastle.crypto.params.Argon2Parameters;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Hashes of passwords: Argon2id, as its reference command writes it, and bcrypt. Two are checked at
 * once, so that signing in takes neither all memory nor all cores. Thread-safe.
 */
public final class Passwords {
    /** The longest password, in bytes of UTF-8. */
    public static final int MAX_BYTES = 1_000;

    /** What is hashed anew: 19 MiB, two passes, one lane, as OWASP recommends. */
    private static final int MEMORY_KIB = 19 * 1024;

    private static final int PASSES = 2;
    private static final int HASH_BYTES = 32;
    private static final int SALT_BYTES = 16;
    private static final int BCRYPT_BYTES = 72;
    private static final int MOST_MEMORY_KIB = 1 << 20;
    private static final int MOST_PASSES = 100;
    private static final int MOST_LANES = 64;
    private static final int AT_ONCE = 2;

    /** Whoever waits keeps a request's place that others could have. */
    private static final int MOST_WAITING = 32;

    private static final long PATIENCE_SECONDS = 10;
    private static final Pattern ARGON2ID =
            Pattern.compile(
                    "\\$argon2id\\$v=19\\$m=(\\d{1,7}),t=(\\d{1,3}),p=(\\d{1,2})"
                            + "\\$([A-Za-z0-9+/]{11,86})\\$([A-Za-z0-9+/]{22,86})");
    private static final Pattern BCRYPT =
            Pattern.compile("\\$2[aby]\\$(0[4-9]|1[0-6])\\$[./A-Za-z0-9]{53}");

    private final Semaphore checking = new Semaphore(AT_ONCE, true);
    private final Semaphore waiting = new Semaphore(MOST_WAITING);

    /** Nothing checked yet. */
    public Passwords() {}

    /** The fault of a hash; empty when it is one. */
    static String fault(String hash) {
        if (BCRYPT.matcher(hash).matches()) {
            return "";
        }
        Matcher argon = ARGON2ID.matcher(hash);
        boolean fits =
                argon.matches()
                        && within(argon.group(1), 8, MOST_MEMORY_KIB)
                        && within(argon.group(2), 1, MOST_PASSES)
                        && within(argon.group(3), 1, MOST_LANES);
        return fits
                ? ""
                : "a hash must be of argon2id ($argon2id$v=19$m=…) or bcrypt ($2b$…); 'millrace"
                        + " users hash' makes one";
    }

    private static boolean within(String number, int least, int most) {
        int got = Integer.parseInt(number);
        return got >= least && got <= most;
    }

    /**
     * The hash of a password, with a salt of its own. Takes about 50 ms and 19 MiB.
     *
     * @throws MillraceException with {@code invalid-input} when it is empty or too long
     */
    public static String hash(String password, RandomGenerator random) {
        byte[] bytes = password.getBytes(StandardCharsets.UTF_8);
        if (bytes.length < 8 || bytes.length > MAX_BYTES) {
            throw MillraceException.invalid(
                    "a password must have 8 to %d bytes, got %d; nothing was hashed"
                            .formatted(MAX_BYTES, bytes.length));
        }
        byte[] salt = new byte[SALT_BYTES];
        random.nextBytes(salt);
        byte[] hash = argon2id(bytes, salt, MEMORY_KIB, PASSES, 1, HASH_BYTES);
        Base64.Encoder base64 = Base64.getEncoder().withoutPadding();
        return "$argon2id$v=19$m=%d,t=%d,p=1$%s$%s"
                .formatted(
                        MEMORY_KIB,
                        PASSES,
                        base64.encodeToString(salt),
                        base64.encodeToString(hash));
    }

    /**
     * Whether a password has a hash; takes the same time whether it has or not.
     *
     * @return empty when too many are being checked: two are at once, and 32 may wait for that
     */
    Optional<Boolean> matches(String password, String hash) throws InterruptedException {
        if (!waiting.tryAcquire()) {
            return Optional.empty();
        }
        try {
            if (!checking.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                return Optional.empty();
            }
        } finally {
            waiting.release();
        }
        try {
            byte[] bytes = password.getBytes(StandardCharsets.UTF_8);
            return Optional.of(bytes.length <= MAX_BYTES && aside(bytes, hash));
        } finally {
            checking.release();
        }
    }

    /** On a thread of its own: on a virtual one it would keep a core from all other requests. */
    private static boolean aside(byte[] password, String hash) throws InterruptedException {
        var check = new FutureTask<Boolean>(() -> matches(password, hash));
        Thread.ofPlatform().daemon().name("millrace-password").start(check);
        try {
            return check.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a password could not be checked", e.getCause());
        }
    }

    private static boolean matches(byte[] password, String hash) {
        Matcher argon = ARGON2ID.matcher(hash);
        if (!argon.matches()) {
            return password.length <= BCRYPT_BYTES
                    && OpenBSDBCrypt.checkPassword(
                            hash, new String(password, StandardCharsets.UTF_8).toCharArray());
        }
        byte[] expected = Base64.getDecoder().decode(argon.group(5));
        byte[] got =
                argon2id(
                        password,
                        Base64.getDecoder().decode(argon.group(4)),
                        Integer.parseInt(argon.group(1)),
                        Integer.parseInt(argon.group(2)),
                        Integer.parseInt(argon.group(3)),
                        expected.length);
        return MessageDigest.isEqual(expected, got);
    }

    private static byte[] argon2id(
            byte[] password, byte[] salt, int memoryKib, int passes, int lanes, int length) {
        var generator = new Argon2BytesGenerator();
        generator.init(
                new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                        .withVersion(Argon2Parameters.ARGON2_VERSION_13)
                        .withMemoryAsKB(memoryKib)
                        .withIterations(passes)
                        .withParallelism(lanes)
                        .withSalt(salt)
                        .build());
        byte[] hash = new byte[length];
        generator.generateBytes(password, hash);
        return hash;
    }
}
