package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.Millrace;
import dev.millrace.job.Attempt;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.job.RawJson;
import dev.millrace.job.Task;
import dev.millrace.queue.JobHandle;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;

/**
 * What becomes of jobs when the application changes under them: older and newer payloads, former
 * names, old and new workers side by side. Every engine runs it unchanged; a subclass says how to
 * open a store.
 */
public abstract class DeployEngineContract extends EngineBench {
    record Letter(String to) {}

    record Mail(String to, String subject) {}

    /** As the release before has it. */
    private static final Task<Letter> LETTER = Task.named("letter", Letter.class);

    /** As the new release has it: renamed, with another payload. */
    private static final Task<Mail> MAIL =
            Task.named("mail", Mail.class)
                    .version(2)
                    .formerly("letter")
                    .upcast(1, Letter.class, letter -> new Mail(letter.to(), "none"));

    /** No engine opened yet. */
    protected DeployEngineContract() {}

    private Millrace oldWorker() {
        return start(
                Millrace.builder()
                        .store(reopen())
                        .handle(LETTER, (letter, job) -> "old " + letter.to()));
    }

    private Millrace newWorker() {
        return start(
                Millrace.builder()
                        .store(reopen())
                        .handle(MAIL, (mail, job) -> "new " + mail.to() + " " + mail.subject()));
    }

    @Test
    void olderPayloadsUnderAFormerNameRunOnTheNewWorker() throws InterruptedException {
        var web = start(Millrace.builder().store(openStore()));
        var letter = web.enqueue(LETTER.with(new Letter("a")));
        var renamed = web.enqueue(Task.named("mail", Letter.class).with(new Letter("b")));
        var early =
                web.enqueue(Task.named("letter", Mail.class).version(2).with(new Mail("c", "hi")));
        var mail = web.enqueue(MAIL.with(new Mail("d", "hello")));
        newWorker();
        assertThat(await(letter).as(String.class)).isEqualTo("new a none");
        assertThat(await(renamed).as(String.class)).isEqualTo("new b none");
        assertThat(await(early).as(String.class)).isEqualTo("new c hi");
        assertThat(await(mail).as(String.class)).isEqualTo("new d hello");
        assertThat(look(web, letter).kind()).as("as it was enqueued").isEqualTo("letter");
        assertThat(look(web, letter).version()).isEqualTo(1);
    }

    @Test
    void duringARollingDeployEachJobEndsOnAWorkerThatKnowsIt() throws InterruptedException {
        var web = start(Millrace.builder().store(openStore()));
        var letters = new ArrayList<JobHandle>();
        var mails = new ArrayList<JobHandle>();
        var old = oldWorker();
        enqueue(web, letters, mails);
        newWorker();
        enqueue(web, letters, mails);
        old.close();
        enqueue(web, letters, mails);
        for (var letter : letters) {
            assertThat(await(letter).as(String.class)).isIn("old a", "new a none");
            assertThat(look(web, letter).attempts())
                    .extracting(Attempt::end)
                    .containsOnlyOnce(Attempt.End.COMPLETED)
                    .isSubsetOf(Attempt.End.COMPLETED, Attempt.End.INTERRUPTED);
        }
        for (var mail : mails) {
            assertThat(await(mail).as(String.class)).isEqualTo("new b c");
            assertThat(look(web, mail).attempts()).hasSize(1);
        }
    }

    private static void enqueue(Millrace web, List<JobHandle> letters, List<JobHandle> mails)
            throws InterruptedException {
        for (int i = 0; i < 100; i++) {
            letters.add(web.enqueue(LETTER.with(new Letter("a"))));
            mails.add(web.enqueue(MAIL.with(new Mail("b", "c"))));
        }
    }

    @Test
    void whatOnlyTheNewWorkerKnowsWaitsForItAndHoldsUpNothing() throws InterruptedException {
        var web = start(Millrace.builder().store(openStore()));
        oldWorker();
        var mail = web.enqueue(MAIL.with(new Mail("b", "c")).priority(9));
        for (int i = 0; i < 20; i++) {
            var letter = web.enqueue(LETTER.with(new Letter("a")));
            assertThat(await(letter).as(String.class)).isEqualTo("old a");
        }
        assertThat(look(web, mail).state()).isInstanceOf(JobState.Available.class);
        newWorker();
        assertThat(await(mail).as(String.class)).isEqualTo("new b c");
    }

    @Test
    void aPayloadThatNoUpcastCanReadIsSetAsideVisiblyAndHarmsNoOther() throws InterruptedException {
        var broken =
                Task.named("mail", Mail.class)
                        .version(2)
                        .upcast(
                                1,
                                Letter.class,
                                letter -> {
                                    throw new IllegalStateException(
                                            "no subject for " + letter.to());
                                });
        var m =
                start(
                        Millrace.builder()
                                .store(openStore())
                                .handle(broken, (mail, job) -> mail.to()));
        var refused = m.enqueue(Task.named("mail", Letter.class).with(new Letter("a")));
        var odd = m.enqueue(Task.named("mail", RawJson.class).with(new RawJson("[1,2]")));
        var fine = m.enqueue(broken.with(new Mail("b", "c")));
        assertThat(await(refused).state()).isInstanceOf(JobState.Discarded.class);
        assertThat(message(look(m, refused))).contains("no subject for a");
        assertThat(await(odd).state()).isInstanceOf(JobState.Discarded.class);
        assertThat(message(look(m, odd))).contains("must be JSON that fits");
        assertThat(await(fine).as(String.class)).isEqualTo("b");
        for (var job : List.of(refused, odd)) {
            assertThat(look(m, job).attempts())
                    .extracting(Attempt::end)
                    .containsExactly(Attempt.End.DISCARDED);
        }
    }

    private static String message(JobSnapshot job) {
        return Objects.requireNonNull(job.attempts().getLast().error()).message();
    }

    @Test
    void anInterruptedJobOfTheOldWorkerGoesOnAtTheNewOne() throws InterruptedException {
        var started = new CountDownLatch(1);
        var web = start(Millrace.builder().store(openStore()));
        var old =
                Millrace.builder()
                        .store(reopen())
                        .drain(Duration.ZERO)
                        .handle(
                                LETTER,
                                (letter, job) -> {
                                    started.countDown();
                                    new CountDownLatch(1).await();
                                    return null;
                                })
                        .start();
        var letter = web.enqueue(LETTER.with(new Letter("a")));
        started.await();
        old.close();
        newWorker();
        assertThat(await(letter).as(String.class)).isEqualTo("new a none");
        assertThat(look(web, letter).attempts())
                .extracting(Attempt::end)
                .containsExactly(Attempt.End.INTERRUPTED, Attempt.End.COMPLETED);
    }
}
