// Where the page is, which is all in the address: #/jobs?q=state:running, #/jobs/123, #/queues/mail

import { computed, signal } from "@preact/signals";

const hash = signal(location.hash);
window.addEventListener("hashchange", () => (hash.value = location.hash));
window.addEventListener("popstate", () => (hash.value = location.hash));

/** A part of the address that a person mangled is shown as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export interface Place {
  /** The first part of the path; empty for the overview. */
  page: string;
  /** The rest of it: a job's number, a queue's name; empty for the page itself. */
  thing: string;
  query: URLSearchParams;
}

export const place = computed<Place>(() => {
  const [path = "", query = ""] = hash.value.replace(/^#\/?/, "").split("?", 2);
  const [page = "", ...rest] = path.split("/");
  return { page, thing: decoded(rest.join("/")), query: new URLSearchParams(query) };
});

/** One thing said after the question mark; empty when it is not. */
export const said = (name: string): string => place.value.query.get(name) ?? "";

export type Params = Record<string, string | null | undefined>;

/** The address of a page, of a thing on it. */
export function address(page: string, thing = "", params: Params = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== null && value !== undefined && value !== "") query.set(name, value);
  }
  const path = `#/${page}${thing === "" ? "" : `/${encodeURIComponent(thing)}`}`;
  return query.size === 0 ? path : `${path}?${query}`;
}

/** Goes there; replacing leaves no step to go back to. */
export function go(to: string, replacing = false): void {
  if (to === location.hash) return;
  if (replacing) {
    history.replaceState(null, "", to);
  } else {
    history.pushState(null, "", to);
  }
  hash.value = location.hash;
}

/** The same page with some of what is said changed. */
export function change(params: Params, replacing = true): void {
  const { page, thing, query } = place.value;
  go(address(page, thing, { ...Object.fromEntries(query), ...params }), replacing);
}

/** A job's address, which keeps the list it was opened from. */
export const jobHref = (id: number | string): string =>
  address("jobs", String(id), place.value.page === "jobs" ? { q: said("q"), after: said("after") } : {});

/** The jobs of a filter. */
export const jobsHref = (q: string): string => address("jobs", "", { q });
