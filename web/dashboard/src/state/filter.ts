// The filter of jobs as people type it: queue:mail state:running payload.user.id:42

import { STATES } from "../api/types";
import type { JobFilter } from "../api/types";

/** Qualifiers with one value each, which the server takes as they are. */
export const PLAIN = ["queue", "kind", "state", "tag"] as const;
type Plain = (typeof PLAIN)[number];

export interface Filter {
  /** By name; nothing of what was not understood. */
  filter: JobFilter;
  /** What was not understood; empty when all was. */
  fault: string;
}

/** Words, where quotes hold spaces together. */
export function words(text: string): string[] {
  return text.match(/(?:[^\s"]|"(?:[^"\\]|\\.)*"?)+/g) ?? [];
}

const isPlain = (name: string): name is Plain => (PLAIN as readonly string[]).includes(name);

/** A word's qualifier and value; no qualifier where it is text to look for. */
export function split(word: string): { name: string; value: string } {
  const [, name, value] = /^(queue|kind|state|tag|key|payload(?:\.[^:"\s]+)?):(.*)$/s.exec(word) ?? [];
  return name === undefined ? { name: "", value: word } : { name, value: value ?? "" };
}

const unquoted = (value: string): string =>
  /^".*"$/s.test(value) ? value.slice(1, -1).replace(/\\(.)/g, "$1") : value;

/** Reads a filter; the first thing that is wrong is said. */
export function read(text: string): Filter {
  const filter: JobFilter = {};
  const rest: string[] = [];
  for (const word of words(text)) {
    const { name, value } = split(word);
    if (name === "" && /^[a-z]+:\S/.test(word)) {
      const known = "queue:, kind:, state:, tag:, key:, payload.path:";
      return { filter, fault: `expected ${known} or a job’s number, got “${word}”` };
    }
    if (name === "" || name === "key" || name.startsWith("payload")) {
      if (name !== "" && value === "") return { filter, fault: `${name}: wants a value` };
      rest.push(word);
      continue;
    }
    if (value === "") return { filter, fault: `${name}: wants a value` };
    if (name === "state" && !(STATES as readonly string[]).includes(value)) {
      return { filter, fault: `expected one of ${STATES.join(", ")}, got “${value}”` };
    }
    if (isPlain(name)) filter[name] = unquoted(value);
  }
  if (rest.length > 0) filter.q = rest.join(" ");
  return { filter, fault: "" };
}

/** What the filter says of one qualifier; null when nothing. */
export function saidOf(text: string, name: string): string | null {
  const found = words(text).map(split).filter((each) => each.name === name);
  return found.at(-1)?.value ?? null;
}

/** The filter with one qualifier set, or taken out. */
export function qualified(text: string, name: string, value: string | null): string {
  const others = words(text).filter((word) => split(word).name !== name);
  return [...others, ...(value === null ? [] : [`${name}:${quoted(value)}`])].join(" ");
}

export const quoted = (value: string): string =>
  /[\s"]/.test(value) ? `"${value.replace(/["\\]/g, "\\$&")}"` : value;

/** The number of a job, if that is all that was typed. */
export const jobNumber = (text: string): string | null =>
  /^\s*#?(\d{1,19})\s*$/.exec(text)?.[1] ?? null;

/** Whether every word has its qualifier and value, so that nothing more need be typed. */
export const isWhole = (text: string): boolean =>
  read(text).fault === "" && words(text).every((word) => split(word).name !== "");
