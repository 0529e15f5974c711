import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Refusal } from "../api/ask";
import { jobs as askJobs } from "../api/calls";
import type { Deed, JobFilter, JobRow } from "../api/types";
import { useKeys } from "../keys";
import { read } from "../state/filter";
import { changes, isLive, now } from "../state/live";
import { change, jobHref, said } from "../state/route";
import { mayAct } from "../state/session";
import { age, duration, moment, whole } from "../ui/format";
import { Empty, Fault, Head, ProgressBar, Scroll, StateBadge } from "../ui/pieces";
import { askBulk } from "./bulk";
import { FilterBar, focusFilter } from "./filter-bar";
import { learnFrom } from "./suggest";

const PAGE = 50;
/** The store looks at so many jobs at a time; where few are like the filter, it is asked again. */
const MOST_ASKED = 10;
/** However much happens, the list is asked for no more often. */
const PACE_MS = 700;

interface List {
  rows: JobRow[];
  next: string | null;
  looked: number | null;
}

const list = signal<List | null>(null);
const fault = signal("");
const chosen = signal<ReadonlySet<number>>(new Set());

/** Keeps the first page fresh while things happen; each request follows the one before. */
function useJobs(filter: JobFilter, misread: string, after: string): void {
  const wanted = JSON.stringify(filter);
  const live = isLive.value;
  useEffect(() => {
    list.value = null;
    chosen.value = new Set();
    fault.value = misread;
    // whoever comes back is not shown for a moment what was there before
    return () => {
      list.value = null;
    };
  }, [wanted, misread, after]);
  useEffect(() => {
    if (misread !== "" || !live) return;
    const stop = new AbortController();
    let timer: number | undefined;
    let seen = -1;
    const look = async (): Promise<void> => {
      let asked = 0;
      // older pages stand still, and so does one from which jobs are chosen: people read them
      const still = after !== "" || chosen.peek().size > 0;
      if (changes.peek() !== seen && (!still || seen === -1)) {
        seen = changes.peek();
        asked = await refresh(filter, after, stop.signal);
      }
      const wait = asked === 0 ? 100 : PACE_MS * asked;
      if (!stop.signal.aborted) timer = window.setTimeout(look, wait);
    };
    void look();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [wanted, misread, live, after]);
}

/** Answers how often the server had to be asked. */
async function refresh(filter: JobFilter, after: string, stop: AbortSignal): Promise<number> {
  try {
    const page = await collect(filter, after === "" ? null : after, stop);
    if (stop.aborted) return page.asked;
    list.value = { rows: page.rows, next: page.next, looked: page.looked };
    fault.value = "";
    learnFrom(page.rows);
    return page.asked;
  } catch (e) {
    if (!stop.aborted) {
      fault.value =
        e instanceof Refusal ? e.message : "The list could not be read; asking again.";
    }
    return 1;
  }
}

/** A full page, if there is one within the bound. */
async function collect(filter: JobFilter, after: string | null, stop: AbortSignal) {
  const rows: JobRow[] = [];
  let next = after;
  let asked = 0;
  let looked: number | null = null;
  do {
    const query = new URLSearchParams({ ...filter, limit: String(PAGE - rows.length) });
    query.set("payload", "no");
    if (next !== null) query.set("after", next);
    const page = await askJobs(query, stop);
    rows.push(...page.items);
    next = page.next;
    asked++;
    if (page.looked !== undefined) looked = (looked ?? 0) + page.looked;
  } while (next !== null && rows.length < PAGE && asked < MOST_ASKED);
  return { rows, next, asked, looked };
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
      if (job.waiting?.reason === "signal") return "waits for a signal";
      return `${job.waiting?.reason === "backing-off" ? "tries again" : "due"} ${when}`;
    }
    case "available":
      return WAITS[job.waiting?.reason ?? ""] ?? "";
    default: {
      if (job.finishedAt === undefined) return "";
      const life = duration(Date.parse(job.finishedAt) - Date.parse(job.createdAt));
      return `${job.state === "completed" ? "done" : "ended"} in ${life}`;
    }
  }
}

const WAITS: Record<string, string> = {
  "no-worker": "no worker takes it",
  "queue-paused": "its queue is paused",
  "key-limit": "its key’s limit is reached",
  "rate-limit": "its queue’s rate is reached",
  parent: "waits for another job",
};

function toggle(id: number): void {
  const next = new Set(chosen.value);
  if (!next.delete(id)) next.add(id);
  chosen.value = next;
}

function Row(props: { job: JobRow; choosing: boolean }) {
  const job = props.job;
  const on = chosen.value.has(job.id);
  return (
    <tr class={on ? "chosen" : ""}>
      {props.choosing && (
        <td class="box">
          <input
            type="checkbox"
            aria-label={`Choose job ${job.id}`}
            checked={on}
            onChange={() => toggle(job.id)}
          />
        </td>
      )}
      <td class="n id">
        <a href={jobHref(job.id)}>{job.id}</a>
      </td>
      <td class="state">
        <StateBadge state={job.state} />
      </td>
      <td class="kind">{job.kind}</td>
      <td class="wide">{job.queue}</td>
      <td class="n wide">
        {job.attempt > 1 ? (
          <>
            {job.attempt} <small>of {job.maxAttempts}</small>
          </>
        ) : (
          <span class="zero">1</span>
        )}
      </td>
      <td class="remark wide">
        {job.progress ? <ProgressBar progress={job.progress} /> : remark(job)}
        {job.tags.map((tag) => (
          <span key={tag} class="chip">
            {tag}
          </span>
        ))}
      </td>
      <td class="n" title={moment(job.createdAt)}>
        {age(now.value - Date.parse(job.createdAt))}
      </td>
    </tr>
  );
}

/** Moves the focus among the rows. */
function step(by: number): void {
  const links = [...document.querySelectorAll<HTMLElement>(".jobs td.id a")];
  const at = links.findIndex((each) => each === document.activeElement);
  const to = at === -1 ? (by > 0 ? 0 : links.length - 1) : at + by;
  links[Math.max(0, Math.min(links.length - 1, to))]?.focus();
}

function chooseFocused(): void {
  const link = document.activeElement?.closest("tr")?.querySelector("td.id a");
  if (mayAct() && link) toggle(Number(link.textContent));
}

const older = (): void => {
  const next = list.value?.next ?? null;
  if (next !== null) change({ after: next }, false);
};

export function Jobs() {
  const { filter, fault: misread } = read(said("q"));
  const after = said("after");
  useJobs(filter, misread, after);
  useKeys([
    { press: "/", does: "to the filter", run: focusFilter },
    { press: "j", does: "next job of the list", run: () => step(1) },
    { press: "k", does: "job before", run: () => step(-1) },
    { press: "x", does: "chooses the job, or lets it go", run: chooseFocused },
    { press: "n", does: "older jobs", run: older },
    { press: "p", does: "back to the newest", run: () => change({ after: null }, false) },
  ]);
  const seen = list.value;
  return (
    <>
      <Head title="Jobs" />
      <section class="card jobs" aria-label="Jobs">
        <FilterBar />
        <Fault text={fault.value} />
        {seen !== null && mayAct() && <Acts list={seen} filter={filter} />}
        {seen !== null ? (
          <Found list={seen} filter={filter} />
        ) : (
          fault.value === "" && <Empty>{isLive.value ? "Asking…" : "Nothing is known yet."}</Empty>
        )}
      </section>
    </>
  );
}

const DEEDS: Deed[] = ["retry", "cancel", "delete"];
/** The states in which a job can be acted on. */
const ACTED: Record<Deed, string[]> = {
  retry: ["discarded", "scheduled"],
  cancel: ["available", "scheduled", "running"],
  delete: ["completed", "cancelled", "expired", "discarded"],
};

/** What may be done to the chosen jobs, or to all that match. */
function Acts(props: { list: List; filter: JobFilter }) {
  const { rows } = props.list;
  const ids = rows.map((row) => row.id).filter((id) => chosen.value.has(id));
  const ended = (): void => {
    chosen.value = new Set();
    changes.value++;
  };
  const state = props.filter.state;
  const deeds = DEEDS.filter((deed) => state === undefined || ACTED[deed].includes(state));
  const name = (deed: Deed): string => deed.charAt(0).toUpperCase() + deed.slice(1);
  return (
    <div class="acts" role="group" aria-label="Actions">
      {ids.length > 0 ? (
        <>
          <b role="status">{whole(ids.length)} chosen</b>
          {deeds.map((deed) => (
            <button
              key={deed}
              type="button"
              class="button"
              onClick={() => askBulk(deed, { ids }, ended)}
            >
              {name(deed)}
            </button>
          ))}
          <button type="button" class="link" onClick={() => (chosen.value = new Set())}>
            Let go
          </button>
          <span class="note">The list stands still meanwhile.</span>
        </>
      ) : (
        <>
          <span class="note">All that match:</span>
          {deeds.map((deed) => (
            <button
              key={deed}
              type="button"
              class="button quiet"
              onClick={() =>
                askBulk(deed, { filter: props.filter, words: "all that match" }, ended)
              }
            >
              {name(deed)}…
            </button>
          ))}
        </>
      )}
    </div>
  );
}

function Found(props: { list: List; filter: JobFilter }) {
  const { rows, next, looked } = props.list;
  const after = said("after");
  return (
    <>
      {rows.length > 0 ? (
        <Table rows={rows} />
      ) : next !== null ? (
        <Empty>
          None of {looked === null ? "the newest jobs" : `${whole(looked)} jobs looked at`} is like
          that; older ones may be. With a <code>state:</code> they are found sooner.
        </Empty>
      ) : (
        <Empty>{said("q") === "" ? "No job yet." : "No job is like that."}</Empty>
      )}
      {(next !== null || after !== "") && (
        <p class="row pages">
          {after !== "" && (
            <button type="button" class="button" onClick={() => change({ after: null }, false)}>
              Newest <kbd>p</kbd>
            </button>
          )}
          {next !== null && (
            <button type="button" class="button" onClick={older}>
              {rows.length > 0 ? "Older" : "Look further back"} <kbd>n</kbd>
            </button>
          )}
          {after !== "" && <span class="note">An older page stands still.</span>}
        </p>
      )}
    </>
  );
}

function Table(props: { rows: JobRow[] }) {
  const { rows } = props;
  const choosing = mayAct();
  const all = rows.every((row) => chosen.value.has(row.id));
  return (
    <Scroll label="Table of jobs">
      <table>
        <thead>
          <tr>
            {choosing && (
              <th scope="col" class="box">
                <input
                  type="checkbox"
                  aria-label="Choose every job of this page"
                  checked={all}
                  onChange={() =>
                    (chosen.value = new Set(all ? [] : rows.map((row) => row.id)))
                  }
                />
              </th>
            )}
            <th scope="col" class="n">
              Job
            </th>
            <th scope="col">State</th>
            <th scope="col">Kind</th>
            <th scope="col" class="wide">
              Queue
            </th>
            <th scope="col" class="n wide">
              Attempt
            </th>
            <th scope="col" class="remark wide">
              <span class="hidden">Remark</span>
            </th>
            <th scope="col" class="n">
              Age
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((job) => (
            <Row key={job.id} job={job} choosing={choosing} />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
