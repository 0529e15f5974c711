// One item of a pipeline: where it stands, and how it came there, job by job.

import { useState } from "preact/hooks";
import { act, journey as askJourney, pipeline as askPipeline } from "../api/calls";
import type { Batch, Job, Journey } from "../api/types";
import { useLook } from "../state/look";
import { now } from "../state/live";
import { address, jobHref } from "../state/route";
import { everywhere, mayAct } from "../state/session";
import { duration, whole } from "../ui/format";
import { JsonView } from "../ui/json-view";
import { Below, Card, Empty, FactList, Fault, Head, StateBadge, When } from "../ui/pieces";
import { attempt } from "../ui/toast";
import { batchHref, CancelRest } from "./batches";
import { lanes } from "./job-timeline";
import { Flow } from "./pipeline-flow";

const LOOK_MS = 1000;
/** The newest so many are drawn. */
const MOST = 100;
/** What matters most of several parts that are at one step. */
const ORDER = ["discarded", "running", "available", "scheduled", "cancelled", "expired", "completed"];

export function ItemPage(props: { pipeline: string; item: string }) {
  const { pipeline, item } = props;
  const [over, setOver] = useState(false);
  const [cancelling, setCancelling] = useState(false);
  const plan = useLook(`pipeline ${pipeline}`, 0, (signal) => askPipeline(pipeline, signal));
  const { found, fault, again } = useLook(
    `journey ${pipeline} ${item}`,
    over ? 0 : LOOK_MS,
    async (signal) => {
      const seen = await askJourney(pipeline, item, signal);
      setOver(seen.item.endedAt !== null);
      return seen;
    },
  );
  return (
    <>
      <Head
        title={
          <>
            <Below href={address("pipelines")} page="Pipelines">
              <a class="back" href={address("pipelines", pipeline)}>
                {pipeline}
              </a>
            </Below>{" "}
            <span aria-hidden="true">/</span> {item}
          </>
        }
      >
        {found && <StateBadge state={found.item.state} />}
        {found && found.item.endedAt === null && everywhere("operator") && (
          <button type="button" class="button" onClick={() => setCancelling(true)}>
            Cancel the rest
          </button>
        )}
      </Head>
      <Fault text={fault} />
      {found === null && fault === "" && <Empty>Asking…</Empty>}
      {found && (
        <div class="job">
          <div class="column">
            <Card title="Where it stands" id="stands">
              <Fault text={plan.fault} />
              {plan.found === null ? (
                plan.fault === "" && <Empty>Asking…</Empty>
              ) : (
                <Flow label="Steps of the item">
                  {plan.found.steps.map(({ name }) => (
                    <At
                      key={name}
                      step={name}
                      visits={ofStep(found.visits, pipeline, name)}
                      isWhole={found.isWhole}
                    />
                  ))}
                </Flow>
              )}
            </Card>
            <Visits pipeline={pipeline} found={found} again={again} />
          </div>
          <div class="column">
            <About item={found.item} />
            {found.visits[0] && (
              <Card title="As it entered" id="entered">
                <JsonView of={found.visits[0].payload} label="The item as JSON" />
              </Card>
            )}
          </div>
        </div>
      )}
      {found && cancelling && (
        <CancelRest batch={found.item} close={() => setCancelling(false)} ended={again} />
      )}
    </>
  );
}

const ofStep = (visits: Job[], pipeline: string, step: string): Job[] =>
  visits.filter((each) => each.kind === `${pipeline}.${step}`);

/** How an item, or its parts, stand at a step. */
function At(props: { step: string; visits: Job[]; isWhole: boolean }) {
  const { step, visits, isWhole } = props;
  const states = ORDER.filter((state) => visits.some((each) => each.state === state));
  return (
    <li class={`step ${states[0] ?? "none"}`}>
      <h3>{step}</h3>
      <p class="stand">
        {states.map((state) => {
          const n = visits.filter((each) => each.state === state).length;
          return (
            <span key={state}>
              <StateBadge state={state} />{" "}
              {visits.length > 1 && <small>{isWhole ? whole(n) : `${whole(n)} or more`}</small>}
            </span>
          );
        })}
        {states.length === 0 && <span class="zero">{isWhole ? "not reached" : "not shown"}</span>}
      </p>
      {visits.length === 1 && visits[0] && <p class="note">{tries(visits[0])}</p>}
    </li>
  );
}

/** "waited 2 s, ran 30 ms in 2 attempts". */
function tries(job: Job): string {
  const all = lanes(job, now.value);
  const waited = all.reduce((sum, it) => sum + (it.runFrom ?? it.to) - it.waitFrom, 0);
  const ran = all.reduce((sum, it) => sum + (it.runFrom === null ? 0 : it.to - it.runFrom), 0);
  const done = all.filter((it) => it.runFrom !== null).length;
  if (done === 0) return `waits ${duration(waited)}`;
  const in_ = done > 1 ? ` in ${done} attempts` : "";
  return `waited ${duration(waited)}, ran ${duration(ran)}${in_}`;
}

function About(props: { item: Batch }) {
  const { item } = props;
  const facts: [string, preact.ComponentChildren][] = [
    ["Accepted", <When at={item.createdAt} />],
    ["Ended", item.endedAt === null ? undefined : <When at={item.endedAt} />],
    [
      "Took",
      item.endedAt === null
        ? undefined
        : duration(Date.parse(item.endedAt) - Date.parse(item.createdAt)),
    ],
    ["Jobs", `${whole(item.added)}, ${whole(item.open)} open`],
    ["Failed", item.failed === 0 ? undefined : whole(item.failed)],
    ["Cancelled", item.cancelled === 0 ? undefined : whole(item.cancelled)],
  ];
  return (
    <Card title="Facts" id="facts">
      <FactList of={facts} />
    </Card>
  );
}

function Visits(props: { pipeline: string; found: Journey; again: () => void }) {
  const { visits, isWhole } = props.found;
  const shown = visits.slice(-MOST);
  return (
    <Card
      title="Its way"
      id="way"
      aside={
        (shown.length < visits.length || !isWhole) && (
          <p class="legend">
            {isWhole
              ? `the newest ${MOST} of ${whole(visits.length)} jobs`
              : `${whole(shown.length)} of the first ${whole(visits.length)} jobs; `}
            {!isWhole && <a href={batchHref(props.found.item.id)}>all of them</a>}
          </p>
        )
      }
    >
      {shown.length === 0 ? (
        <Empty>Its jobs have been removed after their time.</Empty>
      ) : (
        <ol class="way inside">
          {shown.map((job) => (
            <Visit key={job.id} pipeline={props.pipeline} job={job} again={props.again} />
          ))}
        </ol>
      )}
    </Card>
  );
}

function Visit(props: { pipeline: string; job: Job; again: () => void }) {
  const { pipeline, job } = props;
  const step = job.kind.startsWith(`${pipeline}.`) ? job.kind.slice(pipeline.length + 1) : job.kind;
  // a step that is done has none, but may have failed before
  const error = job.error ?? [...job.attempts].reverse().find((each) => each.error)?.error;
  const retry = (): void =>
    void attempt(act("retry", job.id), `It goes on at ${step}.`).then(props.again);
  return (
    <li class={`visit ${job.state}`}>
      <div class="row">
        <b>{step}</b> <StateBadge state={job.state} />
        <a href={jobHref(job.id)}>job {job.id}</a>
        {job.state === "discarded" && mayAct(job.queue) && (
          <button type="button" class="button" onClick={retry}>
            Go on from here
          </button>
        )}
      </div>
      <p class="note">
        {tries(job)}
        {job.skipped === true && ", skipped"}
        {job.waiting && `: ${job.waiting.detail}`}
      </p>
      {error && (
        <p class={job.state === "completed" ? "note" : "message bad"}>
          {job.state === "completed" && "failed before: "}
          {error.message === "" ? error.type : error.message}
        </p>
      )}
      {job.result !== undefined && (
        <details>
          <summary>What it made</summary>
          <JsonView of={job.result} label={`What ${step} made, as JSON`} />
        </details>
      )}
    </li>
  );
}
