package dev.millrace.web.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.store.NewJob;
import dev.millrace.store.QueueSnapshot;
import dev.millrace.testkit.FakeClock;
import dev.millrace.testkit.MemoryStore;
import dev.millrace.web.http.Who;
import dev.millrace.web.job.Hiding;
import dev.millrace.web.look.Changes;
import dev.millrace.web.look.Recent;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

/** The stream of everything, look by look. */
class FeedTest {
    private final FakeClock clock = new FakeClock();

    private Feed feed(MemoryStore store) {
        return new Feed(
                store,
                new Recent(store, clock, Hiding.NOTHING, new Changes()),
                clock,
                new Random(1),
                new Subscription.Terms(Duration.ofHours(1), Unsent.standard()),
                10,
                new Tallies(new Tallies.Source(true, () -> 0, () -> 0), clock, new Random(1)));
    }

    private void look(Feed feed) {
        clock.advance(Duration.ofMillis(500));
        feed.look();
    }

    /** All that a client was told, which leaves then. */
    private static String told(Subscription client) throws Exception {
        var out = new ByteArrayOutputStream();
        client.end();
        client.writeTo(out);
        client.close();
        return out.toString(StandardCharsets.UTF_8);
    }

    private static Subscription comes(Feed feed, String lastId) {
        return feed.subscribe(Optional.of(lastId).filter(id -> !id.isEmpty()), Who.everybody())
                .orElseThrow();
    }

    private static String lastId(String told) {
        return told.lines()
                .filter(line -> line.startsWith("id: "))
                .reduce((a, b) -> b)
                .orElseThrow()
                .substring(4);
    }

    private long enqueue(MemoryStore store) {
        long id = store.reserveIds(1).first();
        store.enqueue(
                List.of(
                        new NewJob(
                                id,
                                "q",
                                "work",
                                1,
                                4,
                                "{}",
                                3,
                                null,
                                List.of(),
                                clock.instant(),
                                null)),
                false);
        return id;
    }

    @Test
    void aLoneClientThatComesBackIsToldWhatItMissed() throws Exception {
        var store = new MemoryStore();
        var feed = feed(store);
        var client = comes(feed, "");
        look(feed);
        String first = told(client);
        assertThat(feed.clients()).isZero();
        long id = enqueue(store);
        look(feed);
        look(feed);
        clock.advance(Feed.MISSED_FOR.minusSeconds(5));
        String again = told(comes(feed, lastId(first)));
        assertThat(again).contains("event: job\ndata: {\"id\":" + id + ",").doesNotContain("gap");
    }

    @Test
    void whoComesBackLaterIsToldOfTheGap() throws Exception {
        var store = new MemoryStore();
        var feed = feed(store);
        var client = comes(feed, "");
        look(feed);
        String first = told(client);
        clock.advance(Feed.MISSED_FOR);
        look(feed);
        var late = comes(feed, lastId(first));
        look(feed);
        assertThat(told(late)).contains("event: gap\n").contains("event: queues\n");
        var fresh = comes(feed, "");
        assertThat(told(fresh)).doesNotContain("event: gap\n");
    }

    @Test
    void nobodyIsLookedForWhenNobodyCameForAMinute() throws Exception {
        var store =
                new MemoryStore() {
                    private int looks;

                    @Override
                    public synchronized List<QueueSnapshot> queues() {
                        looks++;
                        return super.queues();
                    }
                };
        var feed = feed(store);
        look(feed);
        assertThat(store.looks).isZero();
        told(comes(feed, ""));
        look(feed);
        assertThat(store.looks).isEqualTo(1);
        clock.advance(Feed.MISSED_FOR);
        look(feed);
        assertThat(store.looks).isEqualTo(1);
    }

    @Test
    void ofManyQueuesNoMoreIsKeptThanHowTheyStandNow() throws Exception {
        var store =
                new MemoryStore() {
                    private int count;

                    @Override
                    public List<QueueSnapshot> queues() {
                        int now = ++count;
                        return IntStream.range(0, 10_000)
                                .mapToObj(i -> new QueueSnapshot("tenant-" + i, now, 0, 0, 0, null))
                                .toList();
                    }
                };
        var feed = feed(store);
        var client = comes(feed, "");
        look(feed);
        String first = told(client);
        for (int i = 0; i < 60; i++) {
            look(feed);
        }
        String again = told(comes(feed, lastId(first)));
        assertThat(again.lines().filter("event: queues"::equals)).hasSize(1);
    }
}
