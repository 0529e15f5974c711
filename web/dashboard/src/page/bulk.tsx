// Retry, cancel or delete many jobs: first what it would be, then how far it is.

import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { Refusal, said } from "../api/ask";
import { act, begin, bulk, preview, stopBulk } from "../api/calls";
import type { BulkAction, Deed, JobFilter, Preview } from "../api/types";
import { jobHref } from "../state/route";
import { whole } from "../ui/format";
import { Dialog } from "../ui/dialog";
import { Fault } from "../ui/pieces";

/** Chosen jobs, or all that match a filter. */
export type About = { ids: number[] } | { filter: JobFilter; words: string };

interface Wanted {
  deed: Deed;
  about: About;
  ended: () => void;
}

const wanted = signal<Wanted | null>(null);
const LOOK_MS = 400;

export function askBulk(deed: Deed, about: About, ended: () => void): void {
  wanted.value = { deed, about, ended };
}

export function BulkDialog() {
  const it = wanted.value;
  if (it === null) return null;
  return "ids" in it.about ? (
    <Chosen deed={it.deed} ids={it.about.ids} ended={it.ended} />
  ) : (
    <Matching deed={it.deed} filter={it.about.filter} words={it.about.words} ended={it.ended} />
  );
}

const close = (): void => {
  wanted.value = null;
};

const NAMES: Record<Deed, { title: string; doing: string; done: string; means: string }> = {
  retry: {
    title: "Retry",
    doing: "Retrying",
    done: "retried",
    means: "They become available now and start over.",
  },
  cancel: {
    title: "Cancel",
    doing: "Cancelling",
    done: "cancelled",
    means: "Waiting ones end at once, running ones when their handler has been interrupted.",
  },
  delete: {
    title: "Delete",
    doing: "Deleting",
    done: "deleted",
    means: "They are gone for good, with their history. Live jobs are left alone.",
  },
};

const jobsOf = (n: number): string => (n === 1 ? "1 job" : `${whole(n)} jobs`);

function Buttons(props: { deed: Deed; n: string; ready: boolean; run: () => void }) {
  return (
    <p class="row end">
      <button type="button" class="button" onClick={close}>
        Leave them
      </button>
      <button
        type="button"
        class={props.deed === "retry" ? "button main" : "button danger"}
        disabled={!props.ready}
        onClick={props.run}
      >
        {NAMES[props.deed].title} {props.n}
      </button>
    </p>
  );
}

function Done(props: { text: string; stop?: (() => void) | undefined; share: number | null }) {
  return (
    <>
      <p role="status">{props.text}</p>
      {props.share !== null && (
        <progress class="long" max={1} value={props.share} aria-label="How far it is" />
      )}
      <p class="row end">
        {props.stop ? (
          <button type="button" class="button danger" onClick={props.stop}>
            Stop
          </button>
        ) : (
          <button type="button" class="button main" onClick={close}>
            Close
          </button>
        )}
      </p>
    </>
  );
}

function Examples(props: { ids: number[]; more: boolean }) {
  return (
    <p class="note">
      {props.ids.map((id, i) => (
        <span key={id}>
          {i > 0 && ", "}
          <a href={jobHref(id)} target="_blank" rel="noreferrer">
            {id}
          </a>
        </span>
      ))}
      {props.more && "…"}
    </p>
  );
}

/** Done by this page, job by job, while it is open: at most as many as one error has. */
function Chosen(props: { deed: Deed; ids: number[]; ended: () => void }) {
  const { deed, ids } = props;
  const [at, setAt] = useState<{ done: number; left: number; over: boolean } | null>(null);
  const [fault, setFault] = useState("");
  const stop = useRef(false);
  useEffect(() => () => void (stop.current = true), []);
  const run = async (): Promise<void> => {
    let [done, left] = [0, 0];
    for (const id of ids) {
      if (stop.current) break;
      setAt({ done, left, over: false });
      try {
        await act(deed, id);
        done++;
      } catch (e) {
        // moved on meanwhile: it stays as it is
        if (e instanceof Refusal && (e.status === 409 || e.status === 404)) {
          left++;
        } else {
          setFault(said(e));
          break;
        }
      }
    }
    setAt({ done, left, over: true });
    props.ended();
  };
  const rest = at !== null && at.left > 0 ? ` ${jobsOf(at.left)} had moved on and stayed.` : "";
  return (
    <Dialog title={`${NAMES[deed].title} ${jobsOf(ids.length)}`} close={close}>
      <Fault text={fault} />
      {at === null ? (
        <>
          <p>{NAMES[deed].means}</p>
          <Examples ids={ids.slice(0, 10)} more={ids.length > 10} />
          <Buttons deed={deed} n={jobsOf(ids.length)} ready={true} run={() => void run()} />
        </>
      ) : (
        <Done
          text={
            at.over
              ? `${jobsOf(at.done)} ${NAMES[deed].done}.${rest}`
              : `${NAMES[deed].doing}: ${whole(at.done + at.left)} of ${whole(ids.length)}.`
          }
          share={(at.done + at.left) / ids.length}
          stop={at.over ? undefined : () => (stop.current = true)}
        />
      )}
    </Dialog>
  );
}

/** Done by the server in the background; closing the dialog does not stop it. */
function Matching(props: { deed: Deed; filter: JobFilter; words: string; ended: () => void }) {
  const { deed, filter, words } = props;
  const [seen, setSeen] = useState<Preview | null>(null);
  const [action, setAction] = useState<BulkAction | null>(null);
  const [fault, setFault] = useState("");
  const fail = (e: unknown): void => setFault(said(e));
  useEffect(() => {
    preview(deed, filter).then(setSeen, fail);
  }, []);
  useFollow(action, setAction, fail, props.ended);
  const n = seen === null ? "…" : `${whole(seen.matching)}${seen.isAtLeast ? "+" : ""}`;
  return (
    <Dialog title={`${NAMES[deed].title} ${words}`} close={close}>
      <Fault text={fault} />
      {action !== null ? (
        <Done
          text={progressText(action)}
          share={shareOf(action, seen)}
          stop={isUnderWay(action) ? () => void stopBulk(action.id).catch(fail) : undefined}
        />
      ) : seen === null ? (
        fault === "" ? (
          <p role="status">Counting…</p>
        ) : (
          <Buttons deed={deed} n="" ready={false} run={() => undefined} />
        )
      ) : seen.matching === 0 ? (
        <Done text={`No job is left to ${deed}.`} share={null} />
      ) : (
        <>
          <p>
            <b>{n}</b> {seen.matching === 1 ? "job matches" : "jobs match"}.{" "}
            {seen.isAtLeast && "Counting stopped there; all that match are meant. "}
            {NAMES[deed].means}
          </p>
          <Examples ids={seen.examples} more={seen.matching > seen.examples.length} />
          <Buttons
            deed={deed}
            n={`${n} ${seen.matching === 1 ? "job" : "jobs"}`}
            ready={true}
            run={() => void begin(deed, filter).then(setAction, fail)}
          />
        </>
      )}
    </Dialog>
  );
}

const isUnderWay = (it: BulkAction): boolean => it.phase === "waiting" || it.phase === "running";

function useFollow(
  action: BulkAction | null,
  set: (it: BulkAction) => void,
  fail: (e: unknown) => void,
  ended: () => void,
): void {
  useEffect(() => {
    if (action === null) return;
    if (!isUnderWay(action)) {
      ended();
      return;
    }
    const timer = setTimeout(() => bulk(action.id).then(set, fail), LOOK_MS);
    return () => clearTimeout(timer);
  }, [action]);
}

function progressText(it: BulkAction): string {
  const { done, doing } = NAMES[it.action];
  const moved = it.looked - it.done;
  const rest = moved > 0 ? ` ${jobsOf(moved)} had moved on and stayed.` : "";
  switch (it.phase) {
    case "waiting":
    case "running":
      return `${doing}: ${jobsOf(it.done)} so far. It goes on when this is closed.`;
    case "done":
      return `${jobsOf(it.done)} ${done}.${rest}`;
    case "cancelled":
      return `Stopped: ${jobsOf(it.done)} ${done}, the rest is as it was.`;
    case "failed":
      return `Failed after ${jobsOf(it.done)}: ${it.failure ?? "no reason given"}`;
  }
}

function shareOf(it: BulkAction, seen: Preview | null): number | null {
  if (!isUnderWay(it)) return null;
  return seen === null || seen.isAtLeast ? null : Math.min(1, it.looked / Math.max(1, seen.matching));
}
