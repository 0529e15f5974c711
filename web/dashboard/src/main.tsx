import { effect } from "@preact/signals";
import { render } from "preact";
import { Frame } from "./frame";
import { listen } from "./keys";
import { PAGES } from "./pages";
import { admit, link, start } from "./state/live";
import { learnOffers, watchOffers } from "./state/offers";
import { place } from "./state/route";
import { lookWho, me, mustSignIn } from "./state/session";
import "./style/base.css";
import "./style/frame.css";
import "./style/pieces.css";
import "./style/tables.css";
import "./style/job.css";
import "./style/flow.css";
import "./style/narrow.css";

effect(() => {
  const { page, thing, query } = place.value;
  const item = query.get("item");
  const title = PAGES.find((each) => each.at === page)?.title ?? "Nothing is here";
  const one = page === "jobs" ? `Job ${thing}` : page === "batches" ? `Batch ${thing}` : thing;
  document.title = `${item ?? (thing === "" ? title : one)} · Millrace`;
});

// a stream that broke may have been refused because a session is over
effect(() => {
  if (link.value.is === "lost" && me.peek()?.access === "users") void lookWho();
});
effect(() => {
  const isIn = me.value !== null && !mustSignIn.value;
  admit(isIn);
  if (isIn) void learnOffers();
});

listen();
start();
watchOffers();
void lookWho();
const page = document.getElementById("page");
if (page !== null) {
  render(<Frame />, page);
}
