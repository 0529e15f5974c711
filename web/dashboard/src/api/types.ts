// What the server's API says.

import type { Json } from "./json";

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
  /** Of the available ones, those that a limit by key holds. */
  blocked?: number;
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
  stuck?: number;
  draining?: boolean;
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
  priority: number;
  tags: string[];
  keys?: Record<string, string>;
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
  result?: Json;
}

export interface LogLine {
  at: string;
  level: "debug" | "info" | "warn" | "error";
  message: string;
}

export interface JobPage {
  items: JobRow[];
  next: string | null;
  looked?: number;
}

export type Deed = "retry" | "cancel" | "delete";

/** Which jobs a bulk action is about. */
export interface JobFilter {
  state?: string;
  queue?: string;
  kind?: string;
  tag?: string;
  q?: string;
}

export interface Preview {
  matching: number;
  isAtLeast: boolean;
  examples: number[];
}

export interface BulkAction {
  id: number;
  action: Deed;
  phase: "waiting" | "running" | "done" | "cancelled" | "failed";
  looked: number;
  done: number;
  failure?: string;
}

export interface QueueScale {
  queue: string;
  wantedWorkers: number;
  arrivalsPerSecond: number;
  completionsPerSecond: number;
  averageRunSeconds: number | null;
}

export interface Bucket {
  at: string;
  enqueued: number;
  completed: number;
  failed: number;
  discarded: number;
  cancelled: number;
  runs: number;
  runMillis: number;
}

export interface Series {
  from: string;
  to: string;
  step: string;
  queues: { queue: string; buckets: Bucket[] }[];
}

export interface ErrorGroup {
  type: string;
  message: string;
  kind: string;
  count: number;
  newestAt: string;
  jobs: number[];
}

export interface ErrorPage {
  looked: number;
  more: boolean;
  items: ErrorGroup[];
}

export type Role = "viewer" | "operator" | "admin";

export interface Me {
  user: string | null;
  role: Role | null;
  /** Roles by patterns of queues, where a server tells them. */
  grants?: { role: Role; queues: string }[];
  queues: string[];
  csrf: string | null;
  access: "open" | "users";
}

export interface AuditEntry {
  id: number | string;
  at: string;
  who: string | null;
  role: string | null;
  action: string;
  target: string;
  before: unknown;
  after: unknown;
  address: string | null;
}

export interface Schedule {
  name: string;
  kind: string;
  queue: string;
  when: {
    type: "cron" | "every" | "after-completion" | "once" | "unknown";
    cron?: string;
    zone?: string;
    every?: string;
    rest?: string;
    at?: string;
  };
  misfire?: string;
  overlap?: string;
  start?: string;
  end?: string;
  paused: boolean;
  source: "code" | "added";
  version: number;
  nextAt: string | null;
  lastAt: string | null;
  lastJob: number | null;
  waitsFor: number | null;
  payload?: Json;
  changedAt: string;
}

export interface ScheduleDetail extends Schedule {
  next: string[];
  runs: { at: string; job: number | null; triggered: boolean }[];
}

export interface Page<T, N> {
  items: T[];
  next: N | null;
}

export interface PipelineStep {
  name: string;
  kind: string;
  queue: string;
  joins: boolean;
  /** The step before pauses at so many; 0 for never. */
  backlog: number;
  waiting: number;
  later: number;
  running: number;
  failed: number;
  countedTo: number;
  perMinute: number;
  left?: string;
}

export interface Pipeline {
  name: string;
  steps: PipelineStep[];
}

export const BATCH_STATES = ["filling", "waiting", "completed", "failed", "cancelled"] as const;
export type BatchState = (typeof BATCH_STATES)[number];

export interface Batch {
  id: number;
  name: string;
  key?: string;
  parent?: number;
  state: BatchState;
  cancelling: boolean;
  createdAt: string;
  endedAt: string | null;
  added: number;
  open: number;
  completed: number;
  failed: number;
  cancelled: number;
  onDone?: number;
  onCompleted?: number;
  onFailed?: number;
}

export const MEMBER_STATES = ["open", "completed", "failed", "cancelled"] as const;
export type MemberState = (typeof MEMBER_STATES)[number];

export interface BatchMember {
  id: number;
  nested: boolean;
  state: MemberState;
}

export interface Journey {
  item: Batch;
  visits: Job[];
  isWhole: boolean;
}

export interface RetryPreview {
  looked: number;
  matching: number;
  isAtLeast: boolean;
  examples: number[];
}

/** How often jobs with the same value of a key may begin. */
export interface KeyRate {
  kind: "bucket" | "window";
  count: number;
  /** As durations are written: "1s". */
  per: string;
}

export interface LimitLine {
  key: string;
  value: string;
  waiting: number;
  isAtLeast: boolean;
  first: number;
  reason: string;
  detail: string;
}

export interface QueueLimits {
  queue: string;
  perKey: Record<string, number>;
  rates: Record<string, KeyRate>;
  lines: LimitLine[];
  isAtLeast: boolean;
}
