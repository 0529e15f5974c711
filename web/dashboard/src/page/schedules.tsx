import { send } from "../api/ask";
import { schedule as askSchedule, schedules as askSchedules, trigger } from "../api/calls";
import type { Schedule, ScheduleDetail } from "../api/types";
import { useLook } from "../state/look";
import { address, change, go, jobHref, jobsHref, said } from "../state/route";
import { mayAct } from "../state/session";
import { Confirm } from "../ui/dialog";
import { moment } from "../ui/format";
import { JsonView } from "../ui/json-view";
import { Ago, Below, Card, Empty, FactList, Fault, Head, Scroll, When } from "../ui/pieces";
import { attempt } from "../ui/toast";
import { useState } from "preact/hooks";

const LOOK_MS = 2000;
const PAGE = 100;

/** When it ticks, in words. */
export function inWords(it: Schedule): string {
  const { when } = it;
  switch (when.type) {
    case "cron":
      return `${when.cron ?? ""} (${when.zone ?? "UTC"})`;
    case "every":
      return `every ${when.every ?? "?"}`;
    case "after-completion":
      return `${when.rest ?? "?"} after each run has ended`;
    case "once":
      return when.at === undefined ? "once" : `once, ${moment(when.at)}`;
    case "unknown":
      return "as a newer program has it";
  }
}

const act = (name: string, what: string): Promise<string> =>
  send("POST", `schedules/${encodeURIComponent(name)}/${what}`);

function Buttons(props: { schedule: Schedule; again: () => void }) {
  const { schedule, again } = props;
  const { name, paused } = schedule;
  if (!mayAct(schedule.queue)) return null;
  const toggle = (): void =>
    void attempt(
      act(name, paused ? "resume" : "pause"),
      paused ? `Schedule ${name} ticks again.` : `Schedule ${name} is paused.`,
    ).then(again);
  const now = (): void =>
    void attempt(trigger(name), `Schedule ${name} was triggered.`).then(again);
  return (
    <span class="buttons">
      <button type="button" class="button" aria-label={`Trigger ${name}`} onClick={now}>
        Trigger
      </button>
      <button
        type="button"
        class="button"
        aria-label={`${paused ? "Resume" : "Pause"} ${name}`}
        onClick={toggle}
      >
        {paused ? "Resume" : "Pause"}
      </button>
    </span>
  );
}

function NextTick(props: { schedule: Schedule }) {
  const { paused, nextAt, waitsFor } = props.schedule;
  if (paused) return <span class="badge paused">paused</span>;
  if (nextAt !== null) return <Ago at={nextAt} />;
  if (waitsFor === null) return <span class="zero">none</span>;
  return (
    <>
      when <a href={jobHref(waitsFor)}>{waitsFor}</a> has ended
    </>
  );
}

function LastTick(props: { schedule: Schedule }) {
  const { lastAt, lastJob } = props.schedule;
  if (lastAt === null) return <span class="zero">never</span>;
  return (
    <>
      <Ago at={lastAt} /> {lastJob !== null && <a href={jobHref(lastJob)}>job {lastJob}</a>}
    </>
  );
}

export function Schedules() {
  const after = said("after");
  const query = new URLSearchParams({ limit: String(PAGE) });
  if (after !== "") query.set("after", after);
  const { found, fault, again } = useLook(`schedules ${query}`, LOOK_MS, (signal) =>
    askSchedules(query, signal),
  );
  const next = found?.next ?? null;
  return (
    <>
      <Head title="Schedules" />
      <Fault text={fault} />
      <section class="card" aria-label="Schedules">
        {found === null ? (
          fault === "" && <Empty>Asking…</Empty>
        ) : found.items.length === 0 ? (
          <Empty>No schedule yet: code declares them, and <code>millrace schedules add</code> adds them.</Empty>
        ) : (
          <Scroll label="Table of schedules">
            <table>
              <thead>
                <tr>
                  <th scope="col">Schedule</th>
                  <th scope="col">When</th>
                  <th scope="col">Next</th>
                  <th scope="col" class="wide">
                    Last
                  </th>
                  <th scope="col" class="wide">
                    Kind
                  </th>
                  <th scope="col" class="wide">
                    Queue
                  </th>
                  <th scope="col">
                    <span class="hidden">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {found.items.map((each) => (
                  <tr key={each.name}>
                    <th scope="row">
                      <a href={address("schedules", each.name)}>{each.name}</a>
                    </th>
                    <td>{inWords(each)}</td>
                    <td>
                      <NextTick schedule={each} />
                    </td>
                    <td class="wide">
                      <LastTick schedule={each} />
                    </td>
                    <td class="wide">{each.kind}</td>
                    <td class="wide">{each.queue}</td>
                    <td class="deeds">
                      <Buttons schedule={each} again={again} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
        )}
        {next !== null && (
          <p class="row pages">
            <button type="button" class="button" onClick={() => change({ after: next }, false)}>
              More
            </button>
          </p>
        )}
      </section>
    </>
  );
}

export function SchedulePage(props: { name: string }) {
  const { name } = props;
  const [removing, setRemoving] = useState(false);
  const { found, fault, again } = useLook(`schedule ${name}`, LOOK_MS, (signal) =>
    askSchedule(name, signal),
  );
  const remove = (): void =>
    void attempt(
      send("DELETE", `schedules/${encodeURIComponent(name)}`),
      `Schedule ${name} is gone.`,
    ).then((done) => done && go(address("schedules")));
  return (
    <>
      <Head
        title={
          <Below href={address("schedules")} page="Schedules">
            {name}
          </Below>
        }
      >
        {found?.paused === true && <span class="badge paused">paused</span>}
        {found && <Buttons schedule={found} again={again} />}
        {found && mayAct(found.queue) && (
          <button type="button" class="button" onClick={() => setRemoving(true)}>
            Remove
          </button>
        )}
      </Head>
      <Fault text={fault} />
      {found === null && fault === "" && <Empty>Asking…</Empty>}
      {found && <Details schedule={found} />}
      {removing && (
        <Confirm
          title={`Remove schedule ${name}`}
          text="Its jobs stay. One that code declares comes back with the next process that declares it."
          yes="Remove it"
          danger
          close={() => setRemoving(false)}
          agree={remove}
        />
      )}
    </>
  );
}

function Details(props: { schedule: ScheduleDetail }) {
  const it = props.schedule;
  const facts: [string, preact.ComponentChildren][] = [
    ["When", inWords(it)],
    ["Kind", <a href={jobsHref(`kind:${it.kind}`)}>{it.kind}</a>],
    ["Queue", <a href={address("queues", it.queue)}>{it.queue}</a>],
    ["Made by", it.source === "code" ? `code, version ${it.version}` : "hand"],
    ["Missed ticks", it.misfire === undefined ? undefined : it.misfire.replace("-", " ")],
    ["While one runs", it.overlap === undefined ? undefined : it.overlap.replace("-", " ")],
    ["Not before", it.start && <When at={it.start} />],
    ["Not after", it.end && <When at={it.end} />],
    ["Changed", <When at={it.changedAt} />],
  ];
  return (
    <div class="job">
      <div class="column">
        <Card title="Last ticks" id="runs">
          {it.runs.length === 0 ? (
            <Empty>It has not ticked yet.</Empty>
          ) : (
            <ul class="inside ticks">
              {it.runs.map((tick) => (
                <li key={tick.at}>
                  <When at={tick.at} />{" "}
                  {tick.job === null ? (
                    <span class="badge">passed over</span>
                  ) : (
                    <a href={jobHref(tick.job)}>job {tick.job}</a>
                  )}{" "}
                  {tick.triggered && <span class="badge">by hand</span>}
                </li>
              ))}
            </ul>
          )}
        </Card>
        <Card title="Next ticks" id="next">
          {it.paused || it.next.length === 0 ? (
            <Empty>{it.paused ? "None while it is paused." : "None is known."}</Empty>
          ) : (
            <ul class="inside ticks">
              {it.next.map((at) => (
                <li key={at}>
                  <When at={at} />
                </li>
              ))}
            </ul>
          )}
        </Card>
      </div>
      <div class="column">
        <Card title="Facts" id="facts">
          <FactList of={facts} />
        </Card>
        {it.payload !== undefined && (
          <Card title="Payload" id="payload">
            <JsonView of={it.payload} label="Payload as JSON" />
          </Card>
        )}
      </div>
    </div>
  );
}
