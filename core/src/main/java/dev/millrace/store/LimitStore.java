package dev.millrace.store;

import dev.millrace.job.MillraceException;
import dev.millrace.job.Names;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where jobs with keys wait until limits let them through. A part of the {@link JobStore}; the same
 * rules and failures hold.
 *
 * <p>A job with named keys that becomes available, by whatever way, stands at the <em>gate</em> of
 * its queue, where no claim finds it. One process, which holds the lease {@value #LEASE}, moves it
 * from there: it is <em>admitted</em>, so that claims find it, or parked in the <em>line</em> of a
 * key that is full. Who leaves {@code running} in any way, or is cancelled while admitted, has left
 * by that very transition: there is no other record of the admitted than where they stand.
 */
public interface LimitStore {
    /** The lease that admits. */
    String LEASE = "limits";

    /** The most rows read or moved by one call. */
    int MOST = 2_000;

    /** The limits of every queue that has some. One round trip. */
    Map<String, QueueLimits> limits();

    /** Sets the limits of a queue, which need not have had a job yet. One round trip. */
    void limit(String queue, QueueLimits limits);

    /**
     * Says what the code of a process that starts declares. It is set when it is another than was
     * declared last; otherwise whatever was set since stays.
     */
    void declare(String queue, QueueLimits limits);

    /**
     * What stands at the gate and what has passed it. Costs nothing while no job with keys was ever
     * accepted; otherwise in proportion to what is admitted, to pauses and to what is asked for,
     * never to what waits.
     */
    Gate gate(Gate.Look look);

    /**
     * By what limits count some jobs, for one who has just taken over.
     *
     * @param jobIds at most {@value #MOST}; unknown ones are left out
     */
    Map<Long, KeyedJob> keys(Collection<Long> jobIds);

    /**
     * The lines of keys, made when they are new.
     *
     * @param keys at most {@value #MOST}
     * @return their numbers, 1 and up
     */
    Map<LimitKey, Integer> lines(Collection<LimitKey> keys);

    /**
     * A page of all lines, by number.
     *
     * @param after the last one of the page before, 0 to begin with
     * @return at most {@value #MOST}; fewer at the end
     */
    Map<Integer, LimitKey> lines(int after);

    /**
     * Removes lines in which nobody stands.
     *
     * @param epoch of the lease; nothing happens when it is not the present one
     * @param lines at most {@value #MOST}
     */
    void remove(long epoch, Collection<Integer> lines);

    /**
     * The first in some lines, highest priority first, then first come, first served.
     *
     * @param wanted how many of each line, together at most {@value #MOST}
     * @param aged whether the longest waiting come first, whatever their priority
     */
    List<Entrant> heads(Map<Integer, Integer> wanted, boolean aged);

    /** The queues from which nothing is claimed now, since somebody paused them. One round trip. */
    Set<String> pausedQueues();

    /**
     * The first of those admitted of some queues that wait to be claimed, each queue's kinds by
     * themselves.
     *
     * @param max the most, 1 to {@value #MOST}
     */
    List<Entrant> ready(Set<String> queues, int max);

    /**
     * Moves entrants, in one transaction that holds only in this epoch of the lease. Who is no
     * longer where it was seen stays.
     *
     * @param moves at most {@value #MOST}, in the order in which the admitted are to be claimed
     * @return those that were moved; empty when another epoch has begun, and nobody was
     */
    Optional<Set<Long>> move(long epoch, List<Entrant.Move> moves);

    /**
     * Has nothing be admitted by a key for a time; a later end that was set before stays. In effect
     * before the job that asks for it makes room by ending. One round trip.
     */
    void pause(LimitKey key, Instant until, Instant now);

    /**
     * What a job can have paused by a name. One round trip unless it is a key of its own.
     *
     * @param keys the job's
     * @param name of one of its keys, or of something its queue shares
     * @throws MillraceException with {@code invalid-input} when it is neither
     */
    default LimitKey named(long jobId, String queue, Map<String, String> keys, String name) {
        String value = keys.get(name);
        if (value != null) {
            return new LimitKey(queue, name, value);
        }
        var shared = limits().getOrDefault(queue, QueueLimits.NONE).sharedNames();
        if (!shared.contains(name)) {
            throw MillraceException.invalid(
                    ("a pause needs the name of a key of the job or of something its queue shares,"
                                    + " got '%s' (job %d, queue '%s'); nothing was paused")
                            .formatted(Names.printable(name), jobId, queue));
        }
        return LimitKey.shared(name);
    }

    /** Until when each of some keys is paused; those that are not are left out. One round trip. */
    Map<LimitKey, Instant> paused(Collection<LimitKey> keys, Instant now);

    /**
     * In whose line each of some jobs stands; those in none are left out. One round trip.
     *
     * @param jobIds at most {@value #MOST}
     */
    Map<Long, LimitKey> holding(Collection<Long> jobIds);
}
