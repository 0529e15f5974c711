// The calls this page makes.

import { ask, get, send } from "./ask";
import { parse, plain, write, type Json } from "./json";
import type {
  AuditEntry,
  Batch,
  BatchMember,
  BulkAction,
  Deed,
  ErrorGroup,
  ErrorPage,
  Job,
  JobFilter,
  JobPage,
  Journey,
  KeyRate,
  Me,
  Page,
  Pipeline,
  Preview,
  QueueLimits,
  QueueScale,
  RetryPreview,
  Schedule,
  ScheduleDetail,
  Series,
  Worker,
} from "./types";

const WITH_JSON = new Set(["payload", "result", "checkpoint"]);
const part = encodeURIComponent;

/** A page of jobs without their payloads. */
export const jobs = (query: URLSearchParams, signal: AbortSignal): Promise<JobPage> =>
  get(`jobs?${query}`, signal);

/** A job; its payload and result as they are, digit by digit. */
export async function job(id: string, signal: AbortSignal): Promise<Job> {
  return plain(parse(await ask(`jobs/${id}`, { signal })), WITH_JSON) as Job;
}

/** The payloads of a few jobs, to suggest what may be looked for in them. */
export async function payloads(query: URLSearchParams, signal: AbortSignal): Promise<Json[]> {
  const page = plain(parse(await ask(`jobs?${query}`, { signal })), new Set(["items"])) as {
    items: Json;
  };
  if (page.items.type !== "array") return [];
  return page.items.items.flatMap((item) =>
    item.type === "object" ? item.members.filter(([n]) => n === "payload").map(([, v]) => v) : [],
  );
}

/** Makes a discarded or waiting job available now, cancels a live one, removes one at rest. */
export async function act(deed: Deed, id: string | number): Promise<void> {
  if (deed === "delete") {
    await send("DELETE", `jobs/${id}`);
  } else {
    await send("POST", `jobs/${id}/${deed}`);
  }
}

/** Sends a job a signal with a payload. */
export async function signalJob(id: string, name: string, payload: Json): Promise<void> {
  await send("POST", `jobs/${id}/signals/${part(name)}`, write(payload));
}

/** Has the worker of a running job show where its thread stands. */
export async function askStack(id: string): Promise<void> {
  await send("POST", `jobs/${id}/stack`);
}

/** Enqueues a copy of a job with changes; answers the copy's number. */
export async function copy(id: string | number, changes: string): Promise<string> {
  const said = parse(await send("POST", `jobs/${id}/copy`, changes));
  const its = said.type === "object" ? said.members.find(([name]) => name === "id")?.[1] : undefined;
  return its?.type === "number" ? its.text : "";
}

export async function preview(action: Deed, filter: JobFilter): Promise<Preview> {
  const text = await send("POST", "jobs/actions", { action, filter, dryRun: true });
  return JSON.parse(text) as Preview;
}

export async function begin(action: Deed, filter: JobFilter): Promise<BulkAction> {
  const reason = "cancelled with others on the dashboard";
  return JSON.parse(await send("POST", "jobs/actions", { action, filter, reason })) as BulkAction;
}

export const bulk = (id: number): Promise<BulkAction> => get(`jobs/actions/${id}`);

export async function stopBulk(id: number): Promise<void> {
  await send("DELETE", `jobs/actions/${id}`);
}

export async function setPaused(queue: string, paused: boolean): Promise<void> {
  await send("POST", `queues/${part(queue)}/${paused ? "pause" : "resume"}`);
}

export async function setLimit(queue: string, limit: number | null): Promise<void> {
  await send("PATCH", `queues/${part(queue)}`, { limit });
}

export const queueLimits = (queue: string, signal: AbortSignal): Promise<QueueLimits> =>
  get(`queues/${part(queue)}/limits`, signal);

/** What jobs with the same value of a key are held to; null for no such limit. */
export async function setKeyLimit(
  queue: string,
  name: string,
  most: number | null,
  rate: KeyRate | null,
): Promise<void> {
  const body = { perKey: { [name]: most }, rates: { [name]: rate } };
  await send("PATCH", `queues/${part(queue)}`, body);
}

export async function drain(worker: number): Promise<void> {
  await send("POST", `workers/${worker}/drain`);
}

/** Workers with their last beat, which the stream leaves out. */
export const workers = async (signal: AbortSignal): Promise<Worker[]> =>
  (await get<{ items: Worker[] }>("workers", signal)).items;

export const scale = async (signal: AbortSignal): Promise<QueueScale[]> =>
  (await get<{ items: QueueScale[] }>("scale", signal)).items;

export const series = (query: URLSearchParams, signal: AbortSignal): Promise<Series> =>
  get(`series?${query}`, signal);

export const errors = (query: URLSearchParams, signal: AbortSignal): Promise<ErrorPage> =>
  get(`errors?${query}`, signal);

/** Every job of one error among those the server looks at: at most a few thousand. */
export async function jobsOf(group: ErrorGroup, queue: string): Promise<number[]> {
  const query = new URLSearchParams({ kind: group.kind, limit: "100", jobs: "2000" });
  if (queue !== "") query.set("queue", queue);
  const page = await get<ErrorPage>(`errors?${query}`);
  // the message is the newest one's; those of a group differ in their numbers only
  const same = page.items.find(
    (it) => it.type === group.type && likeness(it.message) === likeness(group.message),
  );
  return same?.jobs ?? [];
}

/** As the server has it. */
const likeness = (message: string): string =>
  message.replace(/(?:[0-9a-fA-F]{8,}|[0-9])[0-9]*/g, "0");

export const kinds = async (signal: AbortSignal): Promise<string[]> => [
  ...new Set((await get<{ items: { kind: string }[] }>("kinds", signal)).items.map((k) => k.kind)),
];

export const audit = (
  query: URLSearchParams,
  signal: AbortSignal,
): Promise<{ items: AuditEntry[]; next: string | null }> => get(`audit?${query}`, signal);

export const me = (): Promise<Me> => get("me");

export async function signIn(user: string, password: string): Promise<void> {
  await send("POST", "session", { user, password });
}

export async function signOut(): Promise<void> {
  await send("DELETE", "session");
}

export const schedules = (
  query: URLSearchParams,
  signal: AbortSignal,
): Promise<{ items: Schedule[]; next: string | null }> => get(`schedules?${query}`, signal);

/** A schedule; its payload as it is, digit by digit. */
export async function schedule(name: string, signal: AbortSignal): Promise<ScheduleDetail> {
  return plain(parse(await ask(`schedules/${part(name)}`, { signal })), WITH_JSON) as ScheduleDetail;
}

export async function trigger(name: string): Promise<void> {
  await send("POST", `schedules/${part(name)}/trigger`);
}

export const pipelines = async (signal: AbortSignal): Promise<Pipeline[]> =>
  (await get<{ items: Pipeline[] }>("pipelines", signal)).items;

export const pipeline = (name: string, signal: AbortSignal): Promise<Pipeline> =>
  get(`pipelines/${part(name)}`, signal);

export const items = (
  name: string,
  query: URLSearchParams,
  signal: AbortSignal,
): Promise<Page<Batch, number>> => get(`pipelines/${part(name)}/items?${query}`, signal);

/** The way of an item; what its steps made as it is, digit by digit. */
export async function journey(name: string, key: string, signal: AbortSignal): Promise<Journey> {
  const path = `pipelines/${part(name)}/items/${part(key)}`;
  const found = plain(parse(await ask(path, { signal })), new Set(["visits"])) as {
    item: Batch;
    visits: Json;
    isWhole: boolean;
  };
  const jobs = found.visits.type === "array" ? found.visits.items : [];
  const visits = jobs.map((each) => plain(each, WITH_JSON) as Job);
  return { item: found.item, visits, isWhole: found.isWhole };
}

const atStep = (name: string, step: string, what: string, reason: string): string => {
  const query = reason === "" ? "" : `?reason=${part(reason)}`;
  return `pipelines/${part(name)}/steps/${part(step)}/${what}${query}`;
};

/** What a retry of a step's failures would come to. */
export const previewStep = (
  name: string,
  step: string,
  reason: string,
  signal: AbortSignal,
): Promise<RetryPreview> => get(atStep(name, step, "failed", reason), signal);

/** Answers how many go on. */
export async function retryStep(name: string, step: string, reason: string): Promise<number> {
  const done = await send("POST", atStep(name, step, "retry", reason));
  return (JSON.parse(done) as { retried: number }).retried;
}

export const batches = (
  query: URLSearchParams,
  signal: AbortSignal,
): Promise<Page<Batch, number>> => get(`batches?${query}`, signal);

export const batch = (id: string, signal: AbortSignal): Promise<Batch> =>
  get(`batches/${part(id)}`, signal);

export const members = (
  id: string,
  query: URLSearchParams,
  signal: AbortSignal,
): Promise<Page<BatchMember, number>> => get(`batches/${part(id)}/members?${query}`, signal);

/** Cancels what is left of a batch, or says that whoever made it adds no more. */
export async function actOnBatch(id: number, deed: "cancel" | "close"): Promise<void> {
  await send("POST", `batches/${id}/${deed}`);
}
