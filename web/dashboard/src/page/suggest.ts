// What may stand at the caret of the filter: qualifiers, and values that were seen.

import { signal } from "@preact/signals";
import { kinds as askKinds, payloads as askPayloads } from "../api/calls";
import type { Json } from "../api/json";
import { STATES, type JobRow } from "../api/types";
import { queues } from "../state/live";
import { quoted, read } from "../state/filter";

export interface Suggestion {
  text: string;
  about: string;
  /** It has its value: what comes next is another word. */
  complete: boolean;
}

const MOST = 10;
const MOST_SEEN = 200;
const MOST_PATHS = 60;
const DEEPEST = 4;
const LONGEST = 60;

const QUALIFIERS: Suggestion[] = [
  { text: "queue:", about: "jobs of a queue", complete: false },
  { text: "kind:", about: "jobs of a kind", complete: false },
  { text: "state:", about: "available, running, discarded…", complete: false },
  { text: "tag:", about: "jobs with a tag", complete: false },
  { text: "key:", about: "jobs with a key: tenant=acme", complete: false },
  { text: "payload:", about: "text anywhere in the payload", complete: false },
  { text: "payload.", about: "a value in the payload: payload.user.id:42", complete: false },
];

const kinds = signal<string[]>([]);
const tags = signal<string[]>([]);
const keys = signal<string[]>([]);
/** Payload paths with a few of the values that stand there. */
const paths = signal<Map<string, Set<string>>>(new Map());

/** The word that the caret is in or behind. */
export function wordAt(text: string, caret: number): { from: number; to: number } {
  let from = caret;
  while (from > 0 && !/\s/.test(text[from - 1] ?? "")) from--;
  let to = caret;
  while (to < text.length && !/\s/.test(text[to] ?? "")) to++;
  return { from, to };
}

export function suggestions(text: string, caret: number): Suggestion[] {
  const { from } = wordAt(text, caret);
  const word = text.slice(from, caret);
  const path = /^payload\.([^:]*)$/.exec(word)?.[1];
  if (path !== undefined) {
    const all = [...paths.value.keys()].map((each) => ({
      text: `payload.${each}:`,
      about: "in the payload",
      complete: false,
    }));
    return fitting(all, word);
  }
  const name = /^([a-z]+|payload\.[^:]+):/.exec(word)?.[1];
  if (name === undefined) return fitting(QUALIFIERS, word);
  const all = values(name).map((value) => ({
    text: `${name}:${quoted(value)}`,
    about: "",
    complete: true,
  }));
  return fitting(all, word).filter((each) => each.text !== word);
}

const fitting = (all: Suggestion[], word: string): Suggestion[] =>
  all.filter((each) => each.text.startsWith(word)).slice(0, MOST);

function values(name: string): string[] {
  if (name === "state") return [...STATES];
  if (name === "queue") return (queues.value ?? []).map((each) => each.queue);
  if (name === "kind") return kinds.value;
  if (name === "tag") return tags.value;
  if (name === "key") return keys.value;
  return [...(paths.value.get(name.replace(/^payload\./, "")) ?? [])];
}

/** Remembers what rows that were listed say. */
export function learnFrom(rows: JobRow[]): void {
  kinds.value = merged(kinds.peek(), rows.map((row) => row.kind));
  tags.value = merged(tags.peek(), rows.flatMap((row) => row.tags));
  const pairs = rows.flatMap((row) => Object.entries(row.keys ?? {}));
  keys.value = merged(keys.peek(), pairs.map(([name, value]) => `${name}=${value}`));
}

const merged = (known: string[], seen: string[]): string[] =>
  [...new Set([...known, ...seen])].slice(0, MOST_SEEN).sort();

let askedKinds = false;
let askedPaths = "";

/** Asks for what the filter is about to need, once. */
export function learn(text: string): void {
  if (!askedKinds) {
    askedKinds = true;
    askKinds(AbortSignal.timeout(5000)).then(
      (all) => (kinds.value = merged(kinds.peek(), all)),
      // kinds of the jobs that are listed are suggested all the same
      () => undefined,
    );
  }
  if (!/payload\./.test(text)) return;
  const { filter } = read(text.replace(/payload\.\S*/g, ""));
  const query = new URLSearchParams({ ...filter, limit: "20" });
  query.delete("q");
  if (askedPaths === query.toString()) return;
  askedPaths = query.toString();
  askPayloads(query, AbortSignal.timeout(5000)).then(
    (all) => (paths.value = pathsOf(all)),
    () => (askedPaths = ""),
  );
}

/** The paths in payloads that lead to a value, with the values. */
export function pathsOf(all: Json[]): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  const look = (json: Json, path: string, depth: number): void => {
    if (json.type === "object" && depth < DEEPEST) {
      for (const [name, value] of json.members) {
        if (/^[A-Za-z0-9_-]+$/.test(name)) look(value, path === "" ? name : `${path}.${name}`, depth + 1);
      }
    } else if (json.type !== "object" && json.type !== "array" && path !== "") {
      const text = json.type === "string" ? json.value : json.text;
      const seen = found.get(path) ?? new Set<string>();
      if (found.size < MOST_PATHS || found.has(path)) found.set(path, seen);
      if (seen.size < MOST && text.length <= LONGEST) seen.add(text);
    }
  };
  all.forEach((each) => look(each, "", 0));
  return found;
}

