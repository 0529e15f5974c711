import { render } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { signal } from "@preact/signals";
import { Throughput } from "./chart";
import icon from "./icon.svg";
import { JobPanel } from "./job-panel";
import { FILTER_ID, Jobs } from "./jobs";
import { connect, isLive, link, now, start, store, queues } from "./live";
import { Queues, Totals, Workers } from "./overview";
import { closeJob, openJob } from "./route";
import "./style/base.css";
import "./style/overview.css";
import "./style/tables.css";
import "./style/panel.css";
import "./style/rest.css";

const helping = signal(false);

function Link() {
  const at = link.value;
  const text = {
    connecting: "connecting",
    live: "live",
    paused: "paused",
    lost: "no connection",
  }[at.is];
  return (
    <p class={`link-state ${at.is}`} role="status">
      <span class="dot" aria-hidden="true" />
      {text}
    </p>
  );
}

function Lost() {
  const at = link.value;
  if (at.is !== "lost") return null;
  const left = Math.ceil((at.againAt - now.value) / 1000);
  return (
    <section class="lost" aria-label="Connection">
      <p role="alert">
        <b>The server does not answer.</b>{" "}
        {queues.value === null ? "Nothing is known yet." : "What is shown is how things stood."}
      </p>
      <p>
        {left > 0 ? `Asking again in ${left} s` : "Asking…"}{" "}
        <button type="button" class="button" onClick={connect}>
          Ask now
        </button>
      </p>
    </section>
  );
}

function Help() {
  const box = useRef<HTMLDialogElement>(null);
  const open = helping.value;
  useEffect(() => {
    if (open) {
      box.current?.showModal();
    } else {
      box.current?.close();
    }
  }, [open]);
  return (
    <dialog ref={box} aria-labelledby="help" onClose={() => (helping.value = false)}>
      <h2 id="help">Keys and filters</h2>
      <dl>
        <dt>
          <kbd>/</kbd>
        </dt>
        <dd>to the filter of jobs</dd>
        <dt>
          <kbd>Esc</kbd>
        </dt>
        <dd>closes the job, or leaves the filter</dd>
        <dt>
          <kbd>?</kbd>
        </dt>
        <dd>shows this</dd>
        <dt>
          <code>state:running queue:mail</code>
        </dt>
        <dd>
          only such jobs; also <code>kind:</code> and <code>tag:</code>
        </dd>
        <dt>
          <code>123</code> <kbd>Enter</kbd>
        </dt>
        <dd>opens that job</dd>
      </dl>
      <p class="note">
        The address keeps the filter and the open job: copy it to show someone. A hidden page rests
        and catches up when it is seen again. Counts with a + stopped counting there.
      </p>
      <form method="dialog">
        <button class="button">Close</button>
      </form>
    </dialog>
  );
}

function Page() {
  const where = store.value;
  return (
    <>
      <header class="top">
        <a class="skip" href="#/" onClick={(event) => (event.preventDefault(), focusFilter())}>
          To the jobs
        </a>
        <h1>
          <img src={icon} alt="" width="26" height="26" />
          Millrace
        </h1>
        {where && (
          <p class="store" title={`Accepted jobs are kept: ${where.durability}`}>
            <span class="hidden">Store: </span>
            {where.engine} <b>{where.address}</b>
          </p>
        )}
        <Link />
        <button
          type="button"
          class="button round"
          aria-label="Help"
          onClick={() => (helping.value = true)}
        >
          ?
        </button>
      </header>
      <Lost />
      <main class={isLive.value || queues.value === null ? "" : "stale"}>
        <Totals />
        <div class="two">
          <Throughput />
          <Workers />
        </div>
        <Queues />
        <Jobs />
      </main>
      <JobPanel />
      <Help />
    </>
  );
}

function focusFilter(): void {
  const field = document.getElementById(FILTER_ID) as HTMLInputElement | null;
  field?.focus();
  field?.select();
}

function pressed(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || helping.value) return;
  const at = event.target as HTMLElement;
  const typing = at.matches("input, textarea, select");
  if (event.key === "Escape") {
    if (typing) {
      at.blur();
    } else {
      closeJob();
    }
  } else if (!typing && event.key === "/") {
    event.preventDefault();
    focusFilter();
  } else if (!typing && event.key === "?") {
    event.preventDefault();
    helping.value = true;
  }
}

function title(): void {
  const id = openJob.value;
  document.title = id === null ? "Millrace" : `Job ${id} · Millrace`;
}

document.addEventListener("keydown", pressed);
openJob.subscribe(title);
start();
const page = document.getElementById("page");
if (page !== null) {
  render(<Page />, page);
}
