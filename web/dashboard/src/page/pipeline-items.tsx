// The items of a pipeline, newest first, by where they stand.

import { items as askItems } from "../api/calls";
import { BATCH_STATES, type Batch } from "../api/types";
import { useLook } from "../state/look";
import { address, change, said } from "../state/route";
import { duration, whole } from "../ui/format";
import { Ago, Card, Choice, Empty, Fault, Scroll, StateBadge, Turn } from "../ui/pieces";

const LOOK_MS = 2000;
const PAGE = 50;
/** Items are never filled: they have their first job from the beginning. */
const STATES = ["all", ...BATCH_STATES.filter((each) => each !== "filling")] as const;

export const itemHref = (pipeline: string, key: string): string =>
  address("pipelines", pipeline, { item: key });

/** How long it took, or takes so far. */
export function Took(props: { of: Batch }) {
  const { createdAt, endedAt } = props.of;
  return endedAt === null ? (
    <span class="zero">–</span>
  ) : (
    <>{duration(Date.parse(endedAt) - Date.parse(createdAt))}</>
  );
}

function Row(props: { pipeline: string; item: Batch }) {
  const { item } = props;
  const key = item.key ?? String(item.id);
  return (
    <tr>
      <th scope="row">
        <a href={itemHref(props.pipeline, key)}>{key}</a>
      </th>
      <td>
        <StateBadge state={item.cancelling && item.endedAt === null ? "cancelling" : item.state} />
      </td>
      <td class="n">{whole(item.completed)}</td>
      <td class="n">{whole(item.open)}</td>
      <td class="n wide">
        {item.failed > 0 ? <span class="warn">{whole(item.failed)}</span> : <span class="zero">0</span>}
      </td>
      <td class="n wide">
        <Took of={item} />
      </td>
      <td class="n">
        <Ago at={item.createdAt} />
      </td>
    </tr>
  );
}

export function Items(props: { pipeline: string }) {
  const { pipeline } = props;
  const state = STATES.find((each) => each === said("state")) ?? "all";
  const after = said("after");
  const query = new URLSearchParams({ limit: String(PAGE) });
  if (state !== "all") query.set("state", state);
  if (after !== "") query.set("after", after);
  const { found, fault } = useLook(
    `items ${pipeline} ${query}`,
    after === "" ? LOOK_MS : 0,
    (signal) => askItems(pipeline, query, signal),
  );
  return (
    <Card
      title="Items"
      id="items"
      aside={
        <Choice
          label="Items by state"
          of={STATES}
          now={state}
          choose={(each) => change({ state: each === "all" ? null : each, after: null })}
        />
      }
    >
      <Fault text={fault} />
      {found === null ? (
        fault === "" && <Empty>Asking…</Empty>
      ) : found.items.length === 0 ? (
        <Empty>{state === "all" ? "No item yet." : `No item is ${state}.`}</Empty>
      ) : (
        <Scroll label="Table of items">
          <table>
            <thead>
              <tr>
                <th scope="col">Item</th>
                <th scope="col">State</th>
                <th scope="col" class="n">
                  Steps done
                </th>
                <th scope="col" class="n">
                  To do
                </th>
                <th scope="col" class="n wide">
                  Failed
                </th>
                <th scope="col" class="n wide">
                  Took
                </th>
                <th scope="col" class="n">
                  Accepted
                </th>
              </tr>
            </thead>
            <tbody>
              {found.items.map((item) => (
                <Row key={item.id} pipeline={pipeline} item={item} />
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      <Turn after={after} next={found?.next ?? null} to={(to) => change({ after: to }, false)} />
    </Card>
  );
}
