// Small things that many pages show.

import type { ComponentChildren } from "preact";
import type { Progress, State } from "../api/types";
import { now } from "../state/live";
import { age, duration, moment, whole } from "./format";

export function Empty(props: { children: ComponentChildren }) {
  return <p class="empty">{props.children}</p>;
}

export function Fault(props: { text: string }) {
  return props.text === "" ? null : (
    <p class="fault" role="alert">
      {props.text}
    </p>
  );
}

export function StateBadge(props: { state: State | string }) {
  return <span class={`badge ${props.state}`}>{props.state}</span>;
}

/** A moment, with how far away it is. */
export function When(props: { at: string }) {
  return (
    <time dateTime={props.at} title={props.at}>
      {moment(props.at)} <small>{away(props.at, now.value)}</small>
    </time>
  );
}

/** How far away a moment is; the moment itself in the title. */
export function Ago(props: { at: string }) {
  return (
    <time dateTime={props.at} title={moment(props.at)}>
      {away(props.at, now.value)}
    </time>
  );
}

export function away(iso: string, at: number): string {
  const millis = at - Date.parse(iso);
  const far = duration(Math.floor(Math.abs(millis) / 1000) * 1000);
  return Math.abs(millis) < 1000 ? "now" : millis < 0 ? `in ${far}` : `${far} ago`;
}

/** The age of something, anew every second. */
export function Age(props: { of: string | null }) {
  return props.of === null ? (
    <span class="zero">–</span>
  ) : (
    <time dateTime={props.of} title={moment(props.of)}>
      {age(now.value - Date.parse(props.of))}
    </time>
  );
}

export function ProgressBar(props: { progress: Progress }) {
  const { done, total, message } = props.progress;
  const known = typeof total === "number" && total > 0;
  const text = known ? `${whole(done)} of ${whole(total)}` : `${whole(done)} done`;
  return (
    <span class="progress" title={message ?? text}>
      {known && <progress max={total} value={Math.min(done, total)} aria-label={text} />}
      <small>{text}</small>
    </span>
  );
}

/** How much of what may run does. */
export function Gauge(props: { value: number; most: number; label: string }) {
  const share = props.most === 0 ? 0 : Math.min(1, props.value / props.most);
  return (
    <span
      class="bar"
      role="meter"
      aria-label={props.label}
      aria-valuemin={0}
      aria-valuemax={Math.max(props.most, 1)}
      aria-valuenow={Math.min(props.value, Math.max(props.most, 1))}
    >
      <i class={share >= 1 ? "full" : ""} style={{ width: `${share * 100}%` }} />
    </span>
  );
}

/** A table that scrolls by itself where the screen is narrow. */
export function Scroll(props: { label: string; children: ComponentChildren }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={props.label}>
      {props.children}
    </div>
  );
}

export function Card(props: {
  title: ComponentChildren;
  id: string;
  aside?: ComponentChildren;
  class?: string;
  children: ComponentChildren;
}) {
  return (
    <section class={`card ${props.class ?? ""}`} aria-labelledby={props.id}>
      <header>
        <h2 id={props.id}>{props.title}</h2>
        {props.aside}
      </header>
      {props.children}
    </section>
  );
}

/** The head of a page: its name and what can be chosen or done on it. */
export function Head(props: { title: ComponentChildren; children?: ComponentChildren }) {
  return (
    <div class="head">
      <h1 id="title" tabIndex={-1}>
        {props.title}
      </h1>
      {props.children}
    </div>
  );
}

/** One of a few, as buttons in a row. */
export function Choice<T extends string>(props: {
  label: string;
  of: readonly T[];
  now: T;
  say?: (each: T) => ComponentChildren;
  choose: (each: T) => void;
}) {
  return (
    <div class="choices" role="group" aria-label={props.label}>
      {props.of.map((each) => (
        <button
          key={each}
          type="button"
          class="choice"
          aria-pressed={props.now === each}
          onClick={() => props.choose(each)}
        >
          {props.say?.(each) ?? each}
        </button>
      ))}
    </div>
  );
}

/** Turns the pages of a list, newest first. */
export function Turn(props: {
  after: string;
  next: string | number | null;
  to: (after: string | null) => void;
}) {
  const { after, next, to } = props;
  if (after === "" && next === null) return null;
  return (
    <p class="row pages">
      {after !== "" && (
        <button type="button" class="button" onClick={() => to(null)}>
          Newest
        </button>
      )}
      {next !== null && (
        <button type="button" class="button" onClick={() => to(String(next))}>
          Older
        </button>
      )}
    </p>
  );
}

/** Where one is below a page, with the way back. */
export function Below(props: { href: string; page: string; children: ComponentChildren }) {
  return (
    <>
      <a class="back" href={props.href} aria-label={`Back to the ${props.page.toLowerCase()}`}>
        {props.page}
      </a>{" "}
      <span aria-hidden="true">/</span> {props.children}
    </>
  );
}

/** What is known of a thing, by name; what is not known is left out. */
export function FactList(props: { of: [string, ComponentChildren][] }) {
  return (
    <dl class="facts">
      {props.of.map(
        ([name, value]) =>
          value !== undefined && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}
