// What the server tells by itself, as it happens: one stream for the whole page. It is closed while
// the page is hidden; when it breaks, it is opened again after 1, 2, 4 … 30 seconds.

import { computed, signal } from "@preact/signals";
import type { Queue, Worker } from "../api/types";

export type Link =
  | { is: "connecting" }
  | { is: "live" }
  | { is: "paused" }
  | { is: "lost"; tries: number; againAt: number };

export interface Store {
  engine: string;
  address: string;
  durability: string;
}

/** Attempts that ended in this server's process since it started. */
interface Tally {
  at: string;
  worker: boolean;
  completed: number;
  failed: number;
  /** Per second, the newest last, with the first answer only. */
  recent?: [number, number][];
}

export interface Sample {
  /** Seconds since 1970, by the server's clock. */
  at: number;
  completed: number;
  failed: number;
}

/** So much is drawn: five minutes. */
export const MOST_SAMPLES = 300;
const LONGEST_WAIT_MS = 30_000;
/** The server says something every second; a stream silent for longer hangs. */
const SILENCE_MS = 20_000;

export const link = signal<Link>({ is: "connecting" });
export const store = signal<Store | null>(null);
export const queues = signal<Queue[] | null>(null);
export const workers = signal<Worker[] | null>(null);
export const samples = signal<Sample[]>([]);
export const totals = signal<{ worker: boolean; completed: number; failed: number } | null>(null);
/** Counts up whenever a job was seen to change. */
export const changes = signal(0);
/** The moment, by the server's clock; moves each second while the page is seen. */
export const now = signal(Date.now());

interface Watcher {
  id: string;
  hear: () => void;
}

let watchers: Watcher[] = [];

/** Hears whenever a job is seen to change; answers how to stop. */
export function changed(id: string, hear: () => void): () => void {
  const mine = { id, hear };
  watchers = [...watchers, mine];
  return () => {
    watchers = watchers.filter((each) => each !== mine);
  };
}

export const isLive = computed(() => link.value.is === "live");

let stream: EventSource | null = null;
let tries = 0;
let again: number | undefined;
let skew = 0;
let heardAt = 0;

/** Starts; called once. Nothing is asked before {@link admit}. */
export function start(): void {
  document.addEventListener("visibilitychange", () => (document.hidden ? pause() : connect()));
  window.addEventListener("online", () => document.hidden || connect());
  setInterval(tick, 1000);
}

let admitted = false;

/** Says whether whoever looks may: nobody else is shown anything. */
export function admit(may: boolean): void {
  if (may === admitted) return;
  admitted = may;
  if (!may) {
    close();
    store.value = queues.value = workers.value = totals.value = null;
    samples.value = [];
    link.value = { is: "connecting" };
  } else if (document.hidden) {
    pause();
  } else {
    connect();
  }
}

function tick(): void {
  if (document.hidden) return;
  now.value = Date.now() + skew;
  if (stream !== null && Date.now() - heardAt > SILENCE_MS) {
    lose();
  }
}

function pause(): void {
  close();
  if (!admitted) return;
  link.value = { is: "paused" };
}

function close(): void {
  clearTimeout(again);
  stream?.close();
  stream = null;
}

/** Opens the stream now, whatever it waits for. */
export function connect(): void {
  close();
  if (!admitted) return;
  if (link.value.is !== "lost") {
    link.value = { is: "connecting" };
  }
  heardAt = Date.now();
  const mine = new EventSource("api/v1/events");
  stream = mine;
  mine.onerror = () => {
    if (stream === mine) lose();
  };
  on(mine, "lost", () => lose());
  on(mine, "store", (data) => (store.value = data as Store));
  on(mine, "queues", (data) => {
    queues.value = (data as { items: Queue[] }).items;
  });
  on(mine, "workers", (data) => {
    workers.value = (data as { items: Worker[] }).items;
    changes.value++;
  });
  on(mine, "job", (data) => {
    changes.value++;
    const id = String((data as { id: number }).id);
    watchers.filter((each) => each.id === id).forEach((each) => each.hear());
  });
  on(mine, "tally", (data) => tally(data as Tally));
}

function on(from: EventSource, type: string, hear: (data: unknown) => void): void {
  from.addEventListener(type, (event) => {
    if (stream !== from) return;
    heardAt = Date.now();
    hear(JSON.parse((event as MessageEvent<string>).data));
    if (stream === from && link.value.is !== "live") {
      tries = 0;
      link.value = { is: "live" };
      // whatever changed meanwhile was not heard
      changes.value++;
    }
  });
}

function lose(): void {
  close();
  const wait = Math.min(LONGEST_WAIT_MS, 1000 * 2 ** tries) * (0.75 + Math.random() / 2);
  tries++;
  link.value = { is: "lost", tries, againAt: Date.now() + skew + wait };
  again = window.setTimeout(connect, wait);
}

function tally(said: Tally): void {
  const at = Date.parse(said.at);
  skew = at - Date.now();
  now.value = at;
  if (said.recent !== undefined) {
    const last = said.recent.length - 1;
    samples.value = said.recent.map(([completed, failed], i) => ({
      at: at / 1000 - (last - i),
      completed,
      failed,
    }));
  } else if (totals.value !== null) {
    add(at / 1000, said);
  }
  const { worker, completed, failed } = said;
  totals.value = { worker, completed, failed };
}

/** Looks are about a second apart, but not exactly: rates, not differences. */
function add(at: number, said: Tally): void {
  const known = samples.value;
  const before = totals.value;
  const last = known.at(-1);
  if (before === null) return;
  const seconds = last === undefined ? 1 : at - last.at;
  if (seconds <= 0) return;
  const sample = {
    at,
    completed: Math.max(0, said.completed - before.completed) / seconds,
    failed: Math.max(0, said.failed - before.failed) / seconds,
  };
  samples.value = [...known, sample].slice(-MOST_SAMPLES);
}
