package dev.millrace.examples.reminders;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.Millrace;
import dev.millrace.examples.smtp.Letter;
import dev.millrace.examples.smtp.Postbox;
import dev.millrace.job.Attempt;
import dev.millrace.sqlite.SqliteStore;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A worker that is killed between the mail's arrival and the server's answer. */
@Timeout(120)
class CrashTest {
    @TempDir Path place;

    @Test
    void aMailInDoubtGoesOutAgainUnderItsOldIdAndThenNoMore() throws Exception {
        var arrived = new CountDownLatch(1);
        var answer = new CountDownLatch(1);
        try (var postbox =
                        Postbox.start(letter -> {
                            arrived.countDown();
                            answer.await();
                        });
                var offers = Offers.at(place.resolve("offers.db"))) {
            long job = enqueue(offers);
            Process doomed = MailWorker.start(place, postbox.address().getPort());
            assertThat(arrived.await(60, TimeUnit.SECONDS)).isTrue();
            doomed.destroyForcibly().waitFor();
            answer.countDown();
            try (var heir = MailWorker.worker(place, offers, postbox.address())) {
                var result = heir.job(job).await(Duration.ofSeconds(60)).orElseThrow();
                assertThat(result.as(String.class)).isEqualTo(OfferMails.idOf(job));
                assertThat(heir.store().find(job).orElseThrow().attempts())
                        .extracting(Attempt::end)
                        .containsExactly(Attempt.End.RESCUED, Attempt.End.COMPLETED);
                assertThat(postbox.letters())
                        .extracting(Letter::messageId)
                        .containsExactly(OfferMails.idOf(job), OfferMails.idOf(job));
                var again = heir.enqueue(OfferMails.INVITE.with(new OfferMails.Invitation(1)));
                assertThat(again.await(Duration.ofSeconds(60)).orElseThrow().json()).isEmpty();
                assertThat(postbox.received()).isEqualTo(2);
                assertThat(postbox.distinct()).isEqualTo(1);
            }
        }
    }

    private long enqueue(Offers offers) throws InterruptedException {
        long id = offers.make("ada@example.org", "a bicycle").id();
        try (var webTier =
                Millrace.builder().store(SqliteStore.at(place.resolve("jobs.db"))).start()) {
            return webTier.enqueue(OfferMails.INVITE.with(new OfferMails.Invitation(id))).id();
        }
    }
}
