package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.ErrorInfo;
import dev.millrace.job.JobState;
import dev.millrace.job.KindVersion;
import dev.millrace.job.Names;
import dev.millrace.job.RetryPolicy;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/** What is stored comes back as it was. */
interface PayloadContract extends Contract {
    /** Documents that stores have been known to bend, break or refuse. */
    List<String> DOCUMENTS =
            List.of(
                    "null",
                    "true",
                    "0",
                    "-0.0",
                    "\"\"",
                    "{}",
                    "[]",
                    "\"\\u0000\"",
                    "{\"nul\\u0000\":\"a\\u0000b\"}",
                    "\"\\ud800\"",
                    "\"\\udc00\\ud800\"",
                    "\"Grüße, κόσμε, 世界, שלום, 👩‍👩‍👧‍👦, \u202e\ufeff\uffff\"",
                    "\"quote \\\" backslash \\\\ slash \\/ ' $1 ? :name {} % \\n\"",
                    "123456789012345678901234567890.000000000100",
                    "9223372036854775808",
                    "1E400",
                    "{\"b\":1,\"a\":2,\"b\":3}",
                    " { \"spaces\" : [ 1 ,\t2 ] } ",
                    "[".repeat(100) + "]".repeat(100));

    @Test
    default void payloadsComeBackLetterForLetter() {
        var b = bench();
        var ids = b.enqueue(DOCUMENTS.stream().map(b.job()::with).toList());
        var claimed = b.worker().claim(100);
        assertThat(Bench.ids(claimed)).isEqualTo(ids);
        for (int i = 0; i < ids.size(); i++) {
            assertThat(claimed.get(i).payload()).isEqualTo(DOCUMENTS.get(i));
            assertThat(b.find(ids.get(i)).payload()).isEqualTo(DOCUMENTS.get(i));
        }
    }

    @Test
    default void resultsComeBackLetterForLetter() {
        var b = bench();
        var ids = b.enqueue(DOCUMENTS.size(), b.job());
        var worker = b.worker();
        var jobs = worker.claim(100);
        for (int i = 0; i < ids.size(); i++) {
            worker.report(worker.ends(jobs.get(i)).completed(DOCUMENTS.get(i)));
        }
        var ended = b.store().ended(ids);
        for (int i = 0; i < ids.size(); i++) {
            int nth = i;
            assertThat(ended.get(ids.get(i)))
                    .isInstanceOfSatisfying(
                            JobState.Completed.class,
                            done -> assertThat(done.result()).isEqualTo(DOCUMENTS.get(nth)));
            assertThat(b.find(ids.get(i)).attempts().getFirst().result())
                    .isEqualTo(DOCUMENTS.get(i));
        }
    }

    @Test
    default void aPayloadAndAResultOfOneMebibyteFit() {
        var b = bench();
        var text = "\"" + "é".repeat((1 << 19) - 1) + "\"";
        long id = b.enqueue(b.job().with(text));
        var worker = b.worker();
        var job = worker.claimOnly(id);
        assertThat(job.payload()).isEqualTo(text);
        worker.report(worker.ends(job).completed(text));
        assertThat(b.state(id)).extracting(s -> ((JobState.Completed) s).result()).isEqualTo(text);
    }

    @Test
    default void errorsComeBackLetterForLetter() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        var job = worker.claimOnly(id);
        var ending = worker.ends(job).failed(b.now());
        var error =
                new ErrorInfo(
                        "com.acme.Boom",
                        "a\u0000b '\"\\ 👾 \ud800 " + "x".repeat(2000),
                        "at a.B.c(B.java:1)\n\tat d\r\n".repeat(1000));
        worker.report(
                new dev.millrace.store.Ending(
                        id,
                        job.claimId(),
                        worker.id(),
                        1,
                        ending.startedAt(),
                        ending.endedAt(),
                        ending.end(),
                        error,
                        null,
                        ending.next(),
                        ending.holdsKey()));
        assertThat(b.find(id).attempts().getFirst().error()).isEqualTo(error);
    }

    @Test
    default void aJobsOwnRetryPolicyTravelsWithIt() {
        var b = bench();
        var policies =
                List.of(
                        RetryPolicy.standard(),
                        RetryPolicy.never(),
                        RetryPolicy.standard().attempts(1000),
                        RetryPolicy.standard().fixed(Duration.ZERO),
                        RetryPolicy.standard().fixed(Duration.ofDays(365)),
                        new RetryPolicy(3, Duration.ofMillis(1), 1.5, Duration.ofMillis(7), true),
                        new RetryPolicy(4, Duration.ZERO, 100, Duration.ofHours(5), false));
        b.enqueue(policies.stream().map(b.job()::retrying).toList());
        b.enqueue(b.job());
        var jobs = b.worker().claim(100);
        for (int i = 0; i < policies.size(); i++) {
            assertThat(jobs.get(i).retry()).isEqualTo(policies.get(i));
            assertThat(jobs.get(i).maxAttempts()).isEqualTo(policies.get(i).maxAttempts());
        }
        assertThat(jobs.getLast().retry()).isNull();
    }

    @Test
    default void tagsKeepTheirOrder() {
        var b = bench();
        var many =
                IntStream.range(0, 20)
                        .mapToObj(i -> "t%02d".formatted(19 - i) + "x".repeat(190))
                        .toArray(String[]::new);
        long id = b.enqueue(b.job().tagged(many));
        assertThat(b.find(id).tags()).containsExactly(many);
        assertThat(b.worker().claimOnly(id).tags()).containsExactly(many);
    }

    @Test
    default void theLongestNamesAreKept() {
        var b = bench();
        var queue = "q".repeat(Names.MAX_LENGTH);
        var kind = new KindVersion("k/._:-".repeat(33) + "Zz", Integer.MAX_VALUE);
        long id = b.enqueue(b.job().in(queue).of(kind));
        var jobs = b.worker().claim(queue, Set.of(kind), 1);
        assertThat(Bench.ids(jobs)).containsExactly(id);
        assertThat(jobs.getFirst().kind()).isEqualTo(kind.kind());
        assertThat(jobs.getFirst().version()).isEqualTo(Integer.MAX_VALUE);
        assertThat(b.store().queues().getFirst().queue()).isEqualTo(queue);
    }

    @Test
    default void namesThatDifferOnlyInCaseAreDifferent() {
        var b = bench();
        long lower = b.enqueue(b.job().in("mail"));
        long upper = b.enqueue(b.job().in("MAIL"));
        assertThat(Bench.ids(b.worker().claim("MAIL", Set.of(Bench.WORK), 10)))
                .containsExactly(upper);
        assertThat(Bench.ids(b.worker().claim("mail", Set.of(Bench.WORK), 10)))
                .containsExactly(lower);
    }

    @Test
    default void momentsAreKeptToTheMicrosecond() {
        var b = bench();
        for (var at :
                List.of(
                        Instant.parse("2026-03-29T01:59:59.999999Z"),
                        Instant.parse("2026-10-25T00:30:00.000001Z"),
                        Instant.parse("9999-12-31T23:59:59.123456Z"),
                        Instant.parse("2038-01-19T03:14:08.654321Z"))) {
            long id = b.enqueue(b.job().due(at));
            assertThat(b.state(id)).isEqualTo(new JobState.Scheduled(at, false));
            b.store().retry(List.of(id), b.tick());
            var worker = b.worker();
            var job = worker.claimOnly(id);
            worker.report(
                    new dev.millrace.testkit.Endings(job, worker.id(), at.minusSeconds(1), at)
                            .completed(null));
            var attempt = b.find(id).attempts().getFirst();
            assertThat(attempt.startedAt()).isEqualTo(at.minusSeconds(1));
            assertThat(attempt.endedAt()).isEqualTo(at);
        }
    }

    @Test
    default void finerMomentsLoseLessThanAMicrosecond() {
        var b = bench();
        var at = b.now().plusSeconds(60).plusNanos(123_456_789);
        long id = b.enqueue(b.job().due(at));
        var kept = ((JobState.Scheduled) b.state(id)).runAt();
        assertThat(Duration.between(kept, at).abs()).isLessThan(Duration.ofNanos(1000));
        assertThat(kept).isEqualTo(kept.truncatedTo(ChronoUnit.MICROS));
    }
}
