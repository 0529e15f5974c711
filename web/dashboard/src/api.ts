// What the server's API says, and asking it.

import { parse, plain, type Json } from "./json";

export const STATES = [
  "available",
  "scheduled",
  "running",
  "completed",
  "discarded",
  "cancelled",
  "expired",
] as const;
export type State = (typeof STATES)[number];

export interface Queue {
  queue: string;
  available: number;
  scheduled: number;
  running: number;
  discarded: number;
  countedTo: number;
  oldestAvailable: string | null;
  workers: number;
  paused?: boolean;
  limit?: number | null;
}

export interface Worker {
  id: number;
  name: string;
  version: string;
  state: "alive" | "silent" | "dead";
  queues: Record<string, number>;
  running: number;
  startedAt: string;
  lastBeatAt?: string;
}

export interface Progress {
  done: number;
  total?: number | null;
  message?: string | null;
  perSecond?: number;
  secondsLeft?: number;
}

export interface JobError {
  type: string;
  message: string;
  stack: string;
}

export interface Attempt {
  number: number;
  worker: number;
  startedAt: string;
  finishedAt: string;
  outcome: string;
  error: JobError | null;
}

export interface JobRow {
  id: number;
  kind: string;
  queue: string;
  state: State;
  attempt: number;
  maxAttempts: number;
  createdAt: string;
  runAt?: string;
  startedAt?: string;
  finishedAt?: string;
  progress?: Progress | null;
  waiting?: { reason: string; detail: string };
}

export interface Job extends JobRow {
  version: number;
  priority: number;
  tags: string[];
  keys?: Record<string, string>;
  unique?: string;
  expiresAt?: string;
  timeout?: string;
  worker?: number;
  skipped?: boolean;
  checkpoint?: Json;
  checkpointAt?: string;
  steps?: Step[];
  log?: LogLine[];
  stack?: { at: string; text: string };
  error?: JobError;
  attempts: Attempt[];
  payload: Json;
  result?: Json;
}

export interface Step {
  name: string;
  tries: number;
  at: string;
}

export interface LogLine {
  at: string;
  level: "debug" | "info" | "warn" | "error";
  message: string;
}

/** The server was reached and said no. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
  ) {
    super(detail);
  }
}

const PATIENCE_MS = 15_000;
const WITH_JSON = new Set(["payload", "result", "checkpoint"]);

async function ask(path: string, init: RequestInit = {}): Promise<string> {
  const late = AbortSignal.timeout(PATIENCE_MS);
  const signal = init.signal ? AbortSignal.any([init.signal, late]) : late;
  const answer = await fetch(`api/v1/${path}`, { ...init, signal });
  const text = await answer.text();
  if (!answer.ok) {
    throw refusal(answer, text);
  }
  return text;
}

function refusal(answer: Response, text: string): Refusal {
  const type = answer.headers.get("Content-Type") ?? "";
  if (type.startsWith("application/problem+json")) {
    const problem = JSON.parse(text) as { code?: string; detail?: string; title?: string };
    const detail = problem.detail ?? problem.title ?? "no reason given";
    return new Refusal(answer.status, problem.code ?? "", detail);
  }
  return new Refusal(answer.status, "", `the server answered ${answer.status}`);
}

export interface Page {
  items: JobRow[];
  next: string | null;
}

/** A page of jobs without their payloads. */
export async function jobs(query: URLSearchParams, signal: AbortSignal): Promise<Page> {
  return JSON.parse(await ask(`jobs?${query}`, { signal })) as Page;
}

/** A job; its payload and result as they are, digit by digit. */
export async function job(id: string, signal: AbortSignal): Promise<Job> {
  return plain(parse(await ask(`jobs/${id}`, { signal })), WITH_JSON) as Job;
}

/** Makes a discarded or waiting job available now. */
export async function retry(id: string): Promise<void> {
  await ask(`jobs/${id}/retry`, { method: "POST" });
}

/** Has the worker of a running job show where its thread stands. */
export async function askStack(id: string): Promise<void> {
  await ask(`jobs/${id}/stack`, { method: "POST" });
}

/** Workers with their last beat, which the stream leaves out. */
export async function workers(signal: AbortSignal): Promise<Worker[]> {
  return (JSON.parse(await ask("workers", { signal })) as { items: Worker[] }).items;
}
