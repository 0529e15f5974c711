package dev.millrace.testkit.contract;

import dev.millrace.job.Durability;
import dev.millrace.job.JobOptions;
import dev.millrace.job.JobTerms;
import dev.millrace.job.KindVersion;
import dev.millrace.job.RetryPolicy;
import dev.millrace.job.UniqueKey;
import dev.millrace.job.UniqueKey.OnConflict;
import dev.millrace.store.KeyHold;
import dev.millrace.store.NewJob;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * A job about to be enqueued by a test; each method answers a changed copy. It starts as kind
 * {@code work} version 1 in queue {@code q}, priority 4, payload {@code {}}, 10 attempts.
 *
 * @param queue where it waits
 * @param kind what it does
 * @param priority 0 to 9
 * @param payload JSON text
 * @param maxAttempts attempts in all
 * @param retry its own policy
 * @param tags its tags
 * @param runAt when it is due
 * @param options what is said more rarely
 * @param fingerprint what another request with its idempotency key must be equal in
 */
public record Draft(
        String queue,
        KindVersion kind,
        int priority,
        String payload,
        int maxAttempts,
        @Nullable RetryPolicy retry,
        List<String> tags,
        @Nullable Instant runAt,
        JobOptions options,
        String fingerprint) {

    Draft() {
        this(Bench.QUEUE, Bench.WORK, 4, "{}", 10, null, List.of(), null, JobOptions.NONE, "");
    }

    /** The same in another queue. */
    public Draft in(String other) {
        return new Draft(
                other,
                kind,
                priority,
                payload,
                maxAttempts,
                retry,
                tags,
                runAt,
                options,
                fingerprint);
    }

    /** The same of another kind. */
    public Draft of(KindVersion other) {
        return new Draft(
                queue,
                other,
                priority,
                payload,
                maxAttempts,
                retry,
                tags,
                runAt,
                options,
                fingerprint);
    }

    /** The same with another priority. */
    public Draft at(int other) {
        return new Draft(
                queue, kind, other, payload, maxAttempts, retry, tags, runAt, options, fingerprint);
    }

    /** The same with another payload. */
    public Draft with(String other) {
        return new Draft(
                queue,
                kind,
                priority,
                other,
                maxAttempts,
                retry,
                tags,
                runAt,
                options,
                fingerprint);
    }

    /** The same with its own policy. */
    public Draft retrying(RetryPolicy own) {
        return new Draft(
                queue,
                kind,
                priority,
                payload,
                own.maxAttempts(),
                own,
                tags,
                runAt,
                options,
                fingerprint);
    }

    /** The same with these tags. */
    public Draft tagged(String... other) {
        return new Draft(
                queue,
                kind,
                priority,
                payload,
                maxAttempts,
                retry,
                List.of(other),
                runAt,
                options,
                fingerprint);
    }

    /** The same, due at the given moment. */
    public Draft due(Instant at) {
        return new Draft(
                queue, kind, priority, payload, maxAttempts, retry, tags, at, options, fingerprint);
    }

    /** The same with a unique key held while it lives; a later job gives way to it. */
    public Draft unique(String key) {
        return unique(UniqueKey.whileLive(key));
    }

    /** The same with a unique key held while it lives. */
    public Draft unique(String key, OnConflict answer) {
        return unique(UniqueKey.whileLive(key).onConflict(answer));
    }

    /** The same with a unique key. */
    public Draft unique(UniqueKey key) {
        var o = options;
        return saying(
                new JobOptions(
                        key,
                        o.idempotencyKey(),
                        o.expiry(),
                        o.timeout(),
                        o.keys(),
                        o.weight(),
                        o.durability()));
    }

    /** The same with an idempotency key, held for a day. */
    public Draft idempotent(String key, String newFingerprint) {
        var o = options;
        var more =
                new JobOptions(
                        o.unique(),
                        key,
                        o.expiry(),
                        o.timeout(),
                        o.keys(),
                        o.weight(),
                        o.durability());
        return new Draft(
                queue,
                kind,
                priority,
                payload,
                maxAttempts,
                retry,
                tags,
                runAt,
                more,
                newFingerprint);
    }

    /** The same, worthless unless started this long after it was accepted. */
    public Draft ttl(Duration ttl) {
        var o = options;
        return saying(
                new JobOptions(
                        o.unique(),
                        o.idempotencyKey(),
                        new JobOptions.Expiry.After(ttl),
                        o.timeout(),
                        o.keys(),
                        o.weight(),
                        o.durability()));
    }

    /** The same, each of whose attempts may take so long. */
    public Draft timeout(Duration timeout) {
        var o = options;
        return saying(
                new JobOptions(
                        o.unique(),
                        o.idempotencyKey(),
                        o.expiry(),
                        timeout,
                        o.keys(),
                        o.weight(),
                        o.durability()));
    }

    /** The same with one more named key. */
    public Draft key(String name, String value) {
        var o = options;
        var keys = new TreeMap<>(o.keys());
        keys.put(name, value);
        return saying(
                new JobOptions(
                        o.unique(),
                        o.idempotencyKey(),
                        o.expiry(),
                        o.timeout(),
                        keys,
                        o.weight(),
                        o.durability()));
    }

    /** The same, counted as so many. */
    public Draft weight(int weight) {
        var o = options;
        return saying(
                new JobOptions(
                        o.unique(),
                        o.idempotencyKey(),
                        o.expiry(),
                        o.timeout(),
                        o.keys(),
                        weight,
                        o.durability()));
    }

    /** The same with a receipt of another worth. */
    public Draft durability(Durability level) {
        var o = options;
        return saying(
                new JobOptions(
                        o.unique(),
                        o.idempotencyKey(),
                        o.expiry(),
                        o.timeout(),
                        o.keys(),
                        o.weight(),
                        level));
    }

    private Draft saying(JobOptions more) {
        return new Draft(
                queue, kind, priority, payload, maxAttempts, retry, tags, runAt, more, fingerprint);
    }

    /** The job itself. */
    public NewJob job(long id, Instant createdAt) {
        return new NewJob(
                id,
                queue,
                kind.kind(),
                kind.version(),
                priority,
                payload,
                maxAttempts,
                retry,
                tags,
                createdAt,
                runAt,
                terms(createdAt),
                holds(createdAt),
                options.durability() == null ? Durability.DISK : options.durability());
    }

    private JobTerms terms(Instant createdAt) {
        var unique = options.unique();
        Instant expiresAt =
                switch (options.expiry()) {
                    case JobOptions.Expiry.After after -> createdAt.plus(after.ttl());
                    case JobOptions.Expiry.At at -> at.at();
                    case null -> null;
                };
        return new JobTerms(
                unique == null ? null : unique.key(),
                expiresAt,
                options.timeout(),
                options.keys(),
                0,
                options.weight());
    }

    private List<KeyHold> holds(Instant createdAt) {
        var holds = new ArrayList<KeyHold>();
        var idempotencyKey = options.idempotencyKey();
        if (idempotencyKey != null) {
            var until = createdAt.plus(JobOptions.IDEMPOTENCY_WINDOW);
            holds.add(
                    new KeyHold(
                            KeyHold.Scope.IDEMPOTENCY,
                            idempotencyKey,
                            until,
                            OnConflict.KEEP,
                            fingerprint));
        }
        var unique = options.unique();
        if (unique != null) {
            var window = unique.window();
            holds.add(
                    new KeyHold(
                            KeyHold.Scope.UNIQUE,
                            unique.key(),
                            window == null ? null : createdAt.plus(window),
                            unique.onConflict(),
                            ""));
        }
        return holds;
    }
}
