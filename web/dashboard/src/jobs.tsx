import { useEffect, useRef, useState } from "preact/hooks";
import { signal } from "@preact/signals";
import { jobs as askJobs, Refusal, STATES, type JobRow, type Progress, type State } from "./api";
import { age, duration, moment, whole } from "./format";
import { changes, isLive, now } from "./live";
import { Empty } from "./overview";
import { filter, filterText, jobHref, openJob, qualify, typed } from "./route";

const PAGE = 50;
/** The store looks at so many jobs at a time; where few are like the filter, it is asked again. */
const MOST_ASKED = 10;
/** However much happens, the list is asked for no more often. */
const PACE_MS = 1500;
const TYPING_MS = 350;
/** More than this is not kept on the page. */
const MOST_ROWS = 1000;

interface List {
  rows: JobRow[];
  next: string | null;
  /** Further pages were asked for: the list stands still. */
  held: boolean;
}

const list = signal<List | null>(null);
const fault = signal("");

/** Keeps the first page fresh while things happen; each request follows the one before. */
function useJobs(): void {
  const { query, fault: misread } = filter.value;
  const wanted = query.toString();
  const live = isLive.value;
  useEffect(() => {
    list.value = null;
    fault.value = misread;
  }, [wanted, misread]);
  useEffect(() => {
    if (misread !== "" || !live) return;
    const stop = new AbortController();
    let timer: number | undefined;
    let seen = -1;
    const look = async (): Promise<void> => {
      let asked = 0;
      if (changes.peek() !== seen && list.peek()?.held !== true) {
        seen = changes.peek();
        asked = await refresh(wanted, stop.signal);
      }
      if (!stop.signal.aborted) timer = window.setTimeout(look, PACE_MS * Math.max(1, asked));
    };
    void look();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [wanted, misread, live]);
}

/** Answers how often the server had to be asked. */
async function refresh(wanted: string, stop: AbortSignal): Promise<number> {
  try {
    const page = await collect(wanted, null, stop);
    if (stop.aborted || list.peek()?.held === true) return page.asked;
    list.value = { rows: page.rows, next: page.next, held: false };
    fault.value = "";
    return page.asked;
  } catch (e) {
    if (!stop.aborted) fault.value = said(e);
    return 1;
  }
}

async function more(): Promise<void> {
  const before = list.peek();
  if (before === null || before.next === null) return;
  list.value = { ...before, held: true };
  try {
    const wanted = filter.peek().query.toString();
    const page = await collect(wanted, before.next, AbortSignal.timeout(30_000));
    if (list.peek()?.rows !== before.rows) return;
    list.value = { rows: [...before.rows, ...page.rows], next: page.next, held: true };
  } catch (e) {
    fault.value = said(e);
  }
}

/** A full page, if there is one within the bound. */
async function collect(wanted: string, after: string | null, stop: AbortSignal) {
  const rows: JobRow[] = [];
  let next = after;
  let asked = 0;
  do {
    const page = await askJobs(query(wanted, PAGE - rows.length, next), stop);
    rows.push(...page.items);
    next = page.next;
    asked++;
  } while (next !== null && rows.length < PAGE && asked < MOST_ASKED);
  return { rows, next, asked };
}

function query(wanted: string, limit: number, after: string | null): URLSearchParams {
  const asked = new URLSearchParams(wanted);
  asked.set("limit", String(limit));
  asked.set("payload", "no");
  if (after !== null) asked.set("after", after);
  return asked;
}

const said = (e: unknown): string =>
  e instanceof Refusal ? e.message : "The list could not be read; asking again.";

export const FILTER_ID = "filter";

function FilterBar() {
  const [text, setText] = useState(filterText.value);
  const timer = useRef<number | undefined>(undefined);
  useEffect(() => setText(filterText.value), [filterText.value]);
  const state = filter.value.query.get("state");
  const input = (value: string): void => {
    setText(value);
    clearTimeout(timer.current);
    // a number is complete only when the person says so
    if (!/^\s*#?\d+\s*$/.test(value)) timer.current = window.setTimeout(typed, TYPING_MS, value);
  };
  return (
    <form
      class="filter"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        clearTimeout(timer.current);
        typed(text);
      }}
    >
      <label class="hidden" for={FILTER_ID}>
        Filter jobs by queue, kind, state or tag, or open a job by its number
      </label>
      <input
        id={FILTER_ID}
        type="search"
        autocomplete="off"
        spellcheck={false}
        placeholder="queue:mail kind:report tag:vip or a number"
        value={text}
        onInput={(event) => input(event.currentTarget.value)}
      />
      <kbd aria-hidden="true">/</kbd>
      <div class="states" role="group" aria-label="State">
        <Choice label="all" on={state === null} choose={() => qualify("state", null)} />
        {STATES.map((each) => (
          <Choice
            key={each}
            label={each}
            on={state === each}
            choose={() => qualify("state", state === each ? null : each)}
          />
        ))}
      </div>
    </form>
  );
}

function Choice(props: { label: string; on: boolean; choose: () => void }) {
  return (
    <button type="button" class="choice" aria-pressed={props.on} onClick={props.choose}>
      {props.label}
    </button>
  );
}

export function StateBadge(props: { state: State }) {
  return <span class={`badge ${props.state}`}>{props.state}</span>;
}

export function ProgressBar(props: { progress: Progress }) {
  const { done, total, message } = props.progress;
  const text =
    typeof total === "number" && total > 0
      ? `${whole(done)} of ${whole(total)}`
      : `${whole(done)} done`;
  return (
    <span class="progress" title={message ?? text}>
      {typeof total === "number" && total > 0 && (
        <progress max={total} value={Math.min(done, total)} aria-label={text} />
      )}
      <small>{text}</small>
    </span>
  );
}

/** What a row says beside its state. */
function remark(job: JobRow): string {
  const at = now.value;
  switch (job.state) {
    case "running":
      return job.startedAt === undefined ? "" : `for ${age(at - Date.parse(job.startedAt))}`;
    case "scheduled": {
      const due = job.runAt === undefined ? at : Date.parse(job.runAt);
      const when = due > at ? `in ${duration(Math.ceil((due - at) / 1000) * 1000)}` : "now";
      return `${job.waiting?.reason === "backing-off" ? "tries again" : "due"} ${when}`;
    }
    case "available":
      return job.waiting?.reason === "no-worker" ? "no worker takes it" : "";
    default: {
      if (job.finishedAt === undefined) return "";
      const life = duration(Date.parse(job.finishedAt) - Date.parse(job.createdAt));
      return `${job.state === "completed" ? "done" : "ended"} in ${life}`;
    }
  }
}

function Row(props: { job: JobRow }) {
  const job = props.job;
  const open = openJob.value === String(job.id);
  return (
    <tr class={open ? "open" : ""}>
      <td class="n id">
        <a href={jobHref(job.id)} aria-current={open ? "true" : undefined}>
          {job.id}
        </a>
      </td>
      <td>
        <StateBadge state={job.state} />
      </td>
      <td class="kind">{job.kind}</td>
      <td class="queue">{job.queue}</td>
      <td class="n">
        {job.attempt > 1 ? (
          <>
            {job.attempt} <small>of {job.maxAttempts}</small>
          </>
        ) : (
          <span class="zero">1</span>
        )}
      </td>
      <td class="remark">
        {job.progress ? <ProgressBar progress={job.progress} /> : remark(job)}
      </td>
      <td class="n" title={moment(job.createdAt)}>
        {age(now.value - Date.parse(job.createdAt))}
      </td>
    </tr>
  );
}

export function Jobs() {
  useJobs();
  const seen = list.value;
  return (
    <section class="card jobs" aria-labelledby="jobs">
      <header>
        <h2 id="jobs">Jobs</h2>
        {seen?.held === true && (
          <p class="legend">
            Stands still while you look further back.{" "}
            <button type="button" class="link" onClick={backToNow}>
              Back to now
            </button>
          </p>
        )}
      </header>
      <FilterBar />
      {fault.value !== "" && (
        <p class="fault" role="alert">
          {fault.value}
        </p>
      )}
      {seen !== null ? (
        <Found list={seen} />
      ) : (
        fault.value === "" && <Empty>{isLive.value ? "Asking…" : "Nothing is known yet."}</Empty>
      )}
    </section>
  );
}

function backToNow(): void {
  if (list.value !== null) list.value = { ...list.value, held: false };
  changes.value++;
}

function Found(props: { list: List }) {
  const { rows, next } = props.list;
  const further = next !== null && rows.length < MOST_ROWS;
  return (
    <>
      {rows.length > 0 ? (
        <Table rows={rows} />
      ) : further ? (
        <Empty>
          None of the newest jobs is like that; older ones may be. With a <code>state:</code> they
          are found at once.
        </Empty>
      ) : (
        <Empty>{filterText.value === "" ? "No job yet." : "No job is like that now."}</Empty>
      )}
      {further && (
        <button type="button" class="button more" onClick={() => void more()}>
          {rows.length > 0 ? "Show more" : "Look further back"}
        </button>
      )}
    </>
  );
}

function Table(props: { rows: JobRow[] }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Table of jobs">
      <table>
        <thead>
          <tr>
            <th scope="col" class="n">
              Job
            </th>
            <th scope="col">State</th>
            <th scope="col">Kind</th>
            <th scope="col">Queue</th>
            <th scope="col" class="n">
              Attempt
            </th>
            <th scope="col" class="remark">
              <span class="hidden">Remark</span>
            </th>
            <th scope="col" class="n">
              Age
            </th>
          </tr>
        </thead>
        <tbody>
          {props.rows.map((job) => (
            <Row key={job.id} job={job} />
          ))}
        </tbody>
      </table>
    </div>
  );
}
