// Who looks, and what they may do. The server decides; this only spares people refused clicks.

import { computed, signal } from "@preact/signals";
import { onSignedOut, Refusal, setCsrf } from "../api/ask";
import { me as askMe } from "../api/calls";
import type { Me } from "../api/types";

/** A server that knows no access control serves whoever reaches it. */
const OPEN: Me = { user: null, role: "admin", queues: ["*"], csrf: null, access: "open" };
const AGAIN_MS = 3000;

export const me = signal<Me | null>(null);

/** Somebody has to sign in before anything is shown. */
export const mustSignIn = computed(() => me.value?.access === "users" && me.value.user === null);

export const isViewer = computed(() => me.value !== null && me.value.role === "viewer");

/** Sees who looks; asks again until the server answers. */
export async function lookWho(): Promise<void> {
  try {
    know(await askMe());
  } catch (e) {
    if (e instanceof Refusal && e.status === 401) {
      know({ ...OPEN, role: null, access: "users" });
    } else if (e instanceof Refusal && e.status === 404) {
      know(OPEN);
    } else {
      setTimeout(() => void lookWho(), AGAIN_MS);
    }
  }
}

function know(it: Me): void {
  setCsrf(it.csrf);
  me.value = it;
}

onSignedOut(() => {
  if (me.peek() !== null && me.peek()?.user !== null) {
    know({ user: null, role: null, queues: [], csrf: null, access: "users" });
  }
});

/** `mail`, `mail*`, `*`: a star stands for any characters. */
export function matches(pattern: string, queue: string): boolean {
  const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replace(/\*/g, ".*");
  return new RegExp(`^${escaped}$`).test(queue);
}

const acts = (role: string): boolean => role === "operator" || role === "admin";

/** Whether buttons that change something are shown; of a queue, or at all. */
export function mayAct(queue?: string): boolean {
  const it = me.value;
  if (it === null || it.role === null) return false;
  const grants = it.grants ?? it.queues.map((each) => ({ role: it.role ?? "", queues: each }));
  return grants.some(
    (each) => acts(each.role) && (queue === undefined || matches(each.queues, queue)),
  );
}

const RANK = ["viewer", "operator", "admin"];

/** Whether they have a role or a higher one for every queue: batches and pipelines span several. */
export function everywhere(role: "viewer" | "operator"): boolean {
  const it = me.value;
  if (it === null || it.role === null) return false;
  const grants = it.grants ?? it.queues.map((each) => ({ role: it.role ?? "", queues: each }));
  return grants.some(
    (each) => each.queues === "*" && RANK.indexOf(each.role) >= RANK.indexOf(role),
  );
}

/** Whether what concerns everybody is theirs: the audit log, workers. */
export const isAdmin = computed(() => {
  const it = me.value;
  if (it === null || it.role !== "admin") return false;
  const all = it.grants?.some((each) => each.role === "admin" && each.queues === "*");
  return all ?? it.queues.includes("*");
});
