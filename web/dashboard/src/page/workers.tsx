import { useState } from "preact/hooks";
import { Refusal, said } from "../api/ask";
import { drain, workers as askWorkers } from "../api/calls";
import type { Worker } from "../api/types";
import { now, workers } from "../state/live";
import { useLook } from "../state/look";
import { address } from "../state/route";
import { isAdmin } from "../state/session";
import { age, moment, whole } from "../ui/format";
import { Confirm } from "../ui/dialog";
import { Empty, Fault, Gauge, Head, Scroll } from "../ui/pieces";
import { tell } from "../ui/toast";

const BEATS_MS = 2000;
/** A worker beats every two seconds; after ten without, others may take its jobs. */
const LEASE_MS = 10_000;

function Lease(props: { worker: Worker; beat: string | undefined }) {
  const { worker, beat } = props;
  if (worker.state === "dead") return <span class="warn">gone; its jobs are taken over</span>;
  if (beat === undefined) return <span class="zero">–</span>;
  const since = Math.max(0, now.value - Date.parse(beat));
  const left = Math.max(0, LEASE_MS - since);
  return (
    <span class="gauge" title={moment(beat)}>
      <Gauge value={left / 1000} most={LEASE_MS / 1000} label={`Lease of ${worker.name}`} />
      <small>beat {since < 4000 ? "just now" : `${age(since)} ago`}</small>
    </span>
  );
}

function Row(props: { worker: Worker; beat: string | undefined; ask: () => void }) {
  const { worker } = props;
  const slots = Object.values(worker.queues).reduce((n, each) => n + each, 0);
  const draining = worker.draining === true;
  return (
    <tr>
      <th scope="row">
        <span class={`dot ${worker.state}`} aria-hidden="true" /> {worker.name}
        {worker.state !== "alive" && <span class="badge discarded">{worker.state}</span>}
        {draining && <span class="badge paused">draining</span>}
        <small class="under">worker {worker.id}</small>
      </th>
      <td class="wide">{worker.version}</td>
      <td>
        <span class="gauge">
          <Gauge value={worker.running} most={slots} label={`Load of ${worker.name}`} />
          <span class="n">
            {whole(worker.running)} <small>of {whole(slots)} slots</small>
          </span>
        </span>
        {worker.stuck !== undefined && (
          <span class="badge discarded" title="Jobs whose handlers do not end">
            {worker.stuck} stuck
          </span>
        )}
      </td>
      <td>
        <span class="chips">
          {Object.entries(worker.queues).map(([queue, each]) => (
            <a key={queue} class="chip" href={address("queues", queue)}>
              {queue} <small>{each}</small>
            </a>
          ))}
        </span>
      </td>
      <td>
        <Lease worker={worker} beat={props.beat} />
      </td>
      <td class="n wide" title={moment(worker.startedAt)}>
        {age(now.value - Date.parse(worker.startedAt))}
      </td>
      <td class="deeds">
        {isAdmin.value && worker.state === "alive" && !draining && (
          <button
            type="button"
            class="button"
            aria-label={`Drain ${worker.name}`}
            onClick={props.ask}
          >
            Drain
          </button>
        )}
      </td>
    </tr>
  );
}

export function Workers() {
  const [asked, setAsked] = useState<Worker | null>(null);
  const looked = useLook("workers", BEATS_MS, askWorkers);
  const beats = new Map((looked.found ?? []).map((each) => [each.id, each]));
  const all = workers.value;
  const agree = (worker: Worker): void => {
    drain(worker.id).then(
      () => {
        tell(`${worker.name} takes no more jobs and ends with those it has.`);
        looked.again();
      },
      (e: unknown) =>
        tell(
          e instanceof Refusal && e.isUnknownPath
            ? "This server cannot ask workers to drain; send its process SIGTERM."
            : said(e),
          true,
        ),
    );
  };
  return (
    <>
      <Head title="Workers" />
      <Fault text={looked.fault} />
      <section class="card" aria-label="Workers">
        {all === null ? (
          <Empty>Asking…</Empty>
        ) : all.length === 0 ? (
          <Empty>
            No worker: jobs wait. Start one with <code>millrace work</code>
          </Empty>
        ) : (
          <Scroll label="Table of workers">
            <table>
              <thead>
                <tr>
                  <th scope="col">Worker</th>
                  <th scope="col" class="wide">
                    Version
                  </th>
                  <th scope="col">Load</th>
                  <th scope="col">Queues and slots</th>
                  <th scope="col">Lease</th>
                  <th scope="col" class="n wide">
                    Up
                  </th>
                  <th scope="col">
                    <span class="hidden">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {all.map((worker) => (
                  <Row
                    key={worker.id}
                    worker={{ ...worker, ...beats.get(worker.id), running: worker.running }}
                    beat={beats.get(worker.id)?.lastBeatAt}
                    ask={() => setAsked(worker)}
                  />
                ))}
              </tbody>
            </table>
          </Scroll>
        )}
      </section>
      {asked !== null && (
        <Confirm
          title={`Drain ${asked.name}`}
          text="It takes no more jobs, and its process ends when those it has are done."
          yes="Drain it"
          close={() => setAsked(null)}
          agree={() => agree(asked)}
        />
      )}
    </>
  );
}
