// What there is on this server besides what every server has: pages of it are named in the
// navigation once there is something to show.

import { computed, effect, signal } from "@preact/signals";
import { get } from "../api/ask";
import { isLive, queues } from "./live";
import { everywhere } from "./session";

export type Offer = "schedules" | "pipelines" | "batches";

interface Kind {
  ask: string;
  /** Whoever sees some queues only may not ask. */
  may: () => boolean;
}

const KINDS: Record<Offer, Kind> = {
  schedules: { ask: "schedules?limit=1", may: () => true },
  pipelines: { ask: "pipelines", may: () => everywhere("viewer") },
  batches: { ask: "batches?limit=1", may: () => everywhere("viewer") },
};
const LOOK_MS = 30_000;

const paths = signal<ReadonlySet<string>>(new Set());
const some = signal<ReadonlySet<Offer>>(new Set());
const names = computed(() => (queues.value ?? []).map((each) => each.queue).join(" "));

/** Asks once what the server can do; where it cannot be read, nothing further is offered. */
export async function learnOffers(): Promise<void> {
  try {
    const api = await get<{ paths?: Record<string, unknown> }>("openapi.json");
    paths.value = new Set(Object.keys(api.paths ?? {}));
  } catch {
    // the pages that every server has need none of this
  }
}

/** Whether there is a call at this path, such as `schedules`, for whoever looks. */
export const offers = (path: Offer): boolean =>
  paths.value.has(`/api/v1/${path}`) && KINDS[path].may();

/** Whether one was seen. */
export const has = (path: Offer): boolean => offers(path) && some.value.has(path);

async function look(path: Offer): Promise<void> {
  try {
    const { items } = await get<{ items: unknown[] }>(KINDS[path].ask);
    if (items.length > 0) some.value = new Set([...some.peek(), path]);
  } catch {
    // asked again with the next look
  }
}

/** Looks for what has not been seen yet, now and then and whenever a queue appears. */
export function watchOffers(): void {
  const all = Object.keys(KINDS) as Offer[];
  const lookAll = (): void => all.filter((it) => offers(it) && !has(it)).forEach((it) => void look(it));
  effect(() => {
    void names.value;
    if (isLive.value && paths.value.size > 0) lookAll();
  });
  setInterval(() => isLive.peek() && lookAll(), LOOK_MS);
}
