// A pipeline's steps as they follow each other, with what stands in each.

import type { ComponentChildren } from "preact";
import type { PipelineStep } from "../api/types";
import { qualified } from "../state/filter";
import { jobsHref } from "../state/route";
import { counted, duration, millisOf, rate, whole } from "../ui/format";

const STATES = {
  waiting: "available",
  later: "scheduled",
  running: "running",
  failed: "discarded",
} as const;
export type Stand = keyof typeof STATES;

/** How many of a step stand so, and where they are listed. */
export function StepCount(props: { step: PipelineStep; of: Stand }) {
  const { step, of } = props;
  const n = step[of];
  const q = qualified(qualified("", "kind", step.kind), "state", STATES[of]);
  return n === 0 ? (
    <span class="zero">0</span>
  ) : (
    <a class={of === "failed" ? "warn" : "quiet"} href={jobsHref(q)}>
      {counted(n, step.countedTo)}
    </a>
  );
}

/** How long the rest of a step takes. */
export const left = (text: string | undefined): string =>
  text === undefined ? "–" : duration(millisOf(text));

/** Steps in their order, with an arrow between each two. */
export function Flow(props: { label: string; children: ComponentChildren }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={props.label}>
      <ol class="flow">{props.children}</ol>
    </div>
  );
}

/** A step as it stands now. */
export function StepNow(props: { step: PipelineStep }) {
  const { step } = props;
  const busy = step.running > 0 ? "running" : step.waiting > 0 ? "available" : "";
  return (
    <li class={`step ${step.failed > 0 ? "discarded" : busy}`}>
      <h3>
        {step.name} {step.joins && <span class="badge">joins</span>}
      </h3>
      <dl>
        {(Object.keys(STATES) as Stand[]).map((of) => (
          <div key={of}>
            <dt>{of}</dt>
            <dd class="n">
              <StepCount step={step} of={of} />
            </dd>
          </div>
        ))}
      </dl>
      <p class="note">
        {step.perMinute === 0 ? "none a minute" : `${rate(step.perMinute)} a minute`}
        {step.left !== undefined && step.waiting + step.running > 0 && `, ${left(step.left)} left`}
      </p>
      {step.backlog > 0 && <p class="note">the step before rests at {whole(step.backlog)}</p>}
    </li>
  );
}
