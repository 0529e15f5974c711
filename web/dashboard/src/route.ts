// Where the page is, which is all in the address: #/jobs/123?q=state:running

import { computed, signal } from "@preact/signals";
import { STATES } from "./api";

const hash = signal(location.hash);
window.addEventListener("hashchange", () => (hash.value = location.hash));

const parts = computed(() => {
  const [path = "", query = ""] = hash.value.replace(/^#/, "").split("?", 2);
  return { path, query: new URLSearchParams(query) };
});

/** The job that is open, as its number is written; null when none is. */
export const openJob = computed(() => /^\/jobs\/(\d{1,19})$/.exec(parts.value.path)?.[1] ?? null);

/** The filter as it was typed. */
export const filterText = computed(() => parts.value.query.get("q") ?? "");

export interface Filter {
  query: URLSearchParams;
  /** What was not understood; empty when all was. */
  fault: string;
}

const NAMES = ["state", "queue", "kind", "tag"];

/** queue:mail kind:mail.send state:running tag:x */
export const filter = computed<Filter>(() => {
  const query = new URLSearchParams();
  for (const word of filterText.value.split(/\s+/).filter(Boolean)) {
    const [, name = "", value = ""] = /^([a-z]+):(.+)$/.exec(word) ?? [];
    if (!NAMES.includes(name)) {
      const fault = `expected queue:, kind:, state:, tag: or a job's number, got “${word}”`;
      return { query, fault };
    }
    if (name === "state" && !(STATES as readonly string[]).includes(value)) {
      return { query, fault: `expected one of ${STATES.join(", ")}, got “${value}”` };
    }
    query.set(name, value);
  }
  return { query, fault: "" };
});

/** The address of a job, keeping the filter. */
export const jobHref = (id: number | string): string => address(`/jobs/${id}`, filterText.value);

const address = (path: string, q: string): string =>
  q === "" ? `#${path}` : `#${path}?${new URLSearchParams({ q })}`;

/** Closes the job. */
export function closeJob(): void {
  if (openJob.value !== null) go(address("/", filterText.value), false);
}

/** Filters by what was typed; a number opens that job. */
export function typed(text: string): void {
  const id = /^\s*#?(\d{1,19})\s*$/.exec(text)?.[1];
  if (id !== undefined) {
    go(jobHref(id), false);
  } else {
    go(address(parts.value.path || "/", text.trim()), true);
  }
}

/** Sets one qualifier of the filter, or takes it out. */
export function qualify(name: string, value: string | null): void {
  const others = filterText.value.split(/\s+/).filter((w) => w && !w.startsWith(`${name}:`));
  typed([...others, ...(value === null ? [] : [`${name}:${value}`])].join(" "));
}

function go(to: string, replacing: boolean): void {
  if (replacing) {
    history.replaceState(null, "", to);
  } else {
    history.pushState(null, "", to);
  }
  hash.value = location.hash;
}
