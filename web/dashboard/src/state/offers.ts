// What this server offers besides what every server does, as its own description of the API says.

import { signal } from "@preact/signals";
import { get } from "../api/ask";

const paths = signal<ReadonlySet<string>>(new Set());

/** Asks once; where it cannot be read, nothing further is offered. */
export async function learnOffers(): Promise<void> {
  try {
    const api = await get<{ paths?: Record<string, unknown> }>("openapi.json");
    paths.value = new Set(Object.keys(api.paths ?? {}));
  } catch {
    // the pages that every server has need none of this
  }
}

/** Whether there is a call at this path, such as `schedules`. */
export const offers = (path: string): boolean => paths.value.has(`/api/v1/${path}`);
