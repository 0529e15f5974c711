package dev.millrace.examples.reminders;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.millrace.Millrace;
import dev.millrace.examples.smtp.Letter;
import dev.millrace.examples.smtp.Mail;
import dev.millrace.examples.smtp.Mailer;
import dev.millrace.examples.smtp.Postbox;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.sqlite.SqliteStore;
import dev.millrace.store.JobFilter;
import dev.millrace.testkit.FakeClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Offers, mails and days, with a real store and a real mail server; only the clock is moved. */
@Timeout(120)
class RemindersTest {
    @TempDir Path place;
    private final FakeClock clock = new FakeClock();
    private Postbox postbox;
    private Offers offers;
    private Millrace millrace;
    private OfferDesk desk;

    @BeforeEach
    void start() throws Exception {
        postbox = Postbox.start(letter -> {});
        offers = Offers.at(place.resolve("offers.db"));
        var builder =
                Millrace.builder().store(SqliteStore.at(place.resolve("jobs.db"))).clock(clock);
        new OfferMails(
                        offers,
                        new Mailer(postbox.address(), OfferMails.FROM, Duration.ofSeconds(20)))
                .configure(builder);
        millrace = builder.start();
        desk = new OfferDesk(offers, millrace);
    }

    @AfterEach
    void stop() throws Exception {
        millrace.close();
        offers.close();
        postbox.close();
    }

    @Test
    void remindersGoOutOnTheirDaysAndNotBefore() throws Exception {
        desk.make("ada@example.org", "a bicycle");
        settle();
        assertThat(subjects()).containsExactly("For you: a bicycle");
        pass(Duration.ofDays(2).minusSeconds(1));
        assertThat(subjects()).hasSize(1);
        pass(Duration.ofSeconds(1));
        assertThat(subjects()).hasSize(2).last().isEqualTo("Still open after 2 days: a bicycle");
        pass(Duration.ofDays(3).minusSeconds(1));
        assertThat(subjects()).hasSize(2);
        pass(Duration.ofSeconds(1));
        assertThat(subjects()).hasSize(3).last().isEqualTo("Still open after 5 days: a bicycle");
        pass(Duration.ofDays(300));
        assertThat(subjects()).hasSize(3);
        assertThat(postbox.distinct()).isEqualTo(3);
    }

    @Test
    void whatIsNoLongerWantedIsSkippedNotRemoved() throws Exception {
        long claimed = desk.make("ada@example.org", "a bicycle");
        long withdrawn = desk.make("cy@example.org", "a lamp");
        settle();
        assertThat(desk.claim(claimed)).isTrue();
        assertThat(desk.withdraw(withdrawn)).isTrue();
        assertThat(desk.withdraw(claimed)).as("it is claimed already").isFalse();
        settle();
        assertThat(subjects()).contains("CLAIMED: a bicycle", "WITHDRAWN: a lamp").hasSize(4);
        assertThat(list(JobState.Name.SCHEDULED)).hasSize(4);
        pass(Duration.ofDays(6));
        assertThat(subjects()).hasSize(4);
        assertThat(list(JobState.Name.SCHEDULED)).isEmpty();
        assertThat(reasons("offer.remind"))
                .isEqualTo(Map.of("offer already claimed", 2L, "offer already withdrawn", 2L));
    }

    @Test
    void anOfferClaimedBetweenTwoRemindersGetsOnlyTheFirst() throws Exception {
        long id = desk.make("ada@example.org", "a bicycle");
        settle();
        pass(Duration.ofDays(2));
        desk.claim(id);
        pass(Duration.ofDays(3));
        assertThat(subjects())
                .containsExactly(
                        "For you: a bicycle",
                        "Still open after 2 days: a bicycle",
                        "CLAIMED: a bicycle");
    }

    @Test
    void temporaryRefusalsAreTriedAgainAndPermanentOnesGivenUp() throws Exception {
        desk.make("greylisted@example.org", "a sofa");
        desk.make("nobody@example.org", "a chair");
        settle();
        assertThat(subjects()).isEmpty();
        pass(Duration.ofHours(1));
        assertThat(subjects()).containsExactly("For you: a sofa");
        var discarded = list(JobState.Name.DISCARDED);
        assertThat(discarded).hasSize(1);
        var attempts = millrace.store().find(discarded.getFirst().id()).orElseThrow().attempts();
        assertThat(attempts).hasSize(1);
        assertThat(attempts.getFirst().error().message())
                .startsWith("expected the server to take the mail to nobody@example.org, got 550");
    }

    @Test
    void anAddressThatIsNoneIsGivenUp() throws Exception {
        desk.make("not an address", "a chair");
        settle();
        assertThat(list(JobState.Name.DISCARDED)).hasSize(1);
        assertThatThrownBy(() -> desk.make("a@b.c", "a chair\r\nBcc: x@y.z"))
                .hasMessageContaining("must be one line each");
    }

    @Test
    void aServerThatIsAwayIsTriedAgain() throws Exception {
        int port;
        try (var free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        var mailer =
                new Mailer(
                        new InetSocketAddress("127.0.0.1", port),
                        OfferMails.FROM,
                        Duration.ofSeconds(5));
        assertThatThrownBy(() -> mailer.send(new Mail("a@b.c", "s", "t", OfferMails.idOf(1))))
                .isInstanceOf(Mailer.NotNow.class);
    }

    @Test
    void whatAProcessDidNotEnqueueIsCaughtUpWithAndNothingGoesOutTwice() throws Exception {
        // dies after the change of state, before its jobs
        offers.make("ada@example.org", "a bicycle");
        long lamp = desk.make("cy@example.org", "a lamp");
        settle();
        offers.close(lamp, Offer.State.WITHDRAWN);
        assertThat(desk.catchUp()).isEqualTo(2);
        assertThat(desk.catchUp()).isZero();
        settle();
        // dies after the jobs, before they are noted: the same jobs are enqueued once more
        millrace.enqueueAll(OfferDesk.jobsOf(offers.find(lamp).orElseThrow()));
        settle();
        assertThat(subjects())
                .containsExactlyInAnyOrder(
                        "For you: a bicycle", "For you: a lamp", "WITHDRAWN: a lamp");
        assertThat(reasons("offer.follow-up")).isEqualTo(Map.of("this mail was sent before", 1L));
    }

    @Test
    void whatIsSaidTwiceWaitsOnce() throws Exception {
        long lamp = desk.make("cy@example.org", "a lamp");
        settle();
        // the process died before it noted what it had told the queue
        offers.told(lamp, Offer.State.CLAIMED);
        assertThat(desk.catchUp()).isOne();
        settle();
        assertThat(list(JobState.Name.SCHEDULED)).hasSize(OfferDesk.REMINDER_DAYS.size());
        pass(Duration.ofDays(5));
        assertThat(subjects())
                .containsExactlyInAnyOrder(
                        "For you: a lamp",
                        "Still open after 2 days: a lamp",
                        "Still open after 5 days: a lamp");
    }

    private List<String> subjects() {
        return postbox.letters().stream().map(Letter::subject).toList();
    }

    private Map<String, Long> reasons(String kind) {
        return millrace
                .store()
                .list(new JobFilter(JobState.Name.COMPLETED, null, kind, null), 1_000, null)
                .items()
                .stream()
                .map(job -> millrace.store().find(job.id()).orElseThrow().attempts().getLast())
                .filter(attempt -> attempt.error() != null)
                .collect(
                        Collectors.groupingBy(
                                attempt -> attempt.error().message(), Collectors.counting()));
    }

    private List<JobSnapshot> list(JobState.Name state) {
        return millrace.store().list(new JobFilter(state, null, null, null), 1_000, null).items();
    }

    private void pass(Duration time) {
        clock.advance(time);
        settle();
    }

    /** Until nothing is due and nothing runs; looks the way jobs go, so that none slips by. */
    private void settle() {
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(10))
                .until(() ->
                        list(JobState.Name.SCHEDULED).stream().noneMatch(this::isDue)
                                && list(JobState.Name.AVAILABLE).isEmpty()
                                && list(JobState.Name.RUNNING).isEmpty());
    }

    private boolean isDue(JobSnapshot job) {
        return job.state() instanceof JobState.Scheduled scheduled
                && !scheduled.runAt().isAfter(clock.instant());
    }
}
