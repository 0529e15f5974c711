package dev.millrace.flow;

import java.util.List;

/**
 * How a pipeline is built, as people see it; kept in the store by every process that runs it.
 *
 * @param name its name
 * @param steps in their order
 */
public record PipelinePlan(String name, List<Step> steps) {
    /**
     * A step.
     *
     * @param name its name
     * @param kind of its jobs
     * @param queue where they wait
     * @param joins whether it gathers what an item's parts came to
     * @param backlog the step before pauses while so many wait here; 0 for never
     */
    public record Step(String name, String kind, String queue, boolean joins, int backlog) {}

    /** Copies the steps. */
    public PipelinePlan {
        steps = List.copyOf(steps);
    }
}
