// A job: where it stands, how it came there, what it left behind, and what may be done about it.

import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { Refusal } from "../api/ask";
import { act, job as askJob } from "../api/calls";
import type { Deed, Job } from "../api/types";
import { useKeys } from "../keys";
import { changed, isLive } from "../state/live";
import { address, go, said } from "../state/route";
import { mayAct } from "../state/session";
import { duration, rate } from "../ui/format";
import { JsonView } from "../ui/json-view";
import { Confirm } from "../ui/dialog";
import { Card, Empty, Fault, Head, ProgressBar, StateBadge, When } from "../ui/pieces";
import { attempt } from "../ui/toast";
import { Diagram } from "./job-diagram";
import { EditDialog } from "./job-edit";
import { ErrorText, Facts, Log, Stack, Steps } from "./job-parts";
import { SignalDialog } from "./job-signal";
import { Timeline } from "./job-timeline";

const LOOK_MS = 700;
const ENDED = new Set(["completed", "discarded", "cancelled", "expired"]);

interface Seen {
  id: string;
  job: Job | null;
  fault: string;
}

/** The job as it stands: looked at until it has ended, and whenever it is heard to change. */
function useJob(id: string): [Seen | null, () => void] {
  const [seen, setSeen] = useState<Seen | null>(null);
  const [round, setRound] = useState(0);
  const live = isLive.value;
  useEffect(() => {
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
  useEffect(() => changed(id, () => setRound((n) => n + 1)), [id]);
  return [seen?.id === id ? seen : null, () => setRound((n) => n + 1)];
}

type Open = "edit" | "signal" | Deed | null;
const open = signal<Open>(null);

export function JobPage(props: { id: string }) {
  const { id } = props;
  const [seen, again] = useJob(id);
  useEffect(() => {
    open.value = null;
  }, [id]);
  const job = seen?.job ?? null;
  const may = job !== null && mayAct(job.queue) ? deedsOf(job) : NONE;
  const back = address("jobs", "", { q: said("q"), after: said("after") });
  useKeys([
    { press: "Escape", does: "back to the list", run: () => go(back) },
    { press: "u", does: "back to the list", run: () => go(back) },
    { press: "r", does: "runs the job now or again", run: () => may.retry && job && retry(job, again) },
    { press: "e", does: "edits a copy and enqueues it", run: () => may.edit && (open.value = "edit") },
    { press: "c", does: "cancels the job", run: () => may.cancel && (open.value = "cancel") },
  ]);
  return (
    <>
      <Head
        title={
          <>
            <a class="back" href={back} aria-label="Back to the list">
              Jobs
            </a>{" "}
            <span aria-hidden="true">/</span> {id}
          </>
        }
      >
        {job && (
          <p class="of">
            <StateBadge state={job.state} /> <b>{job.kind}</b>
          </p>
        )}
        {job && <Buttons job={job} may={may} again={again} />}
      </Head>
      <Fault text={seen?.fault ?? ""} />
      {seen === null && <Empty>Asking…</Empty>}
      {job && <Details job={job} again={again} />}
      {job && open.value !== null && <Dialogs job={job} again={again} />}
    </>
  );
}

interface May {
  retry: boolean;
  cancel: boolean;
  delete: boolean;
  edit: boolean;
  signal: boolean;
}

const NONE: May = { retry: false, cancel: false, delete: false, edit: false, signal: false };

function deedsOf(job: Job): May {
  const live = !ENDED.has(job.state);
  return {
    retry: job.state === "discarded" || job.state === "scheduled",
    cancel: live,
    delete: !live,
    edit: true,
    signal: live,
  };
}

const retry = (job: Job, again: () => void): void =>
  void attempt(act("retry", job.id), `Job ${job.id} is available now.`).then(again);

function Buttons(props: { job: Job; may: May; again: () => void }) {
  const { job, may } = props;
  const show = (what: Open) => (): void => {
    open.value = what;
  };
  return (
    <div class="buttons" role="group" aria-label="Actions">
      {may.retry && (
        <button type="button" class="button main" onClick={() => retry(job, props.again)}>
          {job.state === "discarded" ? "Run again" : "Run now"} <kbd>r</kbd>
        </button>
      )}
      {may.edit && (
        <button type="button" class="button" onClick={show("edit")}>
          {job.state === "discarded" ? "Edit and retry" : "Enqueue a copy"} <kbd>e</kbd>
        </button>
      )}
      {may.signal && (
        <button type="button" class="button" onClick={show("signal")}>
          Signal
        </button>
      )}
      {may.cancel && (
        <button type="button" class="button" onClick={show("cancel")}>
          Cancel <kbd>c</kbd>
        </button>
      )}
      {may.delete && (
        <button type="button" class="button" onClick={show("delete")}>
          Delete
        </button>
      )}
    </div>
  );
}

function Dialogs(props: { job: Job; again: () => void }) {
  const { job, again } = props;
  const close = (): void => {
    open.value = null;
  };
  switch (open.value) {
    case "edit":
      return <EditDialog job={job} close={close} />;
    case "signal":
      return <SignalDialog job={job} close={close} again={again} />;
    case "cancel":
      return (
        <Confirm
          title={`Cancel job ${job.id}`}
          text={
            job.state === "running"
              ? "Its handler is interrupted within a second; what it has done stays done."
              : "It ends at once and will not run."
          }
          yes="Cancel the job"
          danger
          close={close}
          agree={() =>
            void attempt(act("cancel", job.id), `Job ${job.id}: asked to end.`).then(again)
          }
        />
      );
    case "delete":
      return (
        <Confirm
          title={`Delete job ${job.id}`}
          text="It is gone for good, with its history."
          yes="Delete the job"
          danger
          close={close}
          agree={() =>
            void attempt(act("delete", job.id), `Job ${job.id} is gone.`).then(
              (done) => done && go(address("jobs", "", { q: said("q"), after: said("after") })),
            )
          }
        />
      );
    default:
      return null;
  }
}

const REASONS: Record<string, string> = {
  "due-later": "It is due later",
  "backing-off": "It failed and waits before it tries again",
  signal: "It waits for a signal",
  "queue-paused": "Its queue is paused",
  "key-limit": "As many with its key run as may",
  "rate-limit": "As many with its key have begun as may",
  "newer-checkpoint": "A newer program has to go on with it",
  "no-worker": "No worker takes it",
  parent: "It waits for others to end",
  next: "Its turn has not come",
};

function Waiting(props: { job: Job }) {
  const { reason, detail } = props.job.waiting ?? { reason: "", detail: "" };
  return (
    <section class={`why ${reason === "no-worker" ? "bad" : ""}`} aria-labelledby="why">
      <h2 id="why">Why is it waiting?</h2>
      <p>
        <b>{REASONS[reason] ?? reason}:</b> {detail}
      </p>
    </section>
  );
}

function HowFar(props: { job: Job }) {
  const { progress, state } = props.job;
  if (!progress) return null;
  const words = [
    progress.perSecond !== undefined && `${rate(progress.perSecond)} a second`,
    state === "running" &&
      progress.secondsLeft !== undefined &&
      `${duration(progress.secondsLeft * 1000)} left`,
    progress.message,
  ].filter(Boolean);
  return (
    <Card title="Progress" id="progress">
      <div class="inside wide-progress">
        <ProgressBar progress={progress} />
        <p class="note">{words.join(", ")}</p>
      </div>
    </Card>
  );
}

function Details(props: { job: Job; again: () => void }) {
  const { job } = props;
  const showStack = job.state === "running" || job.stack !== undefined;
  return (
    <div class="job">
      <div class="column">
        {job.waiting && <Waiting job={job} />}
        <Diagram job={job} />
        <HowFar job={job} />
        {job.error && (
          <Card title="Last error" id="error">
            <div class="inside">
              <ErrorText error={job.error} open={job.state === "discarded"} />
            </div>
          </Card>
        )}
        <Timeline job={job} />
        {job.log !== undefined && <Log lines={job.log} live={job.state === "running"} />}
        {showStack && <Stack job={job} />}
        {job.steps !== undefined && <Steps steps={job.steps} />}
      </div>
      <div class="column">
        <Facts job={job} />
        <Card title="Payload" id="payload">
          <JsonView key={`p${job.id}`} of={job.payload} label="Payload as JSON" />
        </Card>
        {job.result !== undefined && (
          <Card title="Result" id="result">
            <JsonView key={`r${job.id}`} of={job.result} label="Result as JSON" />
          </Card>
        )}
        {job.checkpoint !== undefined && (
          <Card title="Resumes from" id="checkpoint">
            <JsonView key={`c${job.id}`} of={job.checkpoint} label="Checkpoint as JSON" />
            {job.checkpointAt !== undefined && (
              <p class="note foot">
                kept <When at={job.checkpointAt} />
              </p>
            )}
          </Card>
        )}
      </div>
    </div>
  );
}
