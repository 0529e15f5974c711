import { useEffect, useState } from "preact/hooks";
import {
  actOnBatch,
  batch as askBatch,
  batches as askBatches,
  job as askJob,
  members as askMembers,
} from "../api/calls";
import { BATCH_STATES, MEMBER_STATES, type Batch } from "../api/types";
import { useLook } from "../state/look";
import { address, change, jobHref, said } from "../state/route";
import { everywhere } from "../state/session";
import { Confirm } from "../ui/dialog";
import { duration, whole } from "../ui/format";
import {
  Ago,
  Below,
  Card,
  Choice,
  Empty,
  FactList,
  Fault,
  Head,
  Scroll,
  StateBadge,
  Turn,
  When,
} from "../ui/pieces";
import { attempt } from "../ui/toast";
import { itemHref } from "./pipeline-items";

const LOOK_MS = 2000;
const PAGE = 50;
const STATES = ["all", ...BATCH_STATES] as const;
const MEMBERS = ["all", ...MEMBER_STATES] as const;

export const batchHref = (id: number | string): string => address("batches", String(id));

function BatchBadge(props: { of: Batch }) {
  const { state, cancelling, endedAt } = props.of;
  return <StateBadge state={cancelling && endedAt === null ? "cancelling" : state} />;
}

/** How many of its members have ended, and how. */
function Share(props: { of: Batch }) {
  const { added, completed, failed, cancelled } = props.of;
  const part = (n: number) => ({ width: `${added === 0 ? 0 : (n / added) * 100}%` });
  const ended = completed + failed + cancelled;
  const text = `${whole(ended)} of ${whole(added)} ended`;
  return (
    <span class="share">
      <span
        class="bar"
        role="progressbar"
        aria-label={text}
        aria-valuemin={0}
        aria-valuemax={Math.max(added, 1)}
        aria-valuenow={Math.min(ended, Math.max(added, 1))}
      >
        <i class="completed" style={part(completed)} />
        <i class="failed" style={part(failed)} />
        <i class="cancelled" style={part(cancelled)} />
      </span>
      <small>{text}</small>
    </span>
  );
}

const figure = (n: number, bad = false) =>
  n === 0 ? <span class="zero">0</span> : bad ? <span class="warn">{whole(n)}</span> : whole(n);

function Row(props: { batch: Batch }) {
  const { batch } = props;
  return (
    <tr>
      <th scope="row">
        <a href={batchHref(batch.id)}>{batch.name}</a> <small>{batch.id}</small>
      </th>
      <td>
        <BatchBadge of={batch} />
      </td>
      <td>
        <Share of={batch} />
      </td>
      <td class="n wide">{figure(batch.failed, true)}</td>
      <td class="n wide">{figure(batch.cancelled)}</td>
      <td class="n">
        <Ago at={batch.createdAt} />
      </td>
    </tr>
  );
}

export function Batches() {
  const state = STATES.find((each) => each === said("state")) ?? "all";
  const after = said("after");
  const query = new URLSearchParams({ limit: String(PAGE) });
  if (state !== "all") query.set("state", state);
  if (after !== "") query.set("after", after);
  const { found, fault } = useLook(`batches ${query}`, after === "" ? LOOK_MS : 0, (signal) =>
    askBatches(query, signal),
  );
  return (
    <>
      <Head title="Batches">
        <Choice
          label="Batches by state"
          of={STATES}
          now={state}
          choose={(each) => change({ state: each === "all" ? null : each, after: null })}
        />
      </Head>
      <Fault text={fault} />
      <section class="card" aria-label="Batches">
        {found === null ? (
          fault === "" && <Empty>Asking…</Empty>
        ) : found.items.length === 0 ? (
          <Empty>{state === "all" ? "No batch yet: code makes them." : `No batch is ${state}.`}</Empty>
        ) : (
          <Scroll label="Table of batches">
            <table>
              <thead>
                <tr>
                  <th scope="col">Batch</th>
                  <th scope="col">State</th>
                  <th scope="col">Members</th>
                  <th scope="col" class="n wide">
                    Failed
                  </th>
                  <th scope="col" class="n wide">
                    Cancelled
                  </th>
                  <th scope="col" class="n">
                    Accepted
                  </th>
                </tr>
              </thead>
              <tbody>
                {found.items.map((each) => (
                  <Row key={each.id} batch={each} />
                ))}
              </tbody>
            </table>
          </Scroll>
        )}
        <Turn after={after} next={found?.next ?? null} to={(to) => change({ after: to }, false)} />
      </section>
    </>
  );
}

/** Asks before the rest of a batch, or of an item, is cancelled. */
export function CancelRest(props: { batch: Batch; close: () => void; ended: () => void }) {
  const { batch } = props;
  const name = batch.key ?? `${batch.name} ${batch.id}`;
  return (
    <Confirm
      title={`Cancel the rest of ${name}`}
      text={
        <>
          <b>{whole(batch.open)}</b> {batch.open === 1 ? "member has" : "members have"} not ended.
          Waiting ones end soon, running ones when their handler has been interrupted. What is done
          stays done.
        </>
      }
      yes="Cancel the rest"
      danger
      close={props.close}
      agree={() =>
        void attempt(actOnBatch(batch.id, "cancel"), `The rest of ${name} is being cancelled.`).then(
          props.ended,
        )
      }
    />
  );
}

function Buttons(props: { batch: Batch; again: () => void }) {
  const { batch, again } = props;
  const [cancelling, setCancelling] = useState(false);
  if (batch.endedAt !== null || !everywhere("operator")) return null;
  const shut = (): void =>
    void attempt(actOnBatch(batch.id, "close"), "Nobody but its members adds more.").then(again);
  return (
    <span class="buttons">
      {batch.state === "filling" && (
        <button
          type="button"
          class="button"
          title="Whoever made it is gone and adds no more"
          onClick={shut}
        >
          Close
        </button>
      )}
      {!batch.cancelling && (
        <button type="button" class="button" onClick={() => setCancelling(true)}>
          Cancel the rest
        </button>
      )}
      {cancelling && (
        <CancelRest batch={batch} close={() => setCancelling(false)} ended={again} />
      )}
    </span>
  );
}

export function BatchPage(props: { id: string }) {
  const { id } = props;
  const { found, fault, again } = useLook(`batch ${id}`, LOOK_MS, (signal) => askBatch(id, signal));
  return (
    <>
      <Head
        title={
          <Below href={address("batches")} page="Batches">
            {found === null ? id : `${found.name} ${id}`}
          </Below>
        }
      >
        {found && <BatchBadge of={found} />}
        {found && <Buttons batch={found} again={again} />}
      </Head>
      <Fault text={fault} />
      {found === null && fault === "" && <Empty>Asking…</Empty>}
      {found && (
        <div class="job">
          <div class="column">
            <Card title="Members" id="progress">
              <div class="inside whole-share">
                <Share of={found} />
                <dl class="facts broad counts">
                  {(["open", "completed", "failed", "cancelled"] as const).map((each) => (
                    <div key={each}>
                      <dt>{each}</dt>
                      <dd class="n">{figure(found[each], each === "failed")}</dd>
                    </div>
                  ))}
                </dl>
              </div>
            </Card>
            <Members of={found} />
          </div>
          <div class="column">
            <About batch={found} />
            <Callbacks of={found} />
          </div>
        </div>
      )}
    </>
  );
}

function About(props: { batch: Batch }) {
  const it = props.batch;
  const facts: [string, preact.ComponentChildren][] = [
    ["Accepted", <When at={it.createdAt} />],
    ["Ended", it.endedAt === null ? undefined : <When at={it.endedAt} />],
    [
      "Took",
      it.endedAt === null ? undefined : duration(Date.parse(it.endedAt) - Date.parse(it.createdAt)),
    ],
    ["Added by", it.state === "filling" ? "whoever made it, still" : undefined],
    [
      "Member of",
      it.parent === undefined ? undefined : <a href={batchHref(it.parent)}>batch {it.parent}</a>,
    ],
    [
      "Item",
      it.key === undefined ? undefined : (
        <a href={itemHref(it.name, it.key)}>
          {it.key} of {it.name}
        </a>
      ),
    ],
  ];
  return (
    <Card title="Facts" id="facts">
      <FactList of={facts} />
    </Card>
  );
}

const CALLBACKS = [
  ["onCompleted", "When all have completed"],
  ["onFailed", "When the first has failed"],
  ["onDone", "When all have ended"],
] as const;

function Callbacks(props: { of: Batch }) {
  const it = props.of;
  const known = CALLBACKS.filter(([when]) => it[when] !== undefined);
  if (known.length === 0) return null;
  return (
    <Card title="What follows" id="callbacks">
      <ul class="inside ticks">
        {known.map(([when, words]) => (
          <li key={when}>
            {words} <Callback id={it[when] ?? 0} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Callback(props: { id: number }) {
  const { found } = useLook(`job ${props.id}`, LOOK_MS, (signal) =>
    askJob(String(props.id), signal),
  );
  const waits = found?.waiting?.reason === "parent";
  return (
    <>
      <a href={jobHref(props.id)}>job {props.id}</a>{" "}
      {found && (waits ? <span class="badge">waits</span> : <StateBadge state={found.state} />)}
    </>
  );
}

function Members(props: { of: Batch }) {
  const batch = props.of;
  const [state, setState] = useState<(typeof MEMBERS)[number]>("all");
  const [after, setAfter] = useState<string>("");
  const query = new URLSearchParams({ limit: String(PAGE) });
  if (state !== "all") query.set("state", state);
  if (after !== "") query.set("after", after);
  const { found, fault, again } = useLook(`members ${batch.id} ${query}`, 0, (signal) =>
    askMembers(String(batch.id), query, signal),
  );
  // they change with the counts
  useEffect(again, [batch.open, batch.completed, batch.failed, batch.cancelled]);
  return (
    <Card
      title="Each of them"
      id="members"
      aside={
        <Choice
          label="Members by state"
          of={MEMBERS}
          now={state}
          choose={(each) => {
            setState(each);
            setAfter("");
          }}
        />
      }
    >
      <Fault text={fault} />
      {found === null ? (
        fault === "" && <Empty>Asking…</Empty>
      ) : found.items.length === 0 ? (
        <Empty>{state === "all" ? "No member yet." : `No member is counted as ${state}.`}</Empty>
      ) : (
        <ul class="members inside" aria-label="Members">
          {found.items.map((each) => (
            <li key={each.id}>
              {each.nested ? (
                <a href={batchHref(each.id)}>batch {each.id}</a>
              ) : (
                <a href={jobHref(each.id)}>job {each.id}</a>
              )}{" "}
              <StateBadge state={each.state} />
            </li>
          ))}
        </ul>
      )}
      {(after !== "" || (found?.next ?? null) !== null) && (
        <p class="row pages">
          {after !== "" && (
            <button type="button" class="button" onClick={() => setAfter("")}>
              First
            </button>
          )}
          {found?.next != null && (
            <button type="button" class="button" onClick={() => setAfter(String(found.next))}>
              More
            </button>
          )}
        </p>
      )}
    </Card>
  );
}
