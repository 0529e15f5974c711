import { useEffect, useState } from "preact/hooks";
import { scale as askScale, setLimit, setPaused } from "../api/calls";
import type { Queue, QueueScale } from "../api/types";
import { queues } from "../state/live";
import { useLook } from "../state/look";
import { address, jobsHref } from "../state/route";
import { qualified } from "../state/filter";
import { useHistory } from "../state/series";
import { mayAct } from "../state/session";
import { counted, duration, rate, whole } from "../ui/format";
import { Age, Below, Empty, Fault, Head, Scroll } from "../ui/pieces";
import { attempt } from "../ui/toast";
import { RangeChoice, RunTime, Throughput } from "./overview";
import { Limits } from "./queue-limits";
import { Count, QueueMarks, QueueSpark, Running } from "./queue-table";

const SCALE_MS = 5000;

/** The limit of a queue, changed live: nothing is sent before it is said. */
function Limit(props: { queue: Queue }) {
  const { queue } = props;
  const now = queue.limit ?? null;
  const [text, setText] = useState(now === null ? "" : String(now));
  const [touched, setTouched] = useState(false);
  useEffect(() => {
    if (!touched) setText(now === null ? "" : String(now));
  }, [now, touched]);
  if (!mayAct(queue.queue)) return <span class="n">{now === null ? "none" : whole(now)}</span>;
  const wanted = text.trim() === "" ? null : Number(text);
  const set = (): void => {
    void attempt(
      setLimit(queue.queue, wanted),
      wanted === null
        ? `Queue ${queue.queue} has no limit.`
        : `At most ${whole(wanted)} of queue ${queue.queue} run at once.`,
    ).then((done) => done && setTouched(false));
  };
  return (
    <form
      class="limit"
      onSubmit={(event) => {
        event.preventDefault();
        set();
      }}
    >
      <input
        type="number"
        min="1"
        max="1000000"
        placeholder="none"
        aria-label={`Limit of queue ${queue.queue}; empty means none`}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setTouched(true);
        }}
      />
      {touched && wanted !== now && (
        <button type="submit" class="button">
          Set
        </button>
      )}
    </form>
  );
}

function PauseButton(props: { queue: Queue }) {
  const { queue } = props;
  if (!mayAct(queue.queue)) return null;
  const paused = queue.paused === true;
  const name = queue.queue;
  return (
    <button
      type="button"
      class="button"
      aria-label={`${paused ? "Resume" : "Pause"} queue ${name}`}
      onClick={() =>
        void attempt(
          setPaused(name, !paused),
          paused ? `Queue ${name} goes on.` : `Queue ${name} is paused; what runs goes on.`,
        )
      }
    >
      {paused ? "Resume" : "Pause"}
    </button>
  );
}

function Row(props: { queue: Queue; scale: QueueScale | undefined }) {
  const { queue, scale } = props;
  return (
    <tr>
      <th scope="row">
        <a href={address("queues", queue.queue)}>{queue.queue}</a>
        <QueueMarks queue={queue} />
      </th>
      <td class="n">
        <Count queue={queue} of="available" />
      </td>
      <td>
        <Running queue={queue} />
      </td>
      <td class="n">
        <Age of={queue.oldestAvailable} />
      </td>
      <td class="n wide">{scale === undefined ? "–" : rate(scale.arrivalsPerSecond)}</td>
      <td class="n wide">{scale === undefined ? "–" : rate(scale.completionsPerSecond)}</td>
      <td class="wide">
        <QueueSpark queue={queue.queue} />
      </td>
      <td class="n wide">
        {queue.workers}
        {scale !== undefined && scale.wantedWorkers > queue.workers && (
          <small> of {scale.wantedWorkers} wanted</small>
        )}
      </td>
      <td>
        <Limit queue={queue} />
      </td>
      <td class="deeds">
        <PauseButton queue={queue} />
      </td>
    </tr>
  );
}

export function Queues() {
  useHistory();
  const scale = useLook("scale", SCALE_MS, askScale);
  const all = queues.value;
  return (
    <>
      <Head title="Queues" />
      <Fault text={scale.unknown ? "" : scale.fault} />
      <section class="card" aria-label="Queues">
        {all === null ? (
          <Empty>Asking…</Empty>
        ) : all.length === 0 ? (
          <Empty>No queue yet: a queue appears with its first job.</Empty>
        ) : (
          <Scroll label="Table of queues">
            <table>
              <thead>
                <tr>
                  <th scope="col">Queue</th>
                  <th scope="col" class="n">
                    Available
                  </th>
                  <th scope="col">Running</th>
                  <th scope="col" class="n">
                    Oldest wait
                  </th>
                  <th scope="col" class="n wide">
                    In / s
                  </th>
                  <th scope="col" class="n wide">
                    Out / s
                  </th>
                  <th scope="col" class="wide">
                    Last hour
                  </th>
                  <th scope="col" class="n wide">
                    Workers
                  </th>
                  <th scope="col">Limit</th>
                  <th scope="col">
                    <span class="hidden">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {all.map((queue) => (
                  <Row
                    key={queue.queue}
                    queue={queue}
                    scale={scale.found?.find((each) => each.queue === queue.queue)}
                  />
                ))}
              </tbody>
            </table>
          </Scroll>
        )}
      </section>
      <p class="hint">
        A limit says how many jobs of a queue run at once in all processes. Pauses and limits are
        heeded everywhere within a second.
      </p>
    </>
  );
}

export function QueuePage(props: { name: string }) {
  useHistory();
  const { name } = props;
  const queue = queues.value?.find((each) => each.queue === name);
  const scale = useLook("scale", SCALE_MS, askScale).found?.find((each) => each.queue === name);
  const filter = qualified("", "queue", name);
  return (
    <>
      <Head
        title={
          <Below href={address("queues")} page="Queues">
            {name}
          </Below>
        }
      >
        {queue && <QueueMarks queue={queue} />}
        <RangeChoice minutes />
        {queue && <PauseButton queue={queue} />}
      </Head>
      {queues.value !== null && queue === undefined && (
        <Fault text={`There is no queue “${name}”: a queue appears with its first job.`} />
      )}
      {queue && (
        <section class="card" aria-label="Figures">
          <dl class="facts broad">
            <Fact name="Available">
              <Count queue={queue} of="available" />
            </Fact>
            {(queue.blocked ?? 0) > 0 && (
              <Fact name="Held by limits">{counted(queue.blocked ?? 0, queue.countedTo)}</Fact>
            )}
            <Fact name="Scheduled">
              <Count queue={queue} of="scheduled" />
            </Fact>
            <Fact name="Running">
              <Running queue={queue} />
            </Fact>
            <Fact name="Discarded">
              <Count queue={queue} of="discarded" />
            </Fact>
            <Fact name="Oldest wait">
              <Age of={queue.oldestAvailable} />
            </Fact>
            <Fact name="Limit">
              <Limit queue={queue} />
            </Fact>
            {scale && (
              <>
                <Fact name="In / s">{rate(scale.arrivalsPerSecond)}</Fact>
                <Fact name="Out / s">{rate(scale.completionsPerSecond)}</Fact>
                <Fact name="Mean run">
                  {scale.averageRunSeconds === null
                    ? "–"
                    : duration(scale.averageRunSeconds * 1000)}
                </Fact>
                <Fact name="Workers">
                  {queue.workers} <small>of {scale.wantedWorkers} wanted</small>
                </Fact>
              </>
            )}
            <Fact name="Jobs">
              <a href={jobsHref(filter)}>all of this queue</a>
            </Fact>
          </dl>
        </section>
      )}
      {queue && <Limits queue={name} />}
      <div class="two">
        <Throughput queue={name} />
        <RunTime queue={name} />
      </div>
    </>
  );
}

function Fact(props: { name: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}
