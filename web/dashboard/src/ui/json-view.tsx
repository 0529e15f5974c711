import { useState } from "preact/hooks";
import { write, type Json } from "../api/json";

/** Deeper levels begin closed, and so do long ones. */
const OPEN_DEPTH = 3;
const OPEN_ITEMS = 50;
/** Entries shown at a time. */
const STEP = 200;
/** Longer strings are cut until asked for. */
const LONG = 1000;

function Value(props: { of: Json; depth: number }) {
  const json = props.of;
  switch (json.type) {
    case "object":
      return (
        <Branch
          depth={props.depth}
          marks="{}"
          unit="members"
          entries={json.members}
        />
      );
    case "array":
      return (
        <Branch
          depth={props.depth}
          marks="[]"
          unit="items"
          entries={json.items.map((item, i) => [i, item])}
        />
      );
    case "string":
      return <Text value={json.value} />;
    case "number":
      return <span class="json-number">{json.text}</span>;
    case "word":
      return <span class="json-word">{json.text}</span>;
  }
}

function Text(props: { value: string }) {
  const [whole, setWhole] = useState(props.value.length <= LONG);
  return (
    <>
      <span class="json-string">
        {JSON.stringify(whole ? props.value : props.value.slice(0, LONG))}
      </span>
      {!whole && (
        <button type="button" class="link" onClick={() => setWhole(true)}>
          and {props.value.length - LONG} more
        </button>
      )}
    </>
  );
}

function Branch(props: {
  depth: number;
  marks: string;
  unit: string;
  entries: [string | number, Json][];
}) {
  const { entries, marks, depth } = props;
  const [open, setOpen] = useState(depth < OPEN_DEPTH && entries.length <= OPEN_ITEMS);
  const [shown, setShown] = useState(STEP);
  if (entries.length === 0) {
    return <span class="json-mark">{marks}</span>;
  }
  return (
    <>
      <button
        type="button"
        class="json-fold"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        {marks[0]}
        {!open && (
          <small>
            {entries.length} {entries.length === 1 ? props.unit.replace(/s$/, "") : props.unit}
          </small>
        )}
        {!open && marks[1]}
      </button>
      {open && (
        <>
          <ul class="json-members">
            {entries.slice(0, shown).map(([name, value], i) => (
              <li key={i}>
                {typeof name === "string" && (
                  <span class="json-name">{JSON.stringify(name)}: </span>
                )}
                <Value of={value} depth={depth + 1} />
                {i < entries.length - 1 && <span class="json-mark">,</span>}
              </li>
            ))}
            {shown < entries.length && (
              <li>
                <button type="button" class="link" onClick={() => setShown(shown + STEP)}>
                  {entries.length - shown} more {props.unit}
                </button>
              </li>
            )}
          </ul>
          <span class="json-mark">{marks[1]}</span>
        </>
      )}
    </>
  );
}

/** JSON that folds; big integers keep every digit, since they were never numbers here. */
export function JsonView(props: { of: Json; label: string }) {
  const [copied, setCopied] = useState("");
  const copy = (): void => {
    navigator.clipboard.writeText(write(props.of)).then(
      () => setCopied("copied"),
      () => setCopied("the browser refused"),
    );
  };
  return (
    <div class="json" role="group" aria-label={props.label}>
      <button type="button" class="link copy" onClick={copy}>
        {copied || "copy"}
      </button>
      <Value of={props.of} depth={0} />
    </div>
  );
}
