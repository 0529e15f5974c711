// Asking for something again and again while a page is shown and the server is there.

import { useEffect, useState } from "preact/hooks";
import { Refusal } from "../api/ask";
import { isLive } from "./live";

export interface Looked<T> {
  found: T | null;
  /** Why nothing new is known; empty when all is well. */
  fault: string;
  /** This server does not know the call: asking again is of no use. */
  unknown: boolean;
  again: () => void;
}

/** Asks at once, anew whenever `key` changes, and every `millis`; 0 asks once. */
export function useLook<T>(
  key: string,
  millis: number,
  ask: (signal: AbortSignal) => Promise<T>,
): Looked<T> {
  const [seen, setSeen] = useState<{ key: string; found: T | null; fault: string; unknown: boolean }>(
    { key, found: null, fault: "", unknown: false },
  );
  const [round, setRound] = useState(0);
  const live = isLive.value;
  useEffect(() => {
    if (!live) return;
    const stop = new AbortController();
    let timer: number | undefined;
    const look = async (): Promise<void> => {
      let unknown = false;
      try {
        const found = await ask(stop.signal);
        if (stop.signal.aborted) return;
        setSeen({ key, found, fault: "", unknown });
      } catch (e) {
        if (stop.signal.aborted) return;
        unknown = e instanceof Refusal && e.isUnknownPath;
        const fault = e instanceof Refusal ? e.message : "The server did not answer; asking again.";
        setSeen((before) => ({ key, found: before.key === key ? before.found : null, fault, unknown }));
      }
      if (millis > 0 && !unknown && !stop.signal.aborted) timer = window.setTimeout(look, millis);
    };
    void look();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [key, millis, live, round]);
  const its = seen.key === key ? seen : { found: null, fault: "", unknown: false };
  return { ...its, again: () => setRound((n) => n + 1) };
}
