// Edit and retry: a changed copy is enqueued; the job itself stays as it is unless it is removed.

import { useState } from "preact/hooks";
import { said } from "../api/ask";
import { act, copy } from "../api/calls";
import { parse, write } from "../api/json";
import type { Job } from "../api/types";
import { address, go } from "../state/route";
import { Dialog } from "../ui/dialog";
import { Fault } from "../ui/pieces";
import { tell } from "../ui/toast";

export interface Draft {
  payload: string;
  queue: string;
  priority: string;
  maxAttempts: string;
  delay: string;
  tags: string;
}

const LIST = /[\s,]+/;

/**
 * What the copy has different, the payload as it was typed: no digit of it is lost, and what is
 * hidden in it the server takes from the job. Throws what is wrong with it.
 */
export function changes(first: Draft, draft: Draft): string {
  const members: [string, string][] = [];
  const change = (name: keyof Draft, value: () => string): void => {
    if (draft[name] !== first[name]) members.push([name, value()]);
  };
  change("payload", () => {
    try {
      parse(draft.payload);
    } catch (e) {
      throw new Error(`The payload is not JSON: ${(e as Error).message}`);
    }
    return draft.payload;
  });
  change("queue", () => JSON.stringify(draft.queue.trim()));
  change("priority", () => whole("priority", draft.priority));
  change("maxAttempts", () => whole("attempts", draft.maxAttempts));
  change("tags", () => JSON.stringify(draft.tags.split(LIST).filter(Boolean)));
  if (draft.delay.trim() !== "") members.push(["delay", JSON.stringify(draft.delay.trim())]);
  return `{${members.map(([name, value]) => `"${name}":${value}`).join(",")}}`;
}

/** A job as it is offered to be changed. */
export const drafted = (job: Job): Draft => ({
  payload: write(job.payload),
  queue: job.queue,
  priority: String(job.priority),
  maxAttempts: String(job.maxAttempts),
  delay: "",
  tags: job.tags.join(" "),
});

function whole(name: string, text: string): string {
  const trimmed = text.trim();
  if (!/^\d{1,9}$/.test(trimmed)) {
    throw new Error(`Expected a whole number of ${name}, got “${trimmed}”`);
  }
  return String(Number(trimmed));
}

export function EditDialog(props: { job: Job; close: () => void }) {
  const { job } = props;
  const isDiscarded = job.state === "discarded";
  // as it was when the dialog was opened: what others change meanwhile is no change made here
  const [first] = useState<Draft>(() => drafted(job));
  const [draft, setDraft] = useState<Draft>(first);
  const [remove, setRemove] = useState(false);
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const set = (name: keyof Draft) => (event: { currentTarget: { value: string } }) =>
    setDraft({ ...draft, [name]: event.currentTarget.value });
  const submit = async (): Promise<void> => {
    setBusy(true);
    setFault("");
    try {
      const id = await copy(job.id, changes(first, draft));
      let rest = isDiscarded ? `; job ${job.id} stays discarded.` : ".";
      if (remove) {
        await act("delete", job.id).then(
          () => (rest = `; job ${job.id} is gone.`),
          (e: unknown) => (rest = `; job ${job.id} could not be removed: ${said(e)}`),
        );
      }
      tell(`Job ${id} is enqueued${rest}`);
      props.close();
      go(address("jobs", id));
    } catch (e) {
      setFault(e instanceof Error && e.name === "Error" && e.constructor === Error ? e.message : said(e));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={isDiscarded ? `Edit and retry job ${job.id}` : `Enqueue a copy of job ${job.id}`}
      class="broad"
      close={props.close}
    >
      <form
        class="fields"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <label class="across">
          Payload of <code>{job.kind}</code>
          <textarea rows={12} spellcheck={false} value={draft.payload} onInput={set("payload")} />
        </label>
        <Field name="Queue" value={draft.queue} input={set("queue")} />
        <Field name="Priority, 0 to 9" value={draft.priority} input={set("priority")} />
        <Field name="Attempts at most" value={draft.maxAttempts} input={set("maxAttempts")} />
        <Field name="Delay, such as 10m" value={draft.delay} input={set("delay")} />
        <Field name="Tags" value={draft.tags} input={set("tags")} />
        <p class="note across">
          A new job with a number of its own is enqueued.{" "}
          {isDiscarded
            ? `Job ${job.id} is not changed: its discarded row stays, with its errors, unless it is removed here.`
            : `Job ${job.id} is not changed.`}
          {job.unique !== undefined && " The copy has no unique key."} What stands as “[hidden]” is
          taken from job {job.id}, where it is left as it is.
        </p>
        {isDiscarded && (
          <label class="check across">
            <input
              type="checkbox"
              checked={remove}
              onChange={(event) => setRemove(event.currentTarget.checked)}
            />
            Remove job {job.id} once its copy is accepted
          </label>
        )}
        <div class="across">
          <Fault text={fault} />
        </div>
        <p class="row end across">
          <button type="button" class="button" onClick={props.close}>
            Leave it
          </button>
          <button type="submit" class="button main" disabled={busy}>
            Enqueue
          </button>
        </p>
      </form>
    </Dialog>
  );
}

export function Field(props: {
  name: string;
  value: string;
  input: (event: { currentTarget: { value: string } }) => void;
  secret?: boolean;
  fill?: string;
}) {
  const { value, input: onInput, fill: autocomplete = "off" } = props;
  const same = { value, onInput, autocomplete, spellcheck: false };
  return (
    <label>
      {props.name}
      {props.secret === true ? <input type="password" {...same} /> : <input {...same} />}
    </label>
  );
}
