// What failed at each step, by reason, and having it go on.

import { useState } from "preact/hooks";
import { said } from "../api/ask";
import { errors as askErrors, previewStep, retryStep } from "../api/calls";
import type { ErrorGroup, Pipeline, PipelineStep } from "../api/types";
import { changes } from "../state/live";
import { useLook } from "../state/look";
import { jobHref } from "../state/route";
import { everywhere } from "../state/session";
import { whole } from "../ui/format";
import { Dialog } from "../ui/dialog";
import { Card, Empty, Fault } from "../ui/pieces";

const LOOK_MS = 5000;
const MOST_REASONS = "20";
/** As the server has it. */
const LONGEST_REASON = 200;

/** What all messages of a group have in common: numbers in them differ. */
export function reasonOf(group: ErrorGroup): string {
  const parts = group.message
    .split(/[0-9a-fA-F]{8,}|[0-9]+/)
    .flatMap((each) => each.split("\n"))
    .map((each) => each.trim());
  const longest = parts.reduce((a, b) => (b.length > a.length ? b : a), "");
  return longest === "" ? group.type : longest.slice(0, LONGEST_REASON).trim();
}

interface Wanted {
  step: string;
  reason: string;
}

export function Failures(props: { pipeline: Pipeline; ended: () => void }) {
  const { pipeline } = props;
  const [wanted, setWanted] = useState<Wanted | null>(null);
  const failing = pipeline.steps.filter((step) => step.failed > 0);
  const ended = (): void => {
    changes.value++;
    props.ended();
  };
  return (
    <>
      {failing.map((step) => (
        <OfStep key={step.name} step={step} want={(reason) => setWanted({ step: step.name, reason })} />
      ))}
      {wanted && (
        <RetryDialog
          pipeline={pipeline.name}
          wanted={wanted}
          ended={ended}
          close={() => setWanted(null)}
        />
      )}
    </>
  );
}

function OfStep(props: { step: PipelineStep; want: (reason: string) => void }) {
  const { step, want } = props;
  const query = new URLSearchParams({ kind: step.kind, limit: MOST_REASONS });
  const { found, fault } = useLook(`errors ${query} ${step.failed}`, LOOK_MS, (signal) =>
    askErrors(query, signal),
  );
  const may = everywhere("operator");
  return (
    <Card
      title={`Failed at ${step.name}`}
      id={`failed-${step.name}`}
      aside={
        may && (
          <button type="button" class="button" onClick={() => want("")}>
            Retry all…
          </button>
        )
      }
    >
      <Fault text={fault} />
      {found === null ? (
        fault === "" && <Empty>Asking…</Empty>
      ) : (
        <ul class="reasons inside">
          {found.items.map((group) => (
            <li key={`${group.type} ${group.message}`}>
              <strong class="n">{whole(group.count)}</strong>
              <span class="message">
                {group.message === "" ? <code>{group.type}</code> : group.message}{" "}
                <small>
                  such as <a href={jobHref(group.jobs[0] ?? 0)}>job {group.jobs[0]}</a>
                </small>
              </span>
              {may && (
                <button
                  type="button"
                  class="button"
                  aria-label={`Retry those that failed for: ${reasonOf(group)}`}
                  onClick={() => want(reasonOf(group))}
                >
                  Retry…
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
      {found?.more === true && (
        <p class="note foot">The newest {whole(found.looked)} were looked at; there are more.</p>
      )}
    </Card>
  );
}

function RetryDialog(props: {
  pipeline: string;
  wanted: Wanted;
  ended: () => void;
  close: () => void;
}) {
  const { pipeline, close } = props;
  const { step } = props.wanted;
  const [reason, setReason] = useState(props.wanted.reason);
  const [told, setTold] = useState<string | null>(null);
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const seen = useLook(`preview ${pipeline} ${step} ${reason}`, 0, (signal) =>
    previewStep(pipeline, step, reason, signal),
  );
  const it = seen.found;
  const n = it === null ? "…" : `${whole(it.matching)}${it.isAtLeast ? "+" : ""}`;
  const items = it?.matching === 1 && !it.isAtLeast ? "item" : "items";
  const run = (): void => {
    setBusy(true);
    retryStep(pipeline, step, reason).then(
      (done) => {
        setTold(done === 1 ? "1 item goes on." : `${whole(done)} items go on.`);
        props.ended();
      },
      (e: unknown) => {
        setBusy(false);
        setFault(said(e));
      },
    );
  };
  return (
    <Dialog title={`Retry what failed at ${step}`} close={close}>
      <Fault text={fault === "" ? seen.fault : fault} />
      {told !== null ? (
        <p role="status">{told}</p>
      ) : (
        <>
          <div class="fields">
            <label class="across">
              Only for this reason: a part of the error’s type or message; empty for all
              <input
                type="text"
                maxLength={LONGEST_REASON}
                value={reason}
                onInput={(event) => setReason(event.currentTarget.value)}
              />
            </label>
          </div>
          <p role="status">
            {it === null ? "Counting…" : it.matching === 0 ? "No item failed there for that." : (
              <>
                <b>{n}</b> {items} failed there for that.{" "}
                {it.isAtLeast && "Counting stopped there; all that failed so are meant. "}
                Each starts over at this step, with all its attempts.
              </>
            )}
          </p>
          {it !== null && it.examples.length > 0 && (
            <p class="note">
              {it.examples.map((id, i) => (
                <span key={id}>
                  {i > 0 && ", "}
                  <a href={jobHref(id)} target="_blank" rel="noreferrer">
                    {id}
                  </a>
                </span>
              ))}
              {it.matching > it.examples.length && "…"}
            </p>
          )}
        </>
      )}
      <p class="row end">
        <button type="button" class={told === null ? "button" : "button main"} onClick={close}>
          {told === null ? "Leave them" : "Close"}
        </button>
        {told === null && (
          <button
            type="button"
            class="button main"
            disabled={busy || it === null || it.matching === 0}
            onClick={run}
          >
            Retry {n} {items}
          </button>
        )}
      </p>
    </Dialog>
  );
}
