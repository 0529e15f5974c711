import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { said } from "../api/ask";
import { askStack } from "../api/calls";
import type { Job, JobError, LogLine, Step } from "../api/types";
import { quoted } from "../state/filter";
import { now, workers } from "../state/live";
import { address, jobsHref } from "../state/route";
import { mayAct } from "../state/session";
import { age, duration, whole } from "../ui/format";
import { Card, FactList, When } from "../ui/pieces";

export function ErrorText(props: { error: JobError; open: boolean }) {
  const { type, message, stack } = props.error;
  return (
    <div class="error">
      <p>
        <code>{type}</code>
        {message !== "" && <span class="message">{message}</span>}
      </p>
      {stack !== "" && (
        <details open={props.open}>
          <summary>Stack</summary>
          <pre tabIndex={0}>{stack}</pre>
        </details>
      )}
    </div>
  );
}

function Filtered(props: { name: string; value: string }) {
  return <a href={jobsHref(`${props.name}:${quoted(props.value)}`)}>{props.value}</a>;
}

/** What waits for something else than a moment has one that never comes. */
const isNever = (at: string): boolean => Date.parse(at) > Date.parse("3000-01-01T00:00:00Z");

function ran(job: Job): string | undefined {
  if (job.startedAt === undefined) return undefined;
  const from = Date.parse(job.startedAt);
  if (job.finishedAt !== undefined) return duration(Date.parse(job.finishedAt) - from);
  return job.state === "running" ? `${age(now.value - from)} so far` : undefined;
}

export function Facts(props: { job: Job }) {
  const job = props.job;
  const worker = workers.value?.find((each) => each.id === job.worker);
  const tags = job.tags.map((tag) => <Filtered key={tag} name="tag" value={tag} />);
  const keys = Object.entries(job.keys ?? {}).map(([name, key]) => (
    <Filtered key={name} name="key" value={`${name}=${key}`} />
  ));
  const rows: [string, ComponentChildren][] = [
    ["Kind", <Filtered name="kind" value={job.kind} />],
    ["Queue", <a href={address("queues", job.queue)}>{job.queue}</a>],
    ["Priority", job.priority],
    ["Version", job.version === 1 ? undefined : job.version],
    ["Tags", tags.length === 0 ? undefined : tags],
    ["Keys", keys.length === 0 ? undefined : keys],
    ["Unique", job.unique],
    ["Timeout", job.timeout],
    ["Created", <When at={job.createdAt} />],
    ["Due", job.runAt === undefined || isNever(job.runAt) ? undefined : <When at={job.runAt} />],
    ["Expires", job.expiresAt && <When at={job.expiresAt} />],
    ["Started", job.startedAt && <When at={job.startedAt} />],
    ["Ended", job.finishedAt && <When at={job.finishedAt} />],
    [job.state === "running" ? "Runs" : "Ran", ran(job)],
    ["Worker", job.worker === undefined ? undefined : (worker?.name ?? `number ${job.worker}`)],
    ["Skipped", job.skipped === true ? "it was no longer wanted" : undefined],
  ];
  return (
    <Card title="Facts" id="facts">
      <FactList of={rows} />
    </Card>
  );
}

export function Steps(props: { steps: Step[] }) {
  return (
    <Card title="Steps done" id="steps" aside={<p class="legend">{whole(props.steps.length)}</p>}>
      <ol class="steps inside">
        {props.steps.map((step) => (
          <li key={step.name}>
            <b>{step.name}</b>{" "}
            <span class="note">
              {step.tries > 1 && `${step.tries} tries, `}
              <When at={step.at} />
            </span>
          </li>
        ))}
      </ol>
    </Card>
  );
}

const LINES = 300;

export function Log(props: { lines: LogLine[]; live: boolean }) {
  const box = useRef<HTMLPreElement>(null);
  const stuck = useRef(true);
  const shown = props.lines.slice(-LINES);
  useEffect(() => {
    const inside = box.current;
    if (props.live && stuck.current && inside !== null) inside.scrollTop = inside.scrollHeight;
  }, [props.lines.length]);
  return (
    <Card
      title="Log"
      id="log"
      aside={
        shown.length < props.lines.length && (
          <p class="legend">
            the newest {LINES} of {whole(props.lines.length)} lines
          </p>
        )
      }
    >
      <pre
        ref={box}
        class="log"
        tabIndex={0}
        role="log"
        aria-label="Log"
        onScroll={(event) => {
          const it = event.currentTarget;
          stuck.current = it.scrollTop + it.clientHeight >= it.scrollHeight - 8;
        }}
      >
        {shown.map((line, i) => (
          <span key={i} class={`level-${line.level}`}>
            <time dateTime={line.at} title={line.at}>
              {line.at.slice(11, 19)}
            </time>{" "}
            {line.level !== "info" && `${line.level.toUpperCase()} `}
            {line.message}
            {"\n"}
          </span>
        ))}
      </pre>
    </Card>
  );
}

export function Stack(props: { job: Job }) {
  const [told, setTold] = useState("");
  const { job } = props;
  useEffect(() => setTold(""), [job.stack?.at]);
  const press = (): void => {
    setTold("Asking its worker…");
    askStack(String(job.id)).then(
      () => setTold("Asked; it is shown here when its worker has answered."),
      (e: unknown) => setTold(said(e)),
    );
  };
  return (
    <Card
      title="Stack of its thread"
      id="stack"
      aside={
        job.state === "running" &&
        mayAct(job.queue) && (
          <button type="button" class="button" onClick={press}>
            {job.stack === undefined ? "Show where it stands" : "Look again"}
          </button>
        )
      }
    >
      <div class="inside">
        <p class="note" role="status">
          {told}
        </p>
        {job.stack !== undefined ? (
          <>
            <p class="note">
              as it was <When at={job.stack.at} />
            </p>
            <pre class="stack" tabIndex={0}>
              {job.stack.text}
            </pre>
          </>
        ) : (
          told === "" && <p class="note">Nobody has asked where its thread stands.</p>
        )}
      </div>
    </Card>
  );
}

