// Walks pages, resuming where an earlier run stopped: node walk.mjs http://127.0.0.1:8321 [name]
// Payload: {"pages": 100, "pageMillis": 20, "ledger": "/tmp/pages"}; each finished page is a line there.

import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Stop, Worker } from "./millrace.mjs";

async function walk(job) {
  try {
    return await pages(job);
  } catch (e) {
    if (e instanceof Stop) console.log(`job ${job.id} stopped: ${e.message}`);
    throw e;
  }
}

async function pages(job) {
  const { pages, pageMillis, ledger } = job.payload;
  const first = job.checkpoint?.page ?? 0;
  for (let page = first; page < pages; page++) {
    await sleep(pageMillis);
    appendFileSync(ledger, `${job.id} ${page}\n`);
    await job.keep({ page: page + 1 });
    await job.progress(page + 1, pages);
  }
  return { pages, first };
}

const [url, name] = process.argv.slice(2);
await new Worker(url, { walks: 8 }, { walk }, { lease: "5s", drain: 5, name }).run();
