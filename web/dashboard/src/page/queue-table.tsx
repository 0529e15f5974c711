import type { Queue } from "../api/types";
import { queues, workers } from "../state/live";
import { address, jobsHref } from "../state/route";
import { qualified } from "../state/filter";
import { history, sumsOf, total } from "../state/series";
import { counted, whole } from "../ui/format";
import { Age, Card, Empty, Gauge, Scroll } from "../ui/pieces";
import { Spark } from "../ui/spark";

export type Counted = "available" | "scheduled" | "running" | "discarded";

/** A sum of counts is exact only if every part is. */
export function sum(of: Counted): string {
  const all = queues.value ?? [];
  const n = all.reduce((least, q) => least + q[of], 0);
  return whole(n) + (all.some((q) => q[of] >= q.countedTo) ? "+" : "");
}

/** Slots of live workers for a queue, or for all. */
export function slots(queue: string | null): number {
  return (workers.value ?? [])
    .filter((w) => w.state === "alive")
    .flatMap((w) => (queue === null ? Object.values(w.queues) : [w.queues[queue] ?? 0]))
    .reduce((n, each) => n + each, 0);
}

/** What may run at once: the queue's limit, else the slots of live workers. */
export function room(queue: Queue): { most: number; by: string } {
  const all = slots(queue.queue);
  const limit = queue.limit ?? null;
  return limit !== null && limit < all
    ? { most: limit, by: "allowed" }
    : { most: all, by: all === 1 ? "slot" : "slots" };
}

export function Running(props: { queue: Queue }) {
  const { queue } = props;
  const { most, by } = room(queue);
  return (
    <span class="gauge">
      <Gauge value={queue.running} most={most} label={`Running in ${queue.queue}`} />
      <span class="n">
        {counted(queue.running, queue.countedTo)}{" "}
        <small>
          of {whole(most)} <span class="unit">{by}</span>
        </small>
      </span>
    </span>
  );
}

export function QueueMarks(props: { queue: Queue }) {
  const { queue } = props;
  return (
    <>
      {queue.paused === true && <span class="badge paused">paused</span>}
      {slots(queue.queue) === 0 && <span class="badge discarded">no worker</span>}
    </>
  );
}

export function QueueSpark(props: { queue: string }) {
  const sums = sumsOf(props.queue);
  if (sums === null) return <span class="zero">–</span>;
  return (
    <Spark
      values={sums.completed}
      bad={sums.failed}
      label={`${whole(total(sums.completed))} completed, ${whole(total(sums.failed))} failed`}
    />
  );
}

export function Count(props: { queue: Queue; of: Counted }) {
  const { queue, of } = props;
  const n = queue[of];
  const q = qualified(qualified("", "queue", queue.queue), "state", of);
  return n === 0 ? (
    <span class="zero">0</span>
  ) : (
    <a class={of === "discarded" ? "warn" : "quiet"} href={jobsHref(q)}>
      {counted(n, queue.countedTo)}
    </a>
  );
}

function Row(props: { queue: Queue }) {
  const { queue } = props;
  return (
    <tr>
      <th scope="row">
        <a href={address("queues", queue.queue)}>{queue.queue}</a>
        <QueueMarks queue={queue} />
      </th>
      <td class="n">
        <Count queue={queue} of="available" />
      </td>
      <td class="n wide">
        <Count queue={queue} of="scheduled" />
      </td>
      <td>
        <Running queue={queue} />
      </td>
      <td class="wide">
        <QueueSpark queue={queue.queue} />
      </td>
      <td class="n">
        <Count queue={queue} of="discarded" />
      </td>
      <td class="n">
        <Age of={queue.oldestAvailable} />
      </td>
    </tr>
  );
}

export function QueueTable() {
  return (
    <Card title="Queues" id="queues">
      {queues.value === null ? (
        <Empty>Asking…</Empty>
      ) : queues.value.length === 0 ? (
        <Empty>
          No queue yet: a queue appears with its first job. Try{" "}
          <code>millrace enqueue demo.echo {"'{\"hello\": 1}'"}</code>
        </Empty>
      ) : (
        <Scroll label="Table of queues">
          <table>
            <thead>
              <tr>
                <th scope="col">Queue</th>
                <th scope="col" class="n">
                  Available
                </th>
                <th scope="col" class="n wide">
                  Scheduled
                </th>
                <th scope="col">Running</th>
                <th scope="col" class="wide">
                  {history.value === null ? "Ended" : `Last ${history.value.range}`}
                </th>
                <th scope="col" class="n">
                  Discarded
                </th>
                <th scope="col" class="n">
                  Oldest wait
                </th>
              </tr>
            </thead>
            <tbody>
              {queues.value.map((queue) => (
                <Row key={queue.queue} queue={queue} />
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </Card>
  );
}
