// What happened in queues over time: by the second from the stream, by the minute and longer from
// what the server keeps for 30 days.

import { computed, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Refusal } from "../api/ask";
import { series as askSeries } from "../api/calls";
import type { Bucket } from "../api/types";
import { isLive, now, samples, totals } from "./live";
import { said } from "./route";

export const RANGES = ["1m", "5m", "1h", "6h", "24h", "7d", "30d"] as const;
export type Range = (typeof RANGES)[number];

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SPANS: Record<Range, { millis: number; step: number }> = {
  "1m": { millis: MINUTE, step: 1000 },
  "5m": { millis: 5 * MINUTE, step: 1000 },
  "1h": { millis: HOUR, step: MINUTE },
  "6h": { millis: 6 * HOUR, step: 5 * MINUTE },
  "24h": { millis: 24 * HOUR, step: 15 * MINUTE },
  "7d": { millis: 7 * 24 * HOUR, step: 2 * HOUR },
  "30d": { millis: 30 * 24 * HOUR, step: 6 * HOUR },
};

export const range = computed<Range>(() => RANGES.find((each) => each === said("range")) ?? "5m");
export const spanOf = (of: Range): { millis: number; step: number } => SPANS[of];
/** By the second, from the stream. */
export const bySecond = (of: Range): boolean => SPANS[of].step === 1000;

export interface Sums {
  /** Seconds since 1970, the buckets' beginnings; every bucket is there. */
  at: number[];
  stepSeconds: number;
  enqueued: number[];
  completed: number[];
  failed: number[];
  runs: number[];
  runMillis: number[];
}

export interface History {
  range: Range;
  /** By queue; of all of them under the empty name. */
  queues: Map<string, Sums>;
}

export const history = signal<History | null>(null);
/** Why there is none; empty when there is or may be. */
export const historyFault = signal("");

const LEAST_AGAIN_MS = 5_000;
const MOST_AGAIN_MS = 60_000;

/** Keeps what is shown of a range fresh. For ranges by the second an hour is asked: for sparklines. */
export function useHistory(): void {
  const wanted = bySecond(range.value) ? "1h" : range.value;
  const live = isLive.value;
  useEffect(() => {
    if (!live) return;
    const stop = new AbortController();
    let timer: number | undefined;
    const { step } = SPANS[wanted];
    const look = async (): Promise<void> => {
      const over = await refresh(wanted, stop.signal);
      const again = Math.min(MOST_AGAIN_MS, Math.max(LEAST_AGAIN_MS, step / 6));
      if (!over && !stop.signal.aborted) timer = window.setTimeout(look, again);
    };
    void look();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [wanted, live]);
}

/** Answers whether it is of no use to ask again. */
async function refresh(wanted: Range, stop: AbortSignal): Promise<boolean> {
  const { millis, step } = SPANS[wanted];
  const to = Math.ceil((now.peek() + 1) / step) * step;
  const from = to - millis;
  const query = new URLSearchParams({
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    step: step >= HOUR ? `${step / HOUR}h` : `${step / MINUTE}m`,
  });
  try {
    const answer = await askSeries(query, stop);
    if (stop.aborted) return true;
    const queues = new Map(
      answer.queues.map((each) => [each.queue, filled(each.buckets, from, to, step)]),
    );
    queues.set("", summed([...queues.values()], filled([], from, to, step)));
    history.value = { range: wanted, queues };
    historyFault.value = "";
    return false;
  } catch (e) {
    if (stop.aborted) return true;
    const none = e instanceof Refusal && e.isUnknownPath;
    historyFault.value = none
      ? "This server keeps no history that could be shown here."
      : e instanceof Refusal
        ? e.message
        : "The history could not be read; asking again.";
    return none;
  }
}

/** Buckets in which nothing was counted are not told; here they are there, empty. */
export function filled(buckets: Bucket[], from: number, to: number, step: number): Sums {
  const count = Math.round((to - from) / step);
  const zeros = (): number[] => new Array<number>(count).fill(0);
  const sums: Sums = {
    at: Array.from({ length: count }, (_, i) => (from + i * step) / 1000),
    stepSeconds: step / 1000,
    enqueued: zeros(),
    completed: zeros(),
    failed: zeros(),
    runs: zeros(),
    runMillis: zeros(),
  };
  for (const each of buckets) {
    const i = Math.floor((Date.parse(each.at) - from) / step);
    if (i < 0 || i >= count) continue;
    add(sums.enqueued, i, each.enqueued);
    add(sums.completed, i, each.completed);
    add(sums.failed, i, each.failed + each.discarded);
    add(sums.runs, i, each.runs);
    add(sums.runMillis, i, each.runMillis);
  }
  return sums;
}

function add(to: number[], i: number, value: number): void {
  to[i] = (to[i] ?? 0) + value;
}

function summed(all: Sums[], into: Sums): Sums {
  for (const each of all) {
    for (const name of ["enqueued", "completed", "failed", "runs", "runMillis"] as const) {
      each[name].forEach((value, i) => add(into[name], i, value));
    }
  }
  return into;
}

/** What is known of a queue; nothing was counted of one that is not told. */
export function sumsOf(queue: string): Sums | null {
  const known = history.value?.queues;
  const all = known?.get("");
  if (known === undefined || all === undefined) return null;
  const zeros = all.at.map(() => 0);
  return (
    known.get(queue) ?? {
      at: all.at,
      stepSeconds: all.stepSeconds,
      enqueued: zeros,
      completed: zeros,
      failed: zeros,
      runs: zeros,
      runMillis: zeros,
    }
  );
}

export const total = (of: number[]): number => of.reduce((sum, each) => sum + each, 0);

/** Completed and failed a second, as the chart draws them; enqueued where it is known. */
export interface Drawn {
  at: number[];
  seconds: number;
  completed: number[];
  failed: number[];
  enqueued: number[] | null;
}

/** The last bucket is not over: it is divided by what has passed of it, a quarter at least. */
function ratesOf(sums: Sums, seconds: number): (of: number[]) => number[] {
  const last = sums.at.length - 1;
  const passed = seconds - (sums.at[last] ?? seconds);
  const over = Math.min(sums.stepSeconds, Math.max(passed, sums.stepSeconds / 4));
  return (of) => of.map((n, i) => n / (i === last ? over : sums.stepSeconds));
}

/** What the chart draws: all queues, or one of them. */
export function drawn(queue: string): Drawn | null {
  const wanted = range.value;
  if (bySecond(wanted) && queue === "") {
    if (totals.value?.worker === false) return null;
    const { millis } = SPANS[wanted];
    const last = samples.value.slice(-millis / 1000);
    return {
      at: last.map((s) => s.at),
      seconds: millis / 1000,
      completed: last.map((s) => s.completed),
      failed: last.map((s) => s.failed),
      enqueued: null,
    };
  }
  const sums = sumsOf(queue);
  if (sums === null) return null;
  if (!bySecond(wanted) && history.value?.range !== wanted) return null;
  const rates = ratesOf(sums, now.peek() / 1000);
  return {
    at: sums.at,
    seconds: sums.at.length * sums.stepSeconds,
    completed: rates(sums.completed),
    failed: rates(sums.failed),
    enqueued: rates(sums.enqueued),
  };
}
