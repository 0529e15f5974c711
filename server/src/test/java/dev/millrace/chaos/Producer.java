package dev.millrace.chaos;

import dev.millrace.Millrace;
import dev.millrace.chaos.Deed.Order;
import dev.millrace.chaos.Evidence.Request;
import dev.millrace.job.JobRequest;
import dev.millrace.job.MillraceException;
import dev.millrace.job.Task;
import dev.millrace.queue.JobHandle;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/** Sends the jobs of one round and keeps the receipts. Several threads send; thread-safe. */
final class Producer {
    private static final int BURST = 24;
    private static final String LARGE = "x".repeat(256 << 10);

    /** Nobody handles it. */
    private static final Task<String> BALLAST =
            Task.named("chaos.ballast", String.class).queue("ballast");

    private final Millrace millrace;
    private final List<Deed> deeds;
    private final AtomicLong nonces;
    private final String tag;
    private final List<Request> requests = new ArrayList<>();

    /**
     * A producer.
     *
     * @param nonces those given so far
     * @param tag by which the round's jobs are found again
     */
    Producer(Millrace millrace, List<Deed> deeds, AtomicLong nonces, String tag) {
        this.millrace = millrace;
        this.deeds = deeds;
        this.nonces = nonces;
        this.tag = tag;
    }

    /** Sends so many jobs within about so long, one after the other. */
    void send(int thread, Random random, int jobs, long millis) throws InterruptedException {
        for (int i = 0; i < jobs; i++) {
            Deed deed = deeds.get(random.nextInt(deeds.size()));
            String key =
                    deed == Deed.UNIQUE
                            ? "%s-%d-%d".formatted(tag, thread, random.nextInt(2))
                            : null;
            var order =
                    new Order(
                            nonces.incrementAndGet(),
                            2 + random.nextInt(5),
                            30 + random.nextInt(170));
            long id = send(deed, order, key, 4 + random.nextInt(3));
            if (id != 0 && deed == Deed.SIGNAL && random.nextBoolean()) {
                signal(id);
            }
            Pause.millis(millis / jobs);
        }
    }

    private long send(Deed deed, Order order, @Nullable String key, int priority)
            throws InterruptedException {
        JobRequest<Order> plain = deed.task().with(order).tag(tag).priority(priority);
        JobRequest<Order> request =
                deed == Deed.KEYED ? plain.key(Deed.KEY, Deed.tenant(order.nonce())) : plain;
        long sent = System.nanoTime();
        long id = 0;
        boolean duplicate = false;
        try {
            JobHandle job = millrace.enqueue(key == null ? request : request.unique(key));
            id = job.id();
            duplicate = job.isDuplicate();
        } catch (MillraceException e) {
            // the answer was lost: the job may or may not be there
            expect(e);
        }
        var answered =
                new Request(order.nonce(), deed, key, sent, System.nanoTime(), id, duplicate);
        synchronized (requests) {
            requests.add(answered);
        }
        return id;
    }

    /** Sends a signal; one whose answer is lost is sent again later. */
    boolean signal(long id) {
        try {
            millrace.signal(id, "go", 1);
            return true;
        } catch (MillraceException e) {
            expect(e);
            return false;
        }
    }

    /** What faults may cause. */
    private static void expect(MillraceException e) {
        switch (e.code()) {
            case STORE_UNAVAILABLE, KEY_BUSY -> {}
            default -> throw e;
        }
    }

    /**
     * Sends large payloads until one is refused for want of space.
     *
     * @return whether one was
     */
    boolean burst() throws InterruptedException {
        for (int i = 0; i < BURST; i++) {
            try {
                millrace.enqueue(BALLAST.with(LARGE).tag("ballast"));
            } catch (MillraceException e) {
                expect(e);
                return true;
            }
        }
        return false;
    }

    /** By which the round's jobs are found. */
    String tag() {
        return tag;
    }

    List<Request> requests() {
        synchronized (requests) {
            return List.copyOf(requests);
        }
    }
}
