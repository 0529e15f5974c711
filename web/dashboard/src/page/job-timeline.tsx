import type { Attempt, Job } from "../api/types";
import { now, workers } from "../state/live";
import { duration, moment, whole } from "../ui/format";
import { Card, StateBadge } from "../ui/pieces";
import { ErrorText } from "./job-parts";

/** The newest so many are drawn. */
const MOST = 50;

export interface Lane {
  number: number;
  /** Null while it has not begun, and so waits. */
  attempt: Attempt | null;
  waitFrom: number;
  runFrom: number | null;
  to: number;
  outcome: string;
  worker: number | null;
}

/** One lane for each attempt: how long it waited, how long it ran. The last may be under way. */
export function lanes(job: Job, at: number): Lane[] {
  const all: Lane[] = [];
  let from = Date.parse(job.createdAt);
  for (const attempt of job.attempts) {
    const runFrom = Math.max(from, Date.parse(attempt.startedAt));
    const to = Math.max(runFrom, Date.parse(attempt.finishedAt));
    const { number, outcome, worker } = attempt;
    all.push({ number, attempt, waitFrom: from, runFrom, to, outcome, worker });
    from = to;
  }
  if (job.finishedAt !== undefined) return all;
  const running = job.state === "running" && job.startedAt !== undefined;
  const runFrom = running ? Math.max(from, Date.parse(job.startedAt ?? "")) : null;
  all.push({
    number: job.attempt,
    attempt: null,
    waitFrom: from,
    runFrom,
    to: Math.max(at, runFrom ?? from),
    outcome: job.state,
    worker: job.worker ?? null,
  });
  return all;
}

function LaneRow(props: { lane: Lane; from: number; to: number }) {
  const { lane, from, to } = props;
  const span = Math.max(1, to - from);
  const part = (a: number, b: number) => ({
    left: `${((a - from) / span) * 100}%`,
    width: `max(2px, ${((b - a) / span) * 100}%)`,
  });
  const waited = (lane.runFrom ?? lane.to) - lane.waitFrom;
  const ran = lane.runFrom === null ? null : lane.to - lane.runFrom;
  const over = lane.attempt !== null;
  const worker = workers.value?.find((each) => each.id === lane.worker);
  return (
    <li>
      <div class="lane">
        <b>{lane.number}</b>
        <span class="track" aria-hidden="true">
          <i class="wait" style={part(lane.waitFrom, lane.runFrom ?? lane.to)} />
          {lane.runFrom !== null && (
            <i class={`run ${lane.outcome}`} style={part(lane.runFrom, lane.to)} />
          )}
        </span>
        <StateBadge state={lane.outcome} />
      </div>
      <p class="note">
        {ran === null || !over ? "waits" : "waited"} {duration(waited)}
        {ran === null ? "" : over ? `, ran ${duration(ran)}` : `, runs for ${duration(ran)}`}
        {lane.attempt !== null && ` until ${moment(lane.attempt.finishedAt)}`}
        {lane.worker !== null && ` on ${worker?.name ?? `worker ${lane.worker}`}`}
      </p>
      {lane.attempt?.error && <ErrorText error={lane.attempt.error} open={false} />}
    </li>
  );
}

export function Timeline(props: { job: Job }) {
  const all = lanes(props.job, now.value);
  const shown = all.slice(-MOST);
  const from = shown[0]?.waitFrom ?? 0;
  const to = shown.at(-1)?.to ?? 1;
  return (
    <Card
      title="Timeline"
      id="timeline"
      aside={
        <p class="legend">
          <span class="key waiting">waiting</span> <span class="key run">running</span>
          <span>{duration(to - from)} in all</span>
        </p>
      }
    >
      {shown.length === 0 ? (
        <p class="empty">It never ran.</p>
      ) : (
        <div class="inside">
          {shown.length < all.length && (
            <p class="note">
              The newest {MOST} of {whole(all.length)} attempts.
            </p>
          )}
          <ol class="lanes">
            {shown.map((lane, i) => (
              <LaneRow key={i} lane={lane} from={from} to={to} />
            ))}
          </ol>
        </div>
      )}
    </Card>
  );
}
