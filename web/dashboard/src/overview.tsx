import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { signal } from "@preact/signals";
import { workers as askWorkers, type Queue, type Worker } from "./api";
import { age, counted, moment, whole } from "./format";
import { isLive, now, queues, totals, workers } from "./live";
import { filter, qualify } from "./route";

type Counted = "available" | "scheduled" | "running" | "discarded";

/** A sum of counts is exact only if every part is. */
function sum(of: Counted): string {
  const all = queues.value ?? [];
  const total = all.reduce((n, q) => n + q[of], 0);
  return whole(total) + (all.some((q) => q[of] >= q.countedTo) ? "+" : "");
}

function Tile(props: { state: Counted; note: string }) {
  const on = filter.value.query.get("state") === props.state;
  return (
    <button
      type="button"
      class={`tile ${props.state}`}
      aria-pressed={on}
      title={on ? "Show jobs of every state" : `Show ${props.state} jobs`}
      onClick={() => qualify("state", on ? null : props.state)}
    >
      <span class="name">{props.state}</span>
      <strong>{queues.value === null ? "–" : sum(props.state)}</strong>
      <span class="note">{props.note}</span>
    </button>
  );
}

export function Totals() {
  const oldest = (queues.value ?? [])
    .flatMap((q) => (q.oldestAvailable === null ? [] : [Date.parse(q.oldestAvailable)]))
    .reduce((least, at) => Math.min(least, at), Infinity);
  const slots = (workers.value ?? [])
    .filter((w) => w.state === "alive")
    .flatMap((w) => Object.values(w.queues))
    .reduce((n, each) => n + each, 0);
  const ended = totals.value;
  return (
    <section class="tiles" aria-label="Jobs by state">
      <Tile
        state="available"
        note={oldest === Infinity ? "nothing waits" : `oldest ${age(now.value - oldest)}`}
      />
      <Tile state="scheduled" note="due later" />
      <Tile state="running" note={`of ${whole(slots)} slots`} />
      <Tile state="discarded" note="set aside for a person" />
      <div class="tile completed">
        <span class="name">completed</span>
        <strong>{ended === null || !ended.worker ? "–" : whole(ended.completed)}</strong>
        <span class="note">
          {ended?.worker === false ? "no worker in this process" : "here, since it started"}
        </span>
      </div>
    </section>
  );
}

/** What may run at once: the queue's limit, else the slots of live workers. */
function room(queue: Queue): { most: number; by: string } {
  const slots = (workers.value ?? [])
    .filter((w) => w.state === "alive")
    .reduce((n, w) => n + (w.queues[queue.queue] ?? 0), 0);
  const limit = queue.limit ?? null;
  return limit !== null && limit < slots
    ? { most: limit, by: "allowed" }
    : { most: slots, by: slots === 1 ? "slot" : "slots" };
}

function QueueRow(props: { queue: Queue }) {
  const queue = props.queue;
  const { most, by } = room(queue);
  const share = most === 0 ? 0 : Math.min(1, queue.running / most);
  const count = (n: number) => <td class={n === 0 ? "n zero" : "n"}>{counted(n, queue.countedTo)}</td>;
  return (
    <tr>
      <th scope="row">
        <button type="button" class="link" onClick={() => qualify("queue", queue.queue)}>
          {queue.queue}
        </button>
        {queue.paused === true && <span class="badge paused">paused</span>}
        {most === 0 && <span class="badge discarded">no worker</span>}
      </th>
      {count(queue.available)}
      {count(queue.scheduled)}
      <td class="gauge">
        <span class="bar" aria-hidden="true">
          <i class={share >= 1 ? "full" : ""} style={{ width: `${share * 100}%` }} />
        </span>
        <span class="n">
          {counted(queue.running, queue.countedTo)} <small>
            of {whole(most)} <span class="unit">{by}</span>
          </small>
        </span>
      </td>
      <td class={queue.discarded > 0 ? "n warn" : "n zero"}>
        {counted(queue.discarded, queue.countedTo)}
      </td>
      <td class="n">
        {queue.oldestAvailable === null ? (
          <span class="zero">–</span>
        ) : (
          <span title={moment(queue.oldestAvailable)}>
            {age(now.value - Date.parse(queue.oldestAvailable))}
          </span>
        )}
      </td>
    </tr>
  );
}

export function Queues() {
  return (
    <section class="card queues" aria-labelledby="queues">
      <header>
        <h2 id="queues">Queues</h2>
      </header>
      {queues.value === null ? (
        <Empty>Asking…</Empty>
      ) : queues.value.length === 0 ? (
        <Empty>
          No queue yet: a queue appears with its first job. Try{" "}
          <code>millrace enqueue demo.echo {"'{\"hello\": 1}'"}</code>
        </Empty>
      ) : (
        <div class="scroll" tabIndex={0} role="region" aria-label="Table of queues">
          <table>
            <thead>
              <tr>
                <th scope="col">Queue</th>
                <th scope="col" class="n">Available</th>
                <th scope="col" class="n">Scheduled</th>
                <th scope="col">Running</th>
                <th scope="col" class="n">Discarded</th>
                <th scope="col" class="n">Oldest wait</th>
              </tr>
            </thead>
            <tbody>
              {queues.value.map((queue) => (
                <QueueRow key={queue.queue} queue={queue} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

const beats = signal<Map<number, string>>(new Map());
const BEATS_MS = 5000;

/** The stream leaves beats out, since they change all the time. */
function useBeats(): void {
  const live = isLive.value;
  useEffect(() => {
    if (!live) return;
    const stop = new AbortController();
    const look = (): void => {
      askWorkers(stop.signal).then(
        (seen) => (beats.value = new Map(seen.map((w) => [w.id, w.lastBeatAt ?? w.startedAt]))),
        // the stream says whether the server is there
        () => undefined,
      );
    };
    look();
    const timer = setInterval(look, BEATS_MS);
    return () => {
      clearInterval(timer);
      stop.abort();
    };
  }, [live]);
}

function WorkerItem(props: { worker: Worker }) {
  const worker = props.worker;
  const beat = beats.value.get(worker.id);
  const serves = Object.entries(worker.queues);
  return (
    <li>
      <span class={`dot ${worker.state}`} aria-hidden="true" />
      <div>
        <p class="who">
          <b>{worker.name}</b>
          {worker.state !== "alive" && <span class="badge discarded">{worker.state}</span>}
        </p>
        <p class="serves">
          {serves.map(([queue, slots]) => (
            <span key={queue} class="chip" title={`${slots} slots for queue ${queue}`}>
              {queue} <small>{slots}</small>
            </span>
          ))}
        </p>
        <p class="note">
          {whole(worker.running)} running · up{" "}
          {age(now.value - Date.parse(worker.startedAt))}
          {beat !== undefined && <> · beat {ago(now.value - Date.parse(beat))}</>}
        </p>
      </div>
    </li>
  );
}

/** A beat every two seconds is no news; one that stays out is. */
const ago = (millis: number): string => (millis < 10_000 ? "just now" : `${age(millis)} ago`);

export function Workers() {
  useBeats();
  return (
    <section class="card" aria-labelledby="workers">
      <header>
        <h2 id="workers">Workers</h2>
        <p class="legend">{workers.value === null ? "" : whole(workers.value.length)}</p>
      </header>
      {workers.value === null ? (
        <Empty>Asking…</Empty>
      ) : workers.value.length === 0 ? (
        <Empty>
          No worker: jobs wait. Start one with <code>millrace work</code>
        </Empty>
      ) : (
        <ul class="workers" tabIndex={0} aria-label="Workers">
          {workers.value.map((worker) => (
            <WorkerItem key={worker.id} worker={worker} />
          ))}
        </ul>
      )}
    </section>
  );
}

export function Empty(props: { children: ComponentChildren }) {
  return <p class="empty">{props.children}</p>;
}
