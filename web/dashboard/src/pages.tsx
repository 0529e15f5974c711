// The pages there are. A further one is a line here.

import type { JSX } from "preact";
import { isAdmin, me } from "./state/session";
import { queues, workers } from "./state/live";
import { whole } from "./ui/format";
import { Audit } from "./page/audit";
import { BatchPage, Batches } from "./page/batches";
import { Discarded } from "./page/discarded";
import { JobPage } from "./page/job";
import { Jobs } from "./page/jobs";
import { Overview } from "./page/overview";
import { PipelinePage, Pipelines } from "./page/pipelines";
import { QueuePage, Queues } from "./page/queues";
import { SchedulePage, Schedules } from "./page/schedules";
import { Workers } from "./page/workers";
import { has, offers } from "./state/offers";

export interface Page {
  /** The first part of its address; empty for the overview. */
  at: string;
  title: string;
  /** Pressed after g. */
  key: string;
  /** The outline of its picture, in a square of 16. */
  icon: string;
  /** Whether it is there for whoever looks. */
  offered?: () => boolean;
  /** Whether it is named among the pages: there is something on it. */
  named?: () => boolean;
  /** A figure beside its name. */
  count?: () => { text: string; bad: boolean } | null;
  show: () => JSX.Element;
  /** What stands below it in the address: a job, a queue. */
  one?: (thing: string) => JSX.Element;
}

function discarded(): { text: string; bad: boolean } | null {
  const all = queues.value ?? [];
  const n = all.reduce((sum, each) => sum + each.discarded, 0);
  const plus = all.some((each) => each.discarded >= each.countedTo) ? "+" : "";
  return n === 0 ? null : { text: whole(n) + plus, bad: true };
}

function alive(): { text: string; bad: boolean } | null {
  if (workers.value === null) return null;
  const n = workers.value.filter((each) => each.state === "alive").length;
  return { text: whole(n), bad: n === 0 };
}

export const PAGES: Page[] = [
  {
    at: "",
    title: "Overview",
    key: "o",
    icon: "M2 13V8h3v5M6.5 13V3h3v10M11 13V6h3v7",
    show: () => <Overview />,
  },
  {
    at: "jobs",
    title: "Jobs",
    key: "j",
    icon: "M2 4h12M2 8h12M2 12h8",
    show: () => <Jobs />,
    one: (thing) => <JobPage key={thing} id={thing} />,
  },
  {
    at: "queues",
    title: "Queues",
    key: "q",
    icon: "M2 3h12v3H2zM2 10h12v3H2z",
    show: () => <Queues />,
    one: (thing) => <QueuePage key={thing} name={thing} />,
  },
  {
    at: "workers",
    title: "Workers",
    key: "w",
    icon: "M3 3h10v6H3zM6 13h4M8 9v4",
    count: alive,
    show: () => <Workers />,
  },
  {
    at: "discarded",
    title: "Discarded",
    key: "d",
    icon: "M3 4h10M6 4V2h4v2M4 4l1 10h6l1-10",
    count: discarded,
    show: () => <Discarded />,
  },
  {
    at: "schedules",
    title: "Schedules",
    key: "s",
    icon: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2M8 5v3l2 2",
    offered: () => offers("schedules"),
    named: () => has("schedules"),
    show: () => <Schedules />,
    one: (thing) => <SchedulePage key={thing} name={thing} />,
  },
  {
    at: "pipelines",
    title: "Pipelines",
    key: "p",
    icon: "M1.5 5h4v6h-4zM10.5 5h4v6h-4zM5.5 8h5M8.5 6l2 2-2 2",
    offered: () => offers("pipelines"),
    named: () => has("pipelines"),
    show: () => <Pipelines />,
    one: (thing) => <PipelinePage key={thing} name={thing} />,
  },
  {
    at: "batches",
    title: "Batches",
    key: "b",
    icon: "M8 2l6 3-6 3-6-3zM2 8l6 3 6-3M2 11l6 3 6-3",
    offered: () => offers("batches"),
    named: () => has("batches"),
    show: () => <Batches />,
    one: (thing) => <BatchPage key={thing} id={thing} />,
  },
  {
    at: "audit",
    title: "Audit",
    key: "a",
    icon: "M4 2h6l3 3v9H4zM6 8h5M6 11h5",
    offered: () => isAdmin.value && me.value?.access === "users",
    show: () => <Audit />,
  },
];
