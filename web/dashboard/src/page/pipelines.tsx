import { pipeline as askPipeline, pipelines as askPipelines } from "../api/calls";
import type { Pipeline, PipelineStep } from "../api/types";
import { useLook } from "../state/look";
import { address, said } from "../state/route";
import { rate } from "../ui/format";
import { Below, Card, Empty, Fault, Head, Scroll } from "../ui/pieces";
import { ItemPage } from "./item";
import { Failures } from "./pipeline-failures";
import { Flow, left, StepCount, StepNow, type Stand } from "./pipeline-flow";
import { Items } from "./pipeline-items";

const LOOK_MS = 2000;
const STANDS: Stand[] = ["waiting", "later", "running", "failed"];

function StepRow(props: { step: PipelineStep }) {
  const { step } = props;
  return (
    <tr>
      <th scope="row">
        {step.name}
        {step.joins && <span class="badge">joins</span>}
      </th>
      {STANDS.map((of) => (
        <td key={of} class={of === "later" ? "n wide" : "n"}>
          <StepCount step={step} of={of} />
        </td>
      ))}
      <td class="n">{step.perMinute === 0 ? <span class="zero">0</span> : rate(step.perMinute)}</td>
      <td class="n wide">
        {step.waiting + step.running === 0 ? <span class="zero">–</span> : left(step.left)}
      </td>
    </tr>
  );
}

function One(props: { pipeline: Pipeline }) {
  const { name, steps } = props.pipeline;
  return (
    <Card title={<a href={address("pipelines", name)}>{name}</a>} id={`pipeline-${name}`}>
      <Scroll label={`Steps of ${name}`}>
        <table>
          <thead>
            <tr>
              <th scope="col">Step</th>
              <th scope="col" class="n">
                Waiting
              </th>
              <th scope="col" class="n wide">
                Later
              </th>
              <th scope="col" class="n">
                Running
              </th>
              <th scope="col" class="n">
                Failed
              </th>
              <th scope="col" class="n">
                A minute
              </th>
              <th scope="col" class="n wide">
                Time left
              </th>
            </tr>
          </thead>
          <tbody>
            {steps.map((step) => (
              <StepRow key={step.name} step={step} />
            ))}
          </tbody>
        </table>
      </Scroll>
    </Card>
  );
}

export function Pipelines() {
  const { found, fault } = useLook("pipelines", LOOK_MS, askPipelines);
  return (
    <>
      <Head title="Pipelines" />
      <Fault text={fault} />
      {found === null ? (
        fault === "" && <Empty>Asking…</Empty>
      ) : found.length === 0 ? (
        <section class="card" aria-label="Pipelines">
          <Empty>No pipeline yet: a process that runs one makes it known.</Empty>
        </section>
      ) : (
        found.map((each) => <One key={each.name} pipeline={each} />)
      )}
      <p class="hint">
        Later: tried again after a failure, or put off by its step. A minute: what left a step well,
        over the last five minutes; the time left is at that rate.
      </p>
    </>
  );
}

/** A pipeline, or one of its items. */
export function PipelinePage(props: { name: string }) {
  const item = said("item");
  return item === "" ? (
    <Whole name={props.name} />
  ) : (
    <ItemPage key={item} pipeline={props.name} item={item} />
  );
}

function Whole(props: { name: string }) {
  const { name } = props;
  const { found, fault, again } = useLook(`pipeline ${name}`, LOOK_MS, (signal) =>
    askPipeline(name, signal),
  );
  return (
    <>
      <Head
        title={
          <Below href={address("pipelines")} page="Pipelines">
            {name}
          </Below>
        }
      />
      <Fault text={fault} />
      {found === null && fault === "" && <Empty>Asking…</Empty>}
      {found && (
        <>
          <Card title="Steps" id="steps">
            <Flow label={`Steps of ${name}`}>
              {found.steps.map((step) => (
                <StepNow key={step.name} step={step} />
              ))}
            </Flow>
          </Card>
          <Failures pipeline={found} ended={again} />
          <Items pipeline={name} />
        </>
      )}
    </>
  );
}
