import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import {
  job as askJob,
  askStack,
  Refusal,
  retry,
  type Attempt,
  type Job,
  type JobError,
  type LogLine,
  type Step,
} from "./api";
import { age, duration, moment, rate, whole } from "./format";
import { JsonView } from "./json-view";
import { isLive, now, workers } from "./live";
import { ProgressBar, StateBadge } from "./jobs";
import { closeJob, openJob, qualify } from "./route";

const LOOK_MS = 1000;
const ENDED = new Set(["completed", "discarded", "cancelled", "expired"]);

interface Seen {
  id: string;
  job: Job | null;
  fault: string;
}

/** The job as it stands, until it has ended. */
function useJob(id: string | null): [Seen | null, () => void] {
  const [seen, setSeen] = useState<Seen | null>(null);
  const [round, setRound] = useState(0);
  const live = isLive.value;
  useEffect(() => {
    if (id === null) {
      setSeen(null);
      return;
    }
    const stop = new AbortController();
    let timer: number | undefined;
    const look = async (): Promise<void> => {
      let over = false;
      try {
        const job = await askJob(id, stop.signal);
        over = ENDED.has(job.state);
        if (!stop.signal.aborted) setSeen({ id, job, fault: "" });
      } catch (e) {
        if (stop.signal.aborted) return;
        over = e instanceof Refusal && e.status === 404;
        const fault = e instanceof Refusal ? e.message : "The job could not be read.";
        setSeen((before) => ({ id, job: before?.id === id && !over ? before.job : null, fault }));
      }
      if (!over && live && !stop.signal.aborted) timer = window.setTimeout(look, LOOK_MS);
    };
    void look();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [id, live, round]);
  return [seen?.id === id ? seen : null, () => setRound(round + 1)];
}

export function JobPanel() {
  const id = openJob.value;
  const [seen, again] = useJob(id);
  const heading = useRef<HTMLHeadingElement>(null);
  useFocus(id, heading);
  if (id === null) return null;
  const job = seen?.job ?? null;
  return (
    <aside class="panel" aria-labelledby="job">
      <header>
        <h2 id="job" tabIndex={-1} ref={heading}>
          Job {id}
        </h2>
        {job && <StateBadge state={job.state} />}
        <button type="button" class="button close" onClick={closeJob}>
          Close <kbd>Esc</kbd>
        </button>
      </header>
      {seen !== null && seen.fault !== "" && (
        <p class="fault" role="alert">
          {seen.fault}
        </p>
      )}
      {seen === null && <p class="empty">Asking…</p>}
      {job && <Details job={job} again={again} />}
    </aside>
  );
}

/** Goes to the job when it opens, and back to where it was opened from. */
function useFocus(id: string | null, heading: RefObject<HTMLHeadingElement | null>): void {
  const from = useRef<HTMLElement | null>(null);
  useEffect(() => {
    if (id === null) {
      if (from.current?.isConnected === true) from.current.focus();
      from.current = null;
    } else {
      const at = document.activeElement;
      if (at instanceof HTMLElement && at.closest(".panel") === null) from.current = at;
      heading.current?.focus();
    }
  }, [id]);
}

function Details(props: { job: Job; again: () => void }) {
  const job = props.job;
  return (
    <>
      {job.waiting && <Waiting job={job} />}
      {job.progress && (
        <Block title="Progress">
          <ProgressBar progress={job.progress} />
          <p class="note">
            {[
              job.progress.perSecond !== undefined && `${rate(job.progress.perSecond)} a second`,
              job.state === "running" &&
                job.progress.secondsLeft !== undefined &&
                `${duration(job.progress.secondsLeft * 1000)} left`,
              job.progress.message,
            ]
              .filter(Boolean)
              .join(", ")}
          </p>
        </Block>
      )}
      {(job.state === "discarded" || job.state === "scheduled") && (
        <RetryNow job={job} again={props.again} />
      )}
      <Facts job={job} />
      {job.error && (
        <Block title="Last error">
          <ErrorText error={job.error} open={job.state === "discarded"} />
        </Block>
      )}
      {job.checkpoint !== undefined && (
        <Block title="Resumes from">
          <JsonView key={`c${job.id}`} of={job.checkpoint} label="Checkpoint" />
          {job.checkpointAt !== undefined && (
            <p class="note">
              kept <When at={job.checkpointAt} />
            </p>
          )}
        </Block>
      )}
      {job.steps !== undefined && <Steps steps={job.steps} />}
      {job.log !== undefined && <Log lines={job.log} />}
      {(job.state === "running" || job.stack !== undefined) && (
        <Stack job={job} again={props.again} />
      )}
      <Block title="Payload">
        <JsonView key={`p${job.id}`} of={job.payload} label="Payload" />
      </Block>
      {job.result !== undefined && (
        <Block title="Result">
          <JsonView key={`r${job.id}`} of={job.result} label="Result" />
        </Block>
      )}
      <Block title={`Attempts (${job.attempts.length})`}>
        {job.attempts.length === 0 ? (
          <p class="note">None has ended yet.</p>
        ) : (
          <ol class="attempts">
            {job.attempts
              .map((attempt, i) => <Tried key={i} attempt={attempt} />)
              .reverse()}
          </ol>
        )}
      </Block>
    </>
  );
}

function Block(props: { title: string; children: ComponentChildren }) {
  return (
    <section class="block">
      <h3>{props.title}</h3>
      {props.children}
    </section>
  );
}

const REASONS: Record<string, string> = {
  "due-later": "It is due later",
  "backing-off": "It failed and waits before it tries again",
  signal: "It waits for a signal",
  "queue-paused": "Its queue is paused",
  "key-limit": "Its key’s limit is reached",
  "rate-limit": "Its queue’s rate is reached",
  "no-worker": "No worker takes it",
  parent: "It waits for another job",
  next: "Its turn has not come",
};

function Waiting(props: { job: Job }) {
  const { reason, detail } = props.job.waiting ?? { reason: "", detail: "" };
  return (
    <section class={`block why ${reason === "no-worker" ? "bad" : ""}`}>
      <h3>Why is it waiting?</h3>
      <p>
        <b>{REASONS[reason] ?? reason}:</b> {detail}
      </p>
    </section>
  );
}

function RetryNow(props: { job: Job; again: () => void }) {
  const [said, setSaid] = useState("");
  const press = (): void => {
    setSaid("…");
    retry(String(props.job.id)).then(
      () => {
        setSaid("");
        props.again();
      },
      (e: unknown) => setSaid(e instanceof Refusal ? e.message : "The server did not answer."),
    );
  };
  return (
    <p class="actions">
      <button type="button" class="button" onClick={press}>
        {props.job.state === "discarded" ? "Run again" : "Run now"}
      </button>
      <span class="note" role="status">
        {said}
      </span>
    </p>
  );
}

function When(props: { at: string }) {
  const away = now.value - Date.parse(props.at);
  const far = duration(Math.floor(Math.abs(away) / 1000) * 1000);
  return (
    <time dateTime={props.at} title={props.at}>
      {moment(props.at)}{" "}
      <small>{Math.abs(away) < 1000 ? "now" : away < 0 ? `in ${far}` : `${far} ago`}</small>
    </time>
  );
}

function Steps(props: { steps: Step[] }) {
  return (
    <Block title={`Steps done (${props.steps.length})`}>
      <ol class="steps">
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
    </Block>
  );
}

const LINES = 200;

function Log(props: { lines: LogLine[] }) {
  const shown = props.lines.slice(-LINES);
  return (
    <Block title="Log">
      {shown.length < props.lines.length && (
        <p class="note">
          The newest {LINES} of {whole(props.lines.length)} lines.
        </p>
      )}
      <pre class="log" tabIndex={0} aria-label="Log">
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
    </Block>
  );
}

function Stack(props: { job: Job; again: () => void }) {
  const [said, setSaid] = useState("");
  const { job } = props;
  const press = (): void => {
    setSaid("Asking its worker…");
    askStack(String(job.id)).then(
      () => setSaid("Asked; it is shown here when its worker has answered."),
      (e: unknown) => setSaid(e instanceof Refusal ? e.message : "The server did not answer."),
    );
  };
  return (
    <Block title="Stack">
      {job.stack !== undefined && (
        <>
          <p class="note">
            as it was <When at={job.stack.at} />
          </p>
          <pre class="stack" tabIndex={0}>
            {job.stack.text}
          </pre>
        </>
      )}
      {job.state === "running" && (
        <p class="actions">
          <button type="button" class="button" onClick={press}>
            Show where its thread stands
          </button>
          <span class="note" role="status">
            {said}
          </span>
        </p>
      )}
    </Block>
  );
}

function Facts(props: { job: Job }) {
  const job = props.job;
  const worker = workers.value?.find((each) => each.id === job.worker);
  const ran =
    job.startedAt === undefined
      ? undefined
      : job.finishedAt !== undefined
        ? duration(Date.parse(job.finishedAt) - Date.parse(job.startedAt))
        : job.state === "running"
          ? `${age(now.value - Date.parse(job.startedAt))} so far`
          : undefined;
  const waited =
    job.attempts.length > 0 || job.startedAt === undefined
      ? undefined
      : duration(Date.parse(job.startedAt) - Date.parse(job.createdAt));
  const rows: [string, ComponentChildren][] = [
    ["Kind", <Filtered name="kind" value={job.kind} />],
    ["Queue", <Filtered name="queue" value={job.queue} />],
    ["Attempt", `${job.attempt} of ${job.maxAttempts}`],
    ["Priority", job.priority],
    ["Version", job.version === 1 ? undefined : job.version],
    [
      "Tags",
      job.tags.length === 0
        ? undefined
        : job.tags.map((tag) => <Filtered key={tag} name="tag" value={tag} />),
    ],
    [
      "Keys",
      Object.entries(job.keys ?? {}).map(([name, key]) => `${name}: ${key}`).join(", ") ||
        undefined,
    ],
    ["Unique", job.unique],
    ["Timeout", job.timeout],
    ["Created", <When at={job.createdAt} />],
    ["Due", job.runAt && <When at={job.runAt} />],
    ["Expires", job.expiresAt && <When at={job.expiresAt} />],
    ["Started", job.startedAt && <When at={job.startedAt} />],
    ["Ended", job.finishedAt && <When at={job.finishedAt} />],
    ["Waited", waited],
    [job.state === "running" ? "Runs" : "Ran", ran],
    ["Worker", job.worker === undefined ? undefined : (worker?.name ?? `number ${job.worker}`)],
    ["Skipped", job.skipped === true ? "it was no longer wanted" : undefined],
  ];
  return (
    <dl class="facts">
      {rows.map(
        ([name, value]) =>
          value !== undefined && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

function Filtered(props: { name: string; value: string }) {
  return (
    <button
      type="button"
      class="link"
      title={`Show jobs of ${props.name} ${props.value}`}
      onClick={() => qualify(props.name, props.value)}
    >
      {props.value}
    </button>
  );
}

function Tried(props: { attempt: Attempt }) {
  const { number, worker, startedAt, finishedAt, outcome, error } = props.attempt;
  const took = Date.parse(finishedAt) - Date.parse(startedAt);
  return (
    <li>
      <p>
        <b>{number}</b> <span class={`badge ${outcome}`}>{outcome}</span>{" "}
        <span class="note">
          after {duration(took)}, <When at={finishedAt} />, worker {worker}
        </span>
      </p>
      {error && <ErrorText error={error} open={false} />}
    </li>
  );
}

function ErrorText(props: { error: JobError; open: boolean }) {
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
