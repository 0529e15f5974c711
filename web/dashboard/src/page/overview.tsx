import type { ComponentChildren } from "preact";
import { isLive, now, queues, samples, totals, workers, type Sample } from "../state/live";
import { address, change, jobsHref } from "../state/route";
import {
  RANGES,
  bySecond,
  drawn,
  historyFault,
  range,
  sumsOf,
  total,
  useHistory,
  type Range,
} from "../state/series";
import { Chart } from "../ui/chart";
import { age, duration, rate, span, whole } from "../ui/format";
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
  const known = sumsOf("") ?? undefined;
  const own = bySecond(range.value);
  const here = own && totals.value?.worker !== false;
  const over = own ? "1h" : range.value;
  const completed = known === undefined ? 0 : total(known.completed);
  const failed = known === undefined ? 0 : total(known.failed);
  const runs = known === undefined ? 0 : total(known.runs);
  return (
    <>
      <Tile
        name={here ? "completed/s" : "completed"}
        hue="completed"
        value={here ? rate(lately((s) => s.completed)) : known ? rate(completed) : "–"}
        note={
          here
            ? `${whole(totals.value?.completed ?? 0)} so far`
            : known
              ? `in ${over}`
              : "not known here"
        }
      />
      <Tile
        name={here ? "failed/s" : "failed"}
        hue="failures"
        value={here ? rate(lately((s) => s.failed)) : known ? rate(failed) : "–"}
        note={
          completed + failed > 0
            ? `${rate((100 * failed) / (completed + failed))} % in ${over}`
            : known
              ? `none in ${over}`
              : "attempts that failed"
        }
      />
      <Tile
        name="run time"
        hue="running"
        value={runs > 0 && known ? duration(total(known.runMillis) / runs) : "–"}
        note={known ? `mean of ${over}` : "not known here"}
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
        note="set aside"
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
    // drawn first, below what became of them
    ...(own ? [] : [{ label: "enqueued", hue: "run" }]),
    { label: "completed", hue: "ok", fill: true },
    { label: "failed", hue: "bad" },
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
            // lines and columns go together; the range may have changed just now
            if (of === null || (of.enqueued === null) !== own) return null;
            const values = [...(of.enqueued === null ? [] : [of.enqueued]), of.completed, of.failed];
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
  const known = sumsOf(queue) !== null;
  return (
    <Card title="Run time" id="run-time" aside={<p class="legend">mean of attempts</p>}>
      {known ? (
        <Chart
          key={queue}
          label="Chart of the mean time an attempt took"
          height={216}
          lines={[{ label: "run time", hue: "run", fill: true }]}
          say={span}
          data={() => {
            const of = sumsOf(queue);
            if (of === null) return null;
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

/** A single queue is counted by the minute at best. */
export function RangeChoice(props: { minutes?: boolean }) {
  const offered = props.minutes === true ? RANGES.filter((each) => !bySecond(each)) : RANGES;
  const now = offered.includes(range.value) ? range.value : "1h";
  return (
    <Choice
      label="Time range"
      of={offered}
      now={now}
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
