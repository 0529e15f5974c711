import { useEffect, useRef, useState } from "preact/hooks";
import { STATES } from "../api/types";
import { queues } from "../state/live";
import { isWhole, jobNumber, qualified, saidOf } from "../state/filter";
import { address, change, go, said } from "../state/route";
import { counted } from "../ui/format";
import { learn, suggestions, wordAt, type Suggestion } from "./suggest";

const TYPING_MS = 350;
export const FILTER_ID = "filter";
const LIST_ID = "suggestions";

export function focusFilter(): void {
  const field = document.getElementById(FILTER_ID) as HTMLInputElement | null;
  field?.focus();
  field?.select();
}

/** Filters by what was typed; a number opens that job. */
export function typed(text: string, entered: boolean): void {
  const id = jobNumber(text);
  if (id === null) {
    change({ q: text.trim(), after: null }, !entered);
  } else if (entered) {
    go(address("jobs", id));
  }
}

const caretOf = (field: HTMLInputElement): number => field.selectionStart ?? field.value.length;

export function FilterBar() {
  const [text, setText] = useState(said("q"));
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState(-1);
  const [caret, setCaret] = useState(text.length);
  const field = useRef<HTMLInputElement>(null);
  const timer = useRef<number | undefined>(undefined);
  const sent = useRef(said("q"));
  const q = said("q");
  useEffect(() => {
    // what comes back is what was typed, without the blank after which one is typing on
    if (q !== sent.current) {
      setText(q);
      setCaret(q.length);
    }
    sent.current = q;
  }, [q]);
  useEffect(() => () => clearTimeout(timer.current), []);

  const offers = open ? suggestions(text, caret) : [];

  const apply = (value: string, entered: boolean): void => {
    if (jobNumber(value) === null) sent.current = value.trim();
    typed(value, entered);
  };
  const input = (value: string, at: number): void => {
    setText(value);
    setCaret(at);
    setOpen(true);
    setChosen(-1);
    learn(value);
    clearTimeout(timer.current);
    // what may not be finished waits for Enter
    if (isWhole(value)) {
      timer.current = window.setTimeout(() => apply(value, false), TYPING_MS);
    }
  };
  const take = (offer: Suggestion): void => {
    const { from, to } = wordAt(text, caret);
    const rest = text.slice(to);
    const value = text.slice(0, from) + offer.text + (offer.complete && rest === "" ? " " : "") + rest;
    const cut = from + offer.text.length + (offer.complete && rest === "" ? 1 : 0);
    input(value, cut);
    requestAnimationFrame(() => {
      field.current?.focus();
      field.current?.setSelectionRange(cut, cut);
      setCaret(cut);
    });
  };
  const key = (event: KeyboardEvent): void => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) return setOpen(true);
      const by = event.key === "ArrowDown" ? 1 : -1;
      const n = offers.length + 1;
      setChosen(((((chosen + 1 + by) % n) + n) % n) - 1);
    } else if ((event.key === "Enter" || event.key === "Tab") && offers[chosen] !== undefined) {
      event.preventDefault();
      take(offers[chosen]);
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      event.stopPropagation();
      setOpen(false);
    }
  };
  return (
    <form
      class="filter"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        clearTimeout(timer.current);
        setOpen(false);
        apply(field.current?.value ?? text, true);
      }}
    >
      <label class="hidden" for={FILTER_ID}>
        Filter jobs by queue, kind, state, tag, key or payload, or open a job by its number
      </label>
      <div class="combo">
        <input
          id={FILTER_ID}
          ref={field}
          role="combobox"
          aria-expanded={offers.length > 0}
          aria-controls={LIST_ID}
          aria-autocomplete="list"
          aria-activedescendant={offers[chosen] ? `${LIST_ID}-${chosen}` : undefined}
          autocomplete="off"
          spellcheck={false}
          placeholder="queue:mail tag:vip payload.user.id:42, or a number"
          value={text}
          onInput={(event) => input(event.currentTarget.value, caretOf(event.currentTarget))}
          onKeyUp={(event) => setCaret(caretOf(event.currentTarget))}
          onClick={(event) => setCaret(caretOf(event.currentTarget))}
          onFocus={() => (setOpen(true), learn(text))}
          onBlur={() => setOpen(false)}
          onKeyDown={key}
        />
        <ul id={LIST_ID} role="listbox" aria-label="Suggestions" hidden={offers.length === 0}>
          {offers.map((offer, i) => (
            <li
              key={offer.text}
              id={`${LIST_ID}-${i}`}
              role="option"
              aria-selected={i === chosen}
              // keeps the focus in the field
              onMouseDown={(event) => (event.preventDefault(), take(offer))}
            >
              <code>{offer.text}</code> <small>{offer.about}</small>
            </li>
          ))}
        </ul>
      </div>
      <kbd aria-hidden="true">/</kbd>
      <States />
    </form>
  );
}

const COUNTED: ReadonlySet<string> = new Set(["available", "scheduled", "running", "discarded"]);

function States() {
  const q = said("q");
  const state = saidOf(q, "state");
  const queue = saidOf(q, "queue");
  const choose = (each: string | null): void =>
    change({ q: qualified(q, "state", each), after: null }, false);
  const narrowed = /kind:|tag:|key:|payload/.test(q);
  const count = (each: string): string => {
    if (queues.value === null || narrowed || !COUNTED.has(each)) return "";
    const of = queues.value.filter((it) => queue === null || it.queue === queue);
    const n = of.reduce((sum, it) => sum + it[each as "available"], 0);
    return n === 0 ? "" : counted(n, of[0]?.countedTo ?? Infinity);
  };
  return (
    <div class="choices" role="group" aria-label="State">
      <button
        type="button"
        class="choice"
        aria-pressed={state === null}
        onClick={() => choose(null)}
      >
        all
      </button>
      {STATES.map((each) => (
        <button
          key={each}
          type="button"
          class="choice"
          aria-pressed={state === each}
          onClick={() => choose(state === each ? null : each)}
        >
          {each} <small>{count(each)}</small>
        </button>
      ))}
    </div>
  );
}
