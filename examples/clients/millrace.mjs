// A worker for Millrace, by Node alone (18 or newer), without dependencies.
//
//     await new Worker("http://127.0.0.1:8321", { mail: 8 }, { "mail.remind": remind }).run();
//
// A handler returns a result, or throws Snooze, Skip, Discard, or anything else, which has the job
// tried again by its policy. What it reports throws Stop when the job is another's, was cancelled or
// is to be handed back: let it pass. Numbers beyond 2^53 lose digits, as everywhere in JavaScript.

import { hostname } from "node:os";
export class Stop extends Error {}
class Refused extends Error {}
export class Discard extends Error {}
export class Skip extends Error {}
export class Snooze extends Error {
  constructor(delay, reason = "later") {
    super(reason);
    this.delay = delay;
  }
}

const sleep = (millis) => new Promise((done) => setTimeout(done, millis));

/** A claimed job: id, kind, queue, payload, attempt, tags, checkpoint, steps and the rest. */
class Job {
  constructor(worker, given) {
    Object.assign(this, { checkpoint: null, steps: {} }, given, { worker, end: null, reason: "" });
  }

  async say(what, members = {}) {
    if (this.end && ["progress", "checkpoint", "log"].includes(what)) throw new Stop(this.end);
    return this.worker.call(`${this.id}/${what}`, { ...members, token: this.token }, this);
  }

  progress = (done, total = 0, message = null) => this.say("progress", { done, total, message });

  async keep(checkpoint) { // where to resume: durable when it is done
    await this.say("checkpoint", { checkpoint });
    this.checkpoint = checkpoint;
  }

  async step(name, body) { // the body is called once for all attempts; its result is kept
    if (!(name in this.steps)) {
      const result = (await body()) ?? null;
      await this.say("checkpoint", { steps: { [name]: result } });
      this.steps[name] = result;
    }
    return this.steps[name];
  }

  log = (message, level = "info") => this.say("log", { lines: [{ level, message }] });
}

export class Worker {
  constructor(url, queues, handlers, { lease = "30s", drain = 30, bearer, name } = {}) {
    this.base = url.replace(/\/$/, "") + "/api/v1/work/";
    Object.assign(this, { queues, handlers, lease, drain, bearer });
    this.name = name ?? `${hostname()}:${process.pid}`;
    this.kinds = Object.fromEntries(Object.keys(handlers).map((kind) => [kind, [1]]));
    this.held = new Map();
    this.draining = this.over = false;
    this.id = this.request = this.settled = 0;
    this.claiming = new AbortController();
    this.changed = () => {};
  }

  async send(path, body, millis) {
    const bearer = this.bearer ? { Authorization: `Bearer ${this.bearer}` } : {};
    const headers = { "Content-Type": "application/json", ...bearer };
    const cut = new AbortController();
    if (path === "claim") this.claiming = cut;
    const timer = setTimeout(() => cut.abort(), millis);
    const how = { method: "POST", headers, body: JSON.stringify(body), signal: cut.signal };
    try {
      const answer = await fetch(this.base + path, how);
      return [answer.status, await answer.text()];
    } finally {
      clearTimeout(timer);
    }
  }

  async call(path, body, job, millis = 30_000) { // until it answers: saying a thing twice is safe
    for (let wait = 100; ; wait = Math.min(wait * 2, 5_000)) {
      // no answer is as if it were busy
      const [status, text] = await this.send(path, body, millis).catch(() => [503, ""]);
      if (status < 300) return text ? JSON.parse(text) : null;
      if (status === 409 && job) job.end = "lost";
      const gone = this.over || (path === "claim" && this.draining) || job?.end === "lost";
      if (gone) throw new Stop("the job is another's, or the worker stops");
      if (![408, 429, 500, 502, 503, 504].includes(status)) throw Object.assign(new Refused(text), { status });
      await sleep(wait * (0.5 + Math.random()));
    }
  }

  async register() {
    const { name, queues, kinds, lease } = this;
    const answer = await this.call("register", { name, version: "node", queues, kinds, lease });
    for (const job of this.held.values()) job.end = "lost";
    Object.assign(this, { id: answer.worker, request: 0, settled: 0, held: new Map() });
    this.pause = answer.heartbeatMillis;
  }

  async beat() {
    for (let after = 0; !this.over; await sleep(this.pause)) {
      const held = new Map(this.held);
      const jobs = Object.fromEntries([...held].map(([id, job]) => [id, job.token]));
      const body = { worker: this.id, settled: this.settled, after, jobs };
      try {
        const [status, text] = await this.send("heartbeat", body, this.pause);
        if (status === 409 && body.worker === this.id) await this.register();
        if (status >= 300) continue;
        const told = JSON.parse(text);
        after = told.next;
        if (told.drain) this.stop();
        for (const id of told.lost) held.get(id).end = "lost";
        for (const [id, reason] of Object.entries(told.cancel)) {
          const job = held.get(Number(id));
          if (job) Object.assign(job, { reason, end: job.end ?? "cancelled" });
        }
      } catch {} // the next beat says it all again
    }
  }

  change(millis) {
    return new Promise((done) => {
      this.changed = done;
      setTimeout(done, millis).unref();
    });
  }

  async claim() {
    const running = [...this.held.values()];
    const free = Object.fromEntries(
      Object.entries(this.queues)
        .map(([queue, slots]) => [queue, Math.min(100, slots - running.filter((job) => job.queue === queue).length)])
        .filter(([, slots]) => slots > 0));
    if (!Object.keys(free).length || running.some((job) => job.alone)) return this.change(1_000);
    const body = { worker: this.id, request: ++this.request, queues: free, kinds: this.kinds, wait: "20s" };
    let given;
    try {
      given = await this.call("claim", body, null, 40_000);
    } catch (e) {
      if (e.status === 409) return sleep(500); // declared dead: the next beat registers anew
      throw e;
    }
    if (body.worker !== this.id) return;
    const jobs = given.jobs.map((each) => new Job(this, each));
    for (const job of jobs) this.held.set(job.id, job);
    this.settled = body.request + 1;
    if (given.drain) this.stop();
    while (jobs.some((job) => job.alone) && this.held.size > 1) await this.change(1_000);
    for (const job of jobs) this.work(job);
  }

  async work(job) {
    try {
      try {
        await job.say("complete", { result: (await this.handlers[job.kind](job)) ?? null });
      } catch (e) {
        const message = String(e?.message ?? e).slice(0, 1_000); // no more is kept
        if (e instanceof Snooze) await job.say("snooze", { delay: e.delay, reason: message });
        else if (e instanceof Skip) await job.say("complete", { skipped: message });
        else if (!(e instanceof Stop)) {
          const said = { type: String(e?.name ?? "Error"), stack: String(e?.stack ?? "").slice(0, 8_000) };
          await job.say("fail", { ...said, message, retry: !(e instanceof Discard) });
        } else if (job.end === "cancelled") {
          await job.say("fail", { type: "cancelled", message: job.reason, cancelled: true });
        } else if (job.end === "released") await job.say("release");
      }
    } catch (e) {
      console.log(`job ${job.id}: its end was not taken: ${e.message}`);
    }
    if (this.held.get(job.id) === job) this.held.delete(job.id);
    this.changed();
  }

  stop() { // claims nothing more; run() ends when all has ended or was handed back
    this.draining = true;
    this.claiming.abort();
    this.changed();
  }

  async run() {
    for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => this.stop());
    await this.register();
    this.beat();
    try {
      while (!this.draining) await this.claim();
    } catch (e) {
      if (!(e instanceof Stop)) throw e;
    }
    const end = Date.now() + this.drain * 1_000;
    while (this.held.size && Date.now() < end + 10_000) {
      if (Date.now() >= end) for (const job of this.held.values()) job.end ??= "released";
      await this.change(200);
    }
    await this.call("leave", { worker: this.id });
    process.exit(0);
  }
}
