import type { ComponentChildren } from "preact";
import { isLive, now, queues, samples, totals, workers, type Sample } from "../state/live";
import { address, change, jobsHref } from "../state/route";
import {
  RANGES,
  bySecond,
  drawn,
  history,
  historyFault,
  range,
  total,
  useHistory,
  type Range,
} from "../state/series";
import { Chart } from "../ui/chart";
import { age, duration, rate, whole } from "../ui/format";
import { Card, Choice, Empty, Gauge, Head } from "../ui/pieces";
import { QueueTable, slots, sum } from "./queue-table";

/** Live figures are the mean of so many seconds. */
const LATELY = 5;

function Tile(props: {
  name: string;
  hue: string;
  href?: string;
  value: ComponentChildren;
  note: ComponentChildren;
}) {
  const inside = (
    <>
      <span class="name">{props.name}</span>
      <strong>{props.value}</strong>
      <span class="note">{props.note}</span>
    </>
  );
  return props.href === undefined ? (
    <div class={`tile ${props.hue}`}>{inside}</div>
  ) : (
    <a class={`tile ${props.hue}`} href={props.href}>
      {inside}
    </a>
  );
}

const lately = (of: (s: Sample) => number): number => {
  const last = samples.value.slice(-LATELY);
  return last.length === 0 ? 0 : last.reduce((n, s) => n + of(s), 0) / last.length;
};

/** Completed, failed and run time over the range; live where it is by the second. */
function Figures() {
  const known = history.value?.queues.get("");
  const own = bySecond(range.value);
  const here = own && totals.value?.worker !== false;
  const over = own ? "last hour" : `last ${range.value}`;
  const completed = known === undefined ? 0 : total(known.completed);
  const failed = known === undefined ? 0 : total(known.failed);
  const runs = known === undefined ? 0 : total(known.runs);
  return (
    <>
      <Tile
        name={here ? "completed / s" : "completed"}
        hue="completed"
        value={here ? rate(lately((s) => s.completed)) : known ? rate(completed) : "–"}
        note={
          here
            ? `${whole(totals.value?.completed ?? 0)} here since start`
            : known
              ? over
              : "not known here"
        }
      />
      <Tile
        name={here ? "failed / s" : "failed"}
        hue="failures"
        value={here ? rate(lately((s) => s.failed)) : known ? rate(failed) : "–"}
        note={
          completed + failed > 0
            ? `${rate((100 * failed) / (completed + failed))} %, ${over}`
            : known
              ? `nothing ended, ${over}`
              : "attempts that failed"
        }
      />
      <Tile
        name="run time"
        hue="running"
        value={runs > 0 && known ? duration(total(known.runMillis) / runs) : "–"}
        note={known ? `mean, ${over}` : "not known here"}
      />
    </>
  );
}

function Tiles() {
  const all = queues.value;
  const oldest = (all ?? [])
    .flatMap((q) => (q.oldestAvailable === null ? [] : [Date.parse(q.oldestAvailable)]))
    .reduce((least, at) => Math.min(least, at), Infinity);
  const running = (all ?? []).reduce((n, q) => n + q.running, 0);
  const most = slots(null);
  return (
    <section class="tiles" aria-label="Figures">
      <Tile
        name="available"
        hue="available"
        href={jobsHref("state:available")}
        value={all === null ? "–" : sum("available")}
        note={oldest === Infinity ? "nothing waits" : `oldest wait ${age(now.value - oldest)}`}
      />
      <Tile
        name="running"
        hue="running"
        href={jobsHref("state:running")}
        value={all === null ? "–" : sum("running")}
        note={
          <>
            of {whole(most)} slots <Gauge value={running} most={most} label="Slots in use" />
          </>
        }
      />
      <Tile
        name="scheduled"
        hue="scheduled"
        href={jobsHref("state:scheduled")}
        value={all === null ? "–" : sum("scheduled")}
        note="due later"
      />
      <Tile
        name="discarded"
        hue="discarded"
        href={address("discarded")}
        value={all === null ? "–" : sum("discarded")}
        note="set aside for a person"
      />
      <Figures />
    </section>
  );
}

const NAMES: Record<Range, string> = {
  "1m": "minute",
  "5m": "5 minutes",
  "1h": "hour",
  "6h": "6 hours",
  "24h": "24 hours",
  "7d": "7 days",
  "30d": "30 days",
};

/** Attempts that ended by the second, or what was counted in all processes. */
export function Throughput(props: { queue: string }) {
  const { queue } = props;
  const at = range.value;
  const own = bySecond(at) && queue === "";
  const known = drawn(queue) !== null;
  const lines = [
    { label: "completed", hue: "ok", fill: true },
    { label: "failed", hue: "bad" },
    ...(own ? [] : [{ label: "enqueued", hue: "run" }]),
  ];
  return (
    <Card
      title="Throughput"
      id="throughput"
      class="throughput"
      aside={
        <p class="legend">
          {lines.map((line) => (
            <span key={line.label} class={`key ${line.hue}`}>
              {line.label}
            </span>
          ))}
          <span>per second</span>
        </p>
      }
    >
      {known ? (
        <Chart
          key={`${queue} ${own}`}
          label={`Chart of jobs per second over the last ${NAMES[at]}`}
          height={216}
          lines={lines}
          say={rate}
          data={() => {
            const of = drawn(queue);
            if (of === null) return null;
            const values = [of.completed, of.failed, ...(of.enqueued === null ? [] : [of.enqueued])];
            return { at: of.at, seconds: of.seconds, values };
          }}
        />
      ) : (
        <Nothing own={own} />
      )}
      <p class="note foot">
        {own
          ? "Attempts that ended in this process, as they end."
          : "All processes; counted by the minute, after a day or so by the hour."}
      </p>
    </Card>
  );
}

function Nothing(props: { own: boolean }) {
  if (props.own && totals.value?.worker === false) {
    return (
      <Empty>
        This process runs no jobs, so it counts none by the second. Longer ranges show what all
        processes did.
      </Empty>
    );
  }
  return <Empty>{historyFault.value || (isLive.value ? "Asking…" : "Nothing is known yet.")}</Empty>;
}

/** The mean time of attempts, by bucket. */
export function RunTime(props: { queue: string }) {
  const { queue } = props;
  const sums = history.value?.queues.get(queue);
  const known = sums !== undefined;
  return (
    <Card title="Run time" id="run-time" aside={<p class="legend">mean of attempts</p>}>
      {known ? (
        <Chart
          key={queue}
          label="Chart of the mean time an attempt took"
          height={216}
          lines={[{ label: "run time", hue: "run", fill: true }]}
          say={duration}
          data={() => {
            const of = history.value?.queues.get(queue);
            if (of === undefined) return null;
            const mean = of.runMillis.map((ms, i) => ms / Math.max(1, of.runs[i] ?? 0));
            return { at: of.at, seconds: of.at.length * of.stepSeconds, values: [mean] };
          }}
        />
      ) : (
        <Empty>{historyFault.value || "Asking…"}</Empty>
      )}
      <p class="note foot">{bySecond(range.value) ? "The last hour." : `The last ${NAMES[range.value]}.`}</p>
    </Card>
  );
}

export function RangeChoice() {
  return (
    <Choice
      label="Time range"
      of={RANGES}
      now={range.value}
      choose={(each) => change({ range: each === "5m" ? null : each })}
    />
  );
}

export function Overview() {
  useHistory();
  return (
    <>
      <Head title="Overview">
        <RangeChoice />
      </Head>
      <Tiles />
      <div class="two">
        <Throughput queue="" />
        <RunTime queue="" />
      </div>
      <QueueTable />
      {workers.value?.length === 0 && (
        <p class="hint">
          No worker lives: jobs wait. Start one with <code>millrace work</code>
        </p>
      )}
    </>
  );
}
