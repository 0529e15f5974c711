// What became of an action, for a few seconds; failures stay until they are put away.

import { signal } from "@preact/signals";
import { said } from "../api/ask";

interface Toast {
  id: number;
  text: string;
  bad: boolean;
}

const SHOWN_MS = 5000;
const MOST = 4;
const toasts = signal<Toast[]>([]);
let last = 0;

export function tell(text: string, bad = false): void {
  const toast = { id: ++last, text, bad };
  toasts.value = [...toasts.value, toast].slice(-MOST);
  if (!bad) setTimeout(() => drop(toast.id), SHOWN_MS);
}

const drop = (id: number): void => {
  toasts.value = toasts.value.filter((each) => each.id !== id);
};

/** Does something and tells what became of it; answers whether it was done. */
export async function attempt(deed: Promise<unknown>, done: string): Promise<boolean> {
  try {
    await deed;
    tell(done);
    return true;
  } catch (e) {
    tell(said(e), true);
    return false;
  }
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map((each) => (
        <p key={each.id} class={each.bad ? "toast bad" : "toast"}>
          {each.text}
          <button type="button" class="plain" aria-label="Put away" onClick={() => drop(each.id)}>
            ×
          </button>
        </p>
      ))}
    </div>
  );
}
