package dev.millrace.store;

import dev.millrace.job.JobState;
import dev.millrace.job.JobTerms;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Set;

/**
 * Which jobs to list; {@code null} means any.
 *
 * @param state where it stands
 * @param queue where it waits or waited
 * @param kind what it does
 * @param tag a tag it carries
 * @param text what its payload contains, upper and lower case told apart; found by looking at a
 *     bounded number of jobs per page
 * @param traits what else it carries, all of them; at most {@value #MAX_TRAITS}
 * @param among in which queues; a queue that is not named here is not looked at
 */
public record JobFilter(
        JobState.@Nullable Name state,
        @Nullable String queue,
        @Nullable String kind,
        @Nullable String tag,
        @Nullable String text,
        List<Trait> traits,
        @Nullable Set<String> among) {
    /** The most traits of one filter. */
    public static final int MAX_TRAITS = 10;

    /** Copies the traits and the queues. */
    // written out: of a compact constructor other modules see no annotation on a nested type
    public JobFilter(
            JobState.@Nullable Name state,
            @Nullable String queue,
            @Nullable String kind,
            @Nullable String tag,
            @Nullable String text,
            List<Trait> traits,
            @Nullable Set<String> among) {
        this.state = state;
        this.queue = queue;
        this.kind = kind;
        this.tag = tag;
        this.text = text;
        this.traits = List.copyOf(traits);
        this.among = among == null ? null : Set.copyOf(among);
    }

    /** Jobs in whatever queue. */
    public JobFilter(
            JobState.@Nullable Name state,
            @Nullable String queue,
            @Nullable String kind,
            @Nullable String tag,
            @Nullable String text,
            List<Trait> traits) {
        this(state, queue, kind, tag, text, traits, null);
    }

    /** Jobs whatever else they carry. */
    public JobFilter(
            JobState.@Nullable Name state,
            @Nullable String queue,
            @Nullable String kind,
            @Nullable String tag,
            @Nullable String text) {
        this(state, queue, kind, tag, text, List.of());
    }

    /** Jobs whatever their payload. */
    public JobFilter(
            JobState.@Nullable Name state,
            @Nullable String queue,
            @Nullable String kind,
            @Nullable String tag) {
        this(state, queue, kind, tag, null);
    }

    /** Every job. */
    public static JobFilter all() {
        return new JobFilter(null, null, null, null, null);
    }

    /** The same in one state. */
    public JobFilter in(JobState.Name only) {
        return new JobFilter(only, queue, kind, tag, text, traits, among);
    }

    /** The same of a queue and a kind; {@code null} for any. */
    public JobFilter in(@Nullable String ofQueue, @Nullable String ofKind) {
        return new JobFilter(state, ofQueue, ofKind, tag, text, traits, among);
    }

    /**
     * The same in some queues only, {@code null} for any: what is not in them is as if it were not
     * there.
     */
    public JobFilter among(@Nullable Set<String> queues) {
        return new JobFilter(state, queue, kind, tag, text, traits, queues);
    }

    /** Whether jobs of a queue and kind may pass; what else is asked of them is not looked at. */
    public boolean passes(String itsQueue, String itsKind) {
        return (queue == null || queue.equals(itsQueue))
                && (kind == null || kind.equals(itsKind))
                && (among == null || among.contains(itsQueue));
    }

    /** Whether queue or kind decide. */
    public boolean isNarrowed() {
        return queue != null || kind != null || among != null;
    }

    /** Whether what a job was accepted with lets it through; its place is not looked at. */
    public boolean fits(String payload, List<String> tags, JobTerms terms) {
        return (tag == null || tags.contains(tag))
                && (text == null || payload.contains(text))
                && traits.stream().allMatch(trait -> trait.fits(payload, terms));
    }

    /** Whether payload, tags or terms decide. */
    public boolean readsBodies() {
        return tag != null || text != null || !traits.isEmpty();
    }
}
