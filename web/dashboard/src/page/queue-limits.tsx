// The limits of a queue by key: what they are, whom they hold, and changing them.

import { useState } from "preact/hooks";
import { said } from "../api/ask";
import { queueLimits, setKeyLimit } from "../api/calls";
import type { KeyRate, LimitLine, QueueLimits } from "../api/types";
import { quoted } from "../state/filter";
import { useLook } from "../state/look";
import { jobHref, jobsHref } from "../state/route";
import { mayAct } from "../state/session";
import { duration, millisOf, whole } from "../ui/format";
import { Dialog } from "../ui/dialog";
import { Card, Empty, Fault, Scroll } from "../ui/pieces";
import { tell } from "../ui/toast";

const LOOK_MS = 2000;
const LONGEST_MS = 86_400_000;

export const rateText = (rate: KeyRate): string =>
  `${whole(rate.count)} in ${duration(millisOf(rate.per))}${rate.kind === "window" ? ", by window" : ""}`;

/** One limit as it is or is to be; nothing known of a new one. */
interface Wanted {
  name: string;
  most: number | undefined;
  rate: KeyRate | undefined;
}

export function Limits(props: { queue: string }) {
  const { queue } = props;
  const [wanted, setWanted] = useState<Wanted | null>(null);
  const { found, fault, unknown, again } = useLook(`limits ${queue}`, LOOK_MS, (signal) =>
    queueLimits(queue, signal),
  );
  const may = mayAct(queue);
  if (unknown || (found !== null && !may && isNone(found))) return null;
  return (
    <Card
      title="Limits by key"
      id="limits"
      aside={
        may && (
          <button
            type="button"
            class="button"
            onClick={() => setWanted({ name: "", most: undefined, rate: undefined })}
          >
            Add a limit
          </button>
        )
      }
    >
      <Fault text={fault} />
      {found === null ? (
        fault === "" && <Empty>Asking…</Empty>
      ) : (
        <>
          <Table of={found} may={may} change={setWanted} />
          <Lines of={found} />
        </>
      )}
      {wanted && (
        <LimitDialog queue={queue} wanted={wanted} close={() => setWanted(null)} ended={again} />
      )}
    </Card>
  );
}

const namesOf = (it: QueueLimits): string[] =>
  [...new Set([...Object.keys(it.perKey), ...Object.keys(it.rates)])].sort();

const isNone = (it: QueueLimits): boolean => namesOf(it).length === 0 && it.lines.length === 0;

function Table(props: { of: QueueLimits; may: boolean; change: (to: Wanted) => void }) {
  const { of: it, may } = props;
  const names = namesOf(it);
  if (names.length === 0) {
    return <Empty>Jobs of this queue are not limited by their keys.</Empty>;
  }
  return (
    <Scroll label="Table of limits by key">
      <table>
        <thead>
          <tr>
            <th scope="col">Key</th>
            <th scope="col" class="n">
              At once
            </th>
            <th scope="col">Begin</th>
            <th scope="col" class="n wide">
              Keys that wait
            </th>
            {may && (
              <th scope="col">
                <span class="hidden">Actions</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {names.map((name) => {
            const most = it.perKey[name];
            const rate = it.rates[name];
            const full = it.lines.filter((line) => line.key === name).length;
            return (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td class="n">{most === undefined ? <span class="zero">–</span> : whole(most)}</td>
                <td>{rate === undefined ? <span class="zero">–</span> : rateText(rate)}</td>
                <td class="n wide">
                  {full === 0 ? <span class="zero">0</span> : whole(full)}
                  {full > 0 && it.isAtLeast && "+"}
                </td>
                {may && (
                  <td class="deeds">
                    <button
                      type="button"
                      class="button"
                      aria-label={`Change the limit of ${name}`}
                      onClick={() => props.change({ name, most, rate })}
                    >
                      Change
                    </button>
                  </td>
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scroll>
  );
}

function Lines(props: { of: QueueLimits }) {
  const { lines, isAtLeast, queue } = props.of;
  if (lines.length === 0) return null;
  return (
    <section class="held" aria-labelledby="held">
      <h3 id="held">What they hold</h3>
      <ul>
        {lines.map((line) => (
          <Held key={`${line.key} ${line.value}`} line={line} queue={queue} />
        ))}
      </ul>
      {isAtLeast && <p class="note">There may be more keys whose jobs wait.</p>}
    </section>
  );
}

function Held(props: { line: LimitLine; queue: string }) {
  const { line, queue } = props;
  const key = `${line.key}=${line.value}`;
  return (
    <li>
      <a href={jobsHref(`state:available queue:${queue} key:${quoted(key)}`)}>{key}</a>{" "}
      <b class="n">
        {whole(line.waiting)}
        {line.isAtLeast && "+"}
      </b>{" "}
      {line.waiting === 1 ? "waits" : "wait"}, <a href={jobHref(line.first)}>job {line.first}</a> is
      next
      <p class="note">{line.detail}</p>
    </li>
  );
}

function LimitDialog(props: {
  queue: string;
  wanted: Wanted;
  close: () => void;
  ended: () => void;
}) {
  const { queue, wanted, close } = props;
  const [name, setName] = useState(wanted.name);
  const [most, setMost] = useState(wanted.most === undefined ? "" : String(wanted.most));
  const [count, setCount] = useState(wanted.rate === undefined ? "" : String(wanted.rate.count));
  const [per, setPer] = useState(wanted.rate?.per ?? "1s");
  const [kind, setKind] = useState<KeyRate["kind"]>(wanted.rate?.kind ?? "bucket");
  const [fault, setFault] = useState("");
  const isNew = wanted.name === "";
  const set = (newMost: number | null, rate: KeyRate | null, told: string): void => {
    setKeyLimit(queue, name.trim(), newMost, rate).then(
      () => {
        tell(told);
        props.ended();
        close();
      },
      (e: unknown) => setFault(said(e)),
    );
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    const millis = millisOf(per);
    if (most === "" && count === "") {
      setFault("Expected a number at once, a rate, or both, got neither; nothing was changed.");
    } else if (count !== "" && (millis < 1 || millis > LONGEST_MS)) {
      setFault(`Expected a time from 1ms to 1d, such as 1s or 5m, got “${per}”; nothing was changed.`);
    } else {
      set(
        most === "" ? null : Number(most),
        count === "" ? null : { kind, count: Number(count), per: per.trim() },
        `Jobs of queue ${queue} are limited by ${name.trim()}.`,
      );
    }
  };
  return (
    <Dialog title={isNew ? `Limit queue ${queue} by a key` : `Limit by ${name}`} close={close}>
      <Fault text={fault} />
      <form class="dialog-form" onSubmit={submit}>
        <div class="fields">
          {isNew && (
            <label class="across">
              Key, such as tenant or host
              <input
                type="text"
                required
                maxLength={200}
                pattern="[A-Za-z0-9._:\/\-]+"
                value={name}
                onInput={(event) => setName(event.currentTarget.value)}
              />
            </label>
          )}
          <label class="across">
            At most so many jobs with the same value at once; empty for no such limit
            <input
              type="number"
              min="1"
              max="1000000"
              value={most}
              onInput={(event) => setMost(event.currentTarget.value)}
            />
          </label>
          <label>
            So many begin; empty for no rate
            <input
              type="number"
              min="1"
              max="10000"
              value={count}
              onInput={(event) => setCount(event.currentTarget.value)}
            />
          </label>
          <label>
            within, such as 1s or 5m
            <input type="text" value={per} onInput={(event) => setPer(event.currentTarget.value)} />
          </label>
          <label class="across">
            Counted
            <select
              value={kind}
              onChange={(event) => setKind(event.currentTarget.value as KeyRate["kind"])}
            >
              <option value="bucket">as a bucket that fills evenly: smooth</option>
              <option value="window">within any such time: never more</option>
            </select>
          </label>
        </div>
        <p class="note">Heeded everywhere within a second or two; what runs goes on.</p>
        <p class="row end">
          {!isNew && (
            <button
              type="button"
              class="button danger"
              onClick={() => set(null, null, `Queue ${queue} is no longer limited by ${name}.`)}
            >
              Lift it
            </button>
          )}
          <button type="button" class="button" onClick={close}>
            Leave it
          </button>
          <button type="submit" class="button main">
            Set
          </button>
        </p>
      </form>
    </Dialog>
  );
}
