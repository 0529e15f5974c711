import { said } from "../api/ask";
import { errors as askErrors, jobsOf } from "../api/calls";
import type { Deed, ErrorGroup } from "../api/types";
import { changes, queues } from "../state/live";
import { useLook } from "../state/look";
import { change, jobHref, jobsHref, said as saidHere } from "../state/route";
import { mayAct } from "../state/session";
import { whole } from "../ui/format";
import { Ago, Empty, Fault, Head } from "../ui/pieces";
import { tell } from "../ui/toast";
import { askBulk } from "./bulk";

const LOOK_MS = 5000;
const MOST = 100;

/** Finds every job of an error, and asks before anything is done to them. */
function askAll(deed: Deed, group: ErrorGroup, queue: string, ended: () => void): void {
  jobsOf(group, queue).then(
    (ids) =>
      ids.length > 0
        ? askBulk(deed, { ids }, ended)
        : tell("None of them is there any more; look again."),
    (e: unknown) => tell(said(e), true),
  );
}

function Group(props: { group: ErrorGroup; queue: string; ended: () => void }) {
  const { group, queue, ended } = props;
  return (
    <li class="card group">
      <div class="what">
        <p>
          <code>{group.type}</code> <b>{group.kind}</b>
        </p>
        {group.message !== "" && <p class="message">{group.message}</p>}
        <p class="note">
          {group.count === 1 ? "one job" : `${whole(group.count)} jobs`}, the newest{" "}
          <Ago at={group.newestAt} />:{" "}
          {group.jobs.map((id, i) => (
            <span key={id}>
              {i > 0 && ", "}
              <a href={jobHref(id)}>{id}</a>
            </span>
          ))}
        </p>
      </div>
      <strong class="n" aria-hidden="true">
        {whole(group.count)}
      </strong>
      <div class="buttons">
        {mayAct() && (
          <>
            <button
              type="button"
              class="button main"
              onClick={() => askAll("retry", group, queue, ended)}
            >
              Retry all
            </button>
            <button
              type="button"
              class="button"
              onClick={() => askAll("delete", group, queue, ended)}
            >
              Delete all
            </button>
          </>
        )}
      </div>
    </li>
  );
}

export function Discarded() {
  const queue = saidHere("queue");
  const query = new URLSearchParams({ limit: String(MOST) });
  if (queue !== "") query.set("queue", queue);
  const { found, fault, unknown, again } = useLook(`errors ${query}`, LOOK_MS, (signal) =>
    askErrors(query, signal),
  );
  const ended = (): void => {
    changes.value++;
    again();
  };
  return (
    <>
      <Head title="Discarded jobs">
        <label class="pick">
          Queue{" "}
          <select
            value={queue}
            onChange={(event) => change({ queue: event.currentTarget.value })}
          >
            <option value="">all</option>
            {(queues.value ?? []).map((each) => (
              <option key={each.queue}>{each.queue}</option>
            ))}
          </select>
        </label>
        <a class="button" href={jobsHref(`state:discarded${queue === "" ? "" : ` queue:${queue}`}`)}>
          As a list
        </a>
      </Head>
      {unknown ? (
        <p class="hint">
          This server does not group discarded jobs by their error;{" "}
          <a href={jobsHref("state:discarded")}>the list</a> has them one by one.
        </p>
      ) : (
        <Fault text={fault} />
      )}
      {found === null ? (
        !unknown && fault === "" && <Empty>Asking…</Empty>
      ) : found.items.length === 0 ? (
        <section class="card" aria-label="Discarded jobs">
          <Empty>No job is discarded. Those whose attempts are used up are kept here.</Empty>
        </section>
      ) : (
        <>
          <ul class="groups" aria-label="Errors">
            {found.items.map((group) => (
              <Group
                key={`${group.kind} ${group.type} ${group.message}`}
                group={group}
                queue={queue}
                ended={ended}
              />
            ))}
          </ul>
          <p class="hint">
            {found.more
              ? `The newest ${whole(found.looked)} discarded jobs were looked at; there are more.`
              : `All ${whole(found.looked)} discarded jobs, by error.`}
          </p>
        </>
      )}
    </>
  );
}
