import { audit as askAudit } from "../api/calls";
import type { AuditEntry } from "../api/types";
import { useLook } from "../state/look";
import { change, said } from "../state/route";
import { moment } from "../ui/format";
import { Empty, Fault, Head, Scroll } from "../ui/pieces";

const LOOK_MS = 3000;
const PAGE = 50;

/** What stood there, short; whole in the title. */
function Was(props: { value: unknown }) {
  const { value } = props;
  if (value === null || value === undefined || value === "") return <span class="zero">–</span>;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return (
    <code class="was" title={text}>
      {text}
    </code>
  );
}

function Row(props: { entry: AuditEntry }) {
  const { entry } = props;
  return (
    <tr>
      <td>
        <time dateTime={entry.at} title={entry.at}>
          {moment(entry.at)}
        </time>
      </td>
      <th scope="row">
        {entry.who ?? <span class="zero">nobody</span>}{" "}
        {entry.role !== null && <small>{entry.role}</small>}
      </th>
      <td>{entry.action}</td>
      <td>{entry.target}</td>
      <td>
        <Was value={entry.before} />
      </td>
      <td>
        <Was value={entry.after} />
      </td>
      <td class="wide">{entry.address ?? ""}</td>
    </tr>
  );
}

export function Audit() {
  const after = said("after");
  const query = new URLSearchParams({ limit: String(PAGE) });
  if (after !== "") query.set("after", after);
  const { found, fault, unknown } = useLook(`audit ${query}`, after === "" ? LOOK_MS : 0, (signal) =>
    askAudit(query, signal),
  );
  const next = found?.next ?? null;
  return (
    <>
      <Head title="Audit" />
      {unknown ? (
        <p class="hint">This server keeps no audit log.</p>
      ) : (
        <Fault text={fault} />
      )}
      <section class="card" aria-label="Audit">
        {found === null ? (
          !unknown && fault === "" && <Empty>Asking…</Empty>
        ) : found.items.length === 0 ? (
          <Empty>Nobody has changed anything yet.</Empty>
        ) : (
          <Scroll label="Table of actions">
            <table class="audit">
              <thead>
                <tr>
                  <th scope="col">When</th>
                  <th scope="col">Who</th>
                  <th scope="col">Action</th>
                  <th scope="col">Of</th>
                  <th scope="col">Before</th>
                  <th scope="col">After</th>
                  <th scope="col" class="wide">
                    From
                  </th>
                </tr>
              </thead>
              <tbody>
                {found.items.map((entry) => (
                  <Row key={entry.id} entry={entry} />
                ))}
              </tbody>
            </table>
          </Scroll>
        )}
        {(next !== null || after !== "") && (
          <p class="row pages">
            {after !== "" && (
              <button type="button" class="button" onClick={() => change({ after: null }, false)}>
                Newest
              </button>
            )}
            {next !== null && (
              <button type="button" class="button" onClick={() => change({ after: String(next) }, false)}>
                Older
              </button>
            )}
          </p>
        )}
      </section>
    </>
  );
}
