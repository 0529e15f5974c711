// What stands around every page: where one is, where one may go, and how things stand.

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { signOut } from "./api/calls";
import icon from "./icon.svg";
import { keysNow, useKeys, type Key } from "./keys";
import { BulkDialog } from "./page/bulk";
import { SignIn } from "./page/sign-in";
import { PAGES, type Page } from "./pages";
import { connect, isLive, link, now, queues, store } from "./state/live";
import { address, go, place } from "./state/route";
import { isViewer, lookWho, me, mustSignIn } from "./state/session";
import { nextTheme, theme } from "./state/theme";
import { Dialog } from "./ui/dialog";
import { Toasts, attempt } from "./ui/toast";

const helping = signal(false);

const offered = (): Page[] => PAGES.filter((each) => each.offered?.() !== false);

/** Those that are named; where one is, is named too. */
const named = (): Page[] =>
  offered().filter((each) => each.named?.() !== false || each.at === place.value.page);

const LINKS = {
  connecting: "connecting",
  live: "live",
  paused: "paused",
  lost: "no connection",
};

function Link() {
  const at = link.value;
  return (
    <p class={`link-state ${at.is}`} role="status">
      <span class="dot" aria-hidden="true" />
      {LINKS[at.is]}
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

function NavItem(props: { page: Page }) {
  const { page } = props;
  const here = place.value.page === page.at;
  const count = page.count?.() ?? null;
  const link = useRef<HTMLAnchorElement>(null);
  // where the names do not fit, the one that is shown is seen
  useEffect(() => {
    const names = link.current?.closest("nav");
    if (here && names && link.current && names.scrollWidth > names.clientWidth) {
      names.scrollLeft = link.current.offsetLeft - names.clientWidth / 3;
    }
  }, [here]);
  return (
    <li>
      <a ref={link} href={address(page.at)} aria-current={here ? "page" : undefined}>
        <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
          <path d={page.icon} />
        </svg>
        {page.title}
        {count !== null && <span class={count.bad ? "count bad" : "count"}>{count.text}</span>}
      </a>
    </li>
  );
}

function Who() {
  const it = me.value;
  if (it === null || it.access === "open" || it.user === null) return null;
  const leave = (): void => void attempt(signOut(), "Signed out.").then(lookWho);
  return (
    <p class="who-am-i">
      <span title={isViewer.value ? "May look, not change" : "May look and change"}>
        {it.user} <small>{it.role}</small>
      </span>
      <button type="button" class="link" onClick={leave}>
        Sign out
      </button>
    </p>
  );
}

function Side() {
  const where = store.value;
  return (
    <header class="side">
      <a class="skip" href="#title" onClick={toContent}>
        To the content
      </a>
      <a class="brand" href={address("")}>
        <img src={icon} alt="" width="24" height="24" />
        Millrace
      </a>
      <nav aria-label="Pages">
        <ul>
          {named().map((page) => (
            <NavItem key={page.at} page={page} />
          ))}
        </ul>
      </nav>
      <div class="below">
        {where && (
          <p class="store" title={`Accepted jobs are kept: ${where.durability}`}>
            <span class="hidden">Store: </span>
            {where.engine} <b>{where.address}</b>
          </p>
        )}
        <Who />
        <div class="row tools">
          <Link />
          <button
            type="button"
            class="plain"
            title={`Colours: ${theme.value}`}
            aria-label={`Colours: ${theme.value}; change`}
            onClick={nextTheme}
          >
            <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
              <circle cx="8" cy="8" r="6" />
              <path class="half" d="M8 2a6 6 0 0 0 0 12z" />
            </svg>
          </button>
          <button
            type="button"
            class="plain"
            aria-label="Help"
            onClick={() => (helping.value = true)}
          >
            ?
          </button>
        </div>
      </div>
    </header>
  );
}

function toContent(event: Event): void {
  event.preventDefault();
  document.getElementById("title")?.focus();
}

function Keys(props: { press: string }) {
  return (
    <>
      {props.press.split(" ").map((each, i) => (
        <span key={i}>
          {i > 0 && " "}
          <kbd>{each === "Escape" ? "Esc" : each}</kbd>
        </span>
      ))}
    </>
  );
}

function Help() {
  if (!helping.value) return null;
  const close = (): void => {
    helping.value = false;
  };
  return (
    <Dialog title="Keys and filters" close={close}>
      <dl class="help">
        {keysNow()
          .filter((key) => key.offered?.() !== false)
          .map((key) => (
          <div key={key.press}>
            <dt>
              <Keys press={key.press} />
            </dt>
            <dd>{key.does}</dd>
          </div>
        ))}
        <div>
          <dt>
            <code>state:running queue:mail</code>
          </dt>
          <dd>
            only such jobs; also <code>kind:</code> <code>tag:</code> <code>key:</code>{" "}
            <code>payload.user.id:42</code> <code>payload:"some text"</code>
          </dd>
        </div>
        <div>
          <dt>
            <code>123</code> <kbd>Enter</kbd>
          </dt>
          <dd>in the filter: opens that job</dd>
        </div>
      </dl>
      <p class="note">
        The address keeps page, filter and range: copy it to show someone. A hidden page rests and
        catches up when it is seen again. Counts with a + stopped counting there.
      </p>
      <p class="row end">
        <button type="button" class="button main" onClick={close}>
          Close
        </button>
      </p>
    </Dialog>
  );
}

const FRAME_KEYS: Key[] = [
  { press: "?", does: "shows this", run: () => (helping.value = true) },
  { press: "t", does: "colours: as the system, light, dark", run: nextTheme },
  ...PAGES.map((page) => ({
    press: `g ${page.key}`,
    does: `to ${page.title}`,
    offered: () => page.offered?.() !== false && page.named?.() !== false,
    run: () => go(address(page.at)),
  })),
];

function Content() {
  const { page, thing } = place.value;
  const found = offered().find((each) => each.at === page);
  useEffect(() => {
    window.scrollTo(0, 0);
  }, [page, thing]);
  if (found === undefined || (thing !== "" && found.one === undefined)) {
    return (
      <>
        <h1 id="title" tabIndex={-1}>
          Nothing is here
        </h1>
        <p class="empty">
          There is no page at this address. <a href={address("")}>To the overview</a>
        </p>
      </>
    );
  }
  return thing !== "" && found.one ? found.one(thing) : found.show();
}

export function Frame() {
  useKeys(FRAME_KEYS);
  if (me.value === null) {
    return (
      <main class="sign-in">
        <h1 class="hidden">Millrace</h1>
        <p class="empty" role="status">
          Asking…
        </p>
      </main>
    );
  }
  if (mustSignIn.value) return <SignIn />;
  return (
    <div class="frame">
      <Side />
      <div class="content">
        <Lost />
        <main class={isLive.value || queues.value === null ? "" : "stale"}>
          <Content />
        </main>
      </div>
      <BulkDialog />
      <Help />
      <Toasts />
    </div>
  );
}
