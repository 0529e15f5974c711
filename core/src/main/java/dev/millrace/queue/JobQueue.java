package dev.millrace.queue;

import dev.millrace.job.Durability;
import dev.millrace.job.JobRequest;
import dev.millrace.job.Json;
import dev.millrace.job.MillraceException;
import dev.millrace.store.Accepted;
import dev.millrace.store.JobStore;
import dev.millrace.store.NewJob;

import java.sql.Connection;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The way in: every accepted job has come through here. Thread-safe.
 *
 * <p>A call returns when its job is durable at the level that the store states. Callers that arrive
 * while a flush is under way share the next one, so many callers cost few commits.
 */
public final class JobQueue {
    private static final int CHUNK = 5_000;
    private static final int CHUNKS_AT_ONCE = 2;
    private static final int KEYED_CHUNK = 500;

    private final JobStore store;
    private final Encoder encoder;
    private final Appender appender;
    private final Awaits awaits;
    private final Batches batches;

    /**
     * A queue on a store.
     *
     * @param maxPayloadBytes the largest payload accepted, in bytes of JSON
     * @param patience how long an enqueue tries again while the store does not answer
     * @param durabilities what receipts are worth, by queue, where the request does not say; on
     *     disk for other queues
     * @param told hears of every job that was accepted, also in a caller's transaction that may
     *     still be rolled back; must be quick
     */
    public JobQueue(
            JobStore store,
            Json json,
            Clock clock,
            RandomGenerator random,
            int maxPayloadBytes,
            Duration patience,
            Map<String, Durability> durabilities,
            Consumer<NewJob> told) {
        this.store = store;
        this.encoder =
                new Encoder(
                        new JobIds(store, patience, random),
                        json,
                        clock,
                        maxPayloadBytes,
                        durabilities);
        this.appender = new Appender(store, patience, random, told);
        this.awaits = new Awaits(store, json, random);
        this.batches = new Batches(store, encoder, appender, told);
    }

    /** Starts what serves waiting callers. */
    public void start() {
        awaits.start();
    }

    /**
     * Ends it, after writing what was accepted in memory only; callers still waiting wait until
     * their own timeout.
     */
    public void stop(Duration patience) throws InterruptedException {
        appender.drain(patience);
        awaits.stop(patience);
    }

    /**
     * A job as {@link #enqueue} would accept it, checked and with an id, for a caller that stores
     * it with something else in one transaction. It is accepted by that, not here.
     */
    public NewJob encode(JobRequest<?> request) {
        return encoder.encode(request);
    }

    /**
     * Accepts one job; durable when it returns. One commit, shared with whoever calls meanwhile.
     * When another job holds a key of the request, the handle is that other's.
     *
     * @throws MillraceException with {@code invalid-input} when the request can never be accepted,
     *     {@code store-unavailable} when the store did not answer within the patience: the job may
     *     or may not have been accepted, {@code idempotency-conflict} when its idempotency key came
     *     before with another request, {@code key-busy} when a transaction held its unique key open
     *     for longer than the patience
     * @throws InterruptedException when interrupted before the job was sent; it is not accepted
     */
    public JobHandle enqueue(JobRequest<?> request) throws InterruptedException {
        NewJob job = encoder.encode(request);
        return handle(job, appender.append(job));
    }

    /**
     * Accepts a stream of jobs of any length in chunks of 5,000 or 8 MiB, never holding more than a
     * few chunks in memory. Chunks are accepted one by one: when one fails, those before it stay.
     * Jobs whose keys others hold are not accepted, only counted.
     *
     * @param refusals hears of jobs whose idempotency key came before with another request
     * @throws MillraceException as {@link #enqueue}; its message says how many were accepted before
     */
    public StreamReceipt enqueueAll(
            Stream<? extends JobRequest<?>> requests, StreamReceipt.Refusals refusals)
            throws InterruptedException {
        var underWay = new ArrayDeque<FutureTask<Sent>>();
        var accepted = new LongAdder();
        var receipt = StreamReceipt.NONE;
        long read = 0;
        try (requests) {
            Iterator<? extends JobRequest<?>> each = requests.iterator();
            while (each.hasNext()) {
                var chunk = new ArrayList<NewJob>(CHUNK);
                long chars = 0;
                while (chunk.size() < CHUNK && chars < Appender.MAX_BATCH_CHARS && each.hasNext()) {
                    NewJob job = encoder.encode(each.next());
                    chars += job.payload().length();
                    chunk.add(job);
                }
                if (underWay.size() == CHUNKS_AT_ONCE) {
                    Sent sent = finish(underWay.poll());
                    receipt = receipt.plus(sent.receipt());
                    sent.refused().forEach(refusals::refused);
                }
                long first = read;
                read += chunk.size();
                underWay.add(start(() -> send(chunk, first, accepted)));
            }
        } catch (RuntimeException e) {
            finishQuietly(underWay, e);
            throw withCount(e, accepted.sum());
        }
        while (!underWay.isEmpty()) {
            try {
                Sent sent = finish(underWay.poll());
                receipt = receipt.plus(sent.receipt());
                sent.refused().forEach(refusals::refused);
            } catch (MillraceException e) {
                finishQuietly(underWay, e);
                throw withCount(e, accepted.sum());
            }
        }
        return receipt;
    }

    /**
     * Accepts jobs inside the caller's own open transaction: they exist if and only if it commits.
     * Workers learn of them by their next poll, or at once when {@link #wake} is called after the
     * commit. One round trip.
     *
     * @throws MillraceException with {@code not-supported} where the store cannot
     */
    public List<JobHandle> enqueue(Connection connection, List<JobRequest<?>> requests) {
        List<NewJob> jobs = new ArrayList<>(requests.size());
        requests.forEach(request -> jobs.add(encoder.encode(request)));
        List<Accepted> answers = store.enqueue(connection, jobs);
        appender.tell(jobs, answers);
        var handles = new ArrayList<JobHandle>(jobs.size());
        for (int i = 0; i < jobs.size(); i++) {
            handles.add(handle(jobs.get(i), answers.get(i)));
        }
        return handles;
    }

    /** Jobs that belong together. */
    public Batches batches() {
        return batches;
    }

    /** Tells workers everywhere that work may have become available. */
    public void wake() {
        store.signals().announce();
    }

    /** A handle on a job accepted earlier or elsewhere; whether it exists is not checked. */
    public JobHandle handle(long jobId) {
        return new JobHandle(jobId, awaits);
    }

    /** This process recorded the end of a job: whoever waits for it here learns at once. */
    public void ended(long jobId) {
        awaits.ended(jobId);
    }

    /** Jobs accepted in memory only that could not be written afterwards, since the start. */
    public long lost() {
        return appender.lost();
    }

    private JobHandle handle(NewJob job, Accepted accepted) {
        if (accepted.how() == Accepted.How.CONFLICT) {
            throw conflict(job, accepted);
        }
        boolean duplicate = accepted.how() == Accepted.How.DUPLICATE;
        return new JobHandle(accepted, duplicate ? null : job.createdAt(), awaits);
    }

    private static MillraceException conflict(NewJob job, Accepted accepted) {
        return new MillraceException(
                MillraceException.Code.IDEMPOTENCY_CONFLICT,
                ("idempotency key '%s' must come with the same request each time, got another than"
                                + " the one of job %d; nothing was accepted")
                        .formatted(job.holds().getFirst().key(), accepted.jobId()));
    }

    /** What became of a chunk, with the refusals by their place in the stream. */
    private record Sent(StreamReceipt receipt, Map<Long, MillraceException> refused) {}

    /** Counts what is accepted as it goes, since a chunk may fail in its middle. */
    private Sent send(List<NewJob> chunk, long first, LongAdder accepted)
            throws InterruptedException {
        var plain = chunk.stream().filter(job -> !job.isKeyed()).toList();
        if (!plain.isEmpty()) {
            appender.send(plain);
            accepted.add(plain.size());
        }
        var receipt = new StreamReceipt(plain.size(), 0, 0);
        if (plain.size() == chunk.size()) {
            return new Sent(receipt, Map.of());
        }
        var refused = new TreeMap<Long, MillraceException>();
        var keyed = IntStream.range(0, chunk.size()).filter(i -> chunk.get(i).isKeyed()).toArray();
        for (int from = 0; from < keyed.length; from += KEYED_CHUNK) {
            int[] places =
                    Arrays.copyOfRange(keyed, from, Math.min(keyed.length, from + KEYED_CHUNK));
            var jobs = Arrays.stream(places).mapToObj(chunk::get).toList();
            List<Accepted> answers = appender.sendBulk(jobs);
            for (int i = 0; i < places.length; i++) {
                Accepted answer = answers.get(i);
                StreamReceipt one = counted(answer.how());
                accepted.add(one.accepted());
                receipt = receipt.plus(one);
                if (answer.how() == Accepted.How.CONFLICT) {
                    refused.put(first + places[i], conflict(jobs.get(i), answer));
                }
            }
        }
        return new Sent(receipt, refused);
    }

    private static StreamReceipt counted(Accepted.How how) {
        return switch (how) {
            case NEW, REPLACED -> new StreamReceipt(1, 0, 0);
            case DUPLICATE -> new StreamReceipt(0, 1, 0);
            case CONFLICT -> new StreamReceipt(0, 0, 1);
        };
    }

    private static FutureTask<Sent> start(Callable<Sent> send) {
        var task = new FutureTask<>(send);
        Thread.ofVirtual().name("millrace-bulk").start(task);
        return task;
    }

    private static Sent finish(FutureTask<Sent> sent) throws InterruptedException {
        try {
            return sent.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof MillraceException refused) {
                throw refused;
            }
            throw new IllegalStateException("a chunk could not be sent", e.getCause());
        }
    }

    private static void finishQuietly(ArrayDeque<FutureTask<Sent>> underWay, RuntimeException first)
            throws InterruptedException {
        for (FutureTask<Sent> sent : underWay) {
            try {
                finish(sent);
            } catch (MillraceException more) {
                first.addSuppressed(more);
            }
        }
    }

    /** What the stream itself threw is thrown on as it is. */
    private static RuntimeException withCount(RuntimeException e, long accepted) {
        String count = "%d jobs of this stream were accepted and stay".formatted(accepted);
        if (e instanceof MillraceException refused) {
            return new MillraceException(
                    refused.code(), "%s (%s)".formatted(e.getMessage(), count), e);
        }
        e.addSuppressed(new IllegalStateException(count));
        return e;
    }
}
