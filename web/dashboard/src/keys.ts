// Keyboard shortcuts: those of the frame and those of the page that is shown.

import { signal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";

export interface Key {
  /** "j", "Escape", or two after each other: "g j". */
  press: string;
  does: string;
  /** Whether it works now; always where it is not said. */
  offered?: () => boolean;
  run: () => void;
}

const PREFIX_MS = 1500;
/** Later ones win; a page's lie over the frame's. */
const layers = signal<Key[][]>([]);
let prefix = "";
let prefixAt = 0;

/** Every shortcut that works now, the frame's first. */
export const keysNow = (): Key[] => layers.value.flat();

/** Keys that work while whoever calls this is shown. */
export function useKeys(keys: Key[]): void {
  const newest = useRef(keys);
  newest.current = keys;
  // at once, so that a key pressed as soon as the page is seen is heard
  useLayoutEffect(() => {
    const layer = keys.map((key, i) => ({ ...key, run: () => newest.current[i]?.run() }));
    layers.value = [...layers.value, layer];
    return () => {
      layers.value = layers.value.filter((each) => each !== layer);
    };
  }, []);
}

function pressed(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const at = event.target as HTMLElement;
  if (at.closest("dialog") !== null) return;
  if (at.matches("input:not([type=checkbox]), textarea, select")) {
    if (event.key === "Escape") at.blur();
    return;
  }
  const pair = Date.now() - prefixAt < PREFIX_MS ? `${prefix} ${event.key}` : "";
  const all = layers.value.flat().filter((key) => key.offered?.() !== false).reverse();
  const found = all.find((key) => key.press === pair) ?? all.find((key) => key.press === event.key);
  prefix = event.key;
  prefixAt = Date.now();
  if (found !== undefined) {
    event.preventDefault();
    prefix = "";
    found.run();
  }
}

export function listen(): void {
  document.addEventListener("keydown", pressed);
}
