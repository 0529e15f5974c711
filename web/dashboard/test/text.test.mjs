// JSON that loses nothing, and how durations and counts are said.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createServer } from "vite";

const server = await createServer({
  server: { middlewareMode: true, ws: false },
  appType: "custom",
  logLevel: "error",
});
const { parse, plain, write } = await server.ssrLoadModule("/src/api/json.ts");
const { age, counted, duration, rate } = await server.ssrLoadModule("/src/ui/format.ts");
const { isWhole, words, read, qualified, saidOf, jobNumber } = await server.ssrLoadModule("/src/state/filter.ts");
// what the modules below find in a browser
globalThis.matchMedia = () => ({ matches: false, addEventListener: () => undefined });
globalThis.location = { hash: "" };
globalThis.window = { addEventListener: () => undefined };
globalThis.document = { documentElement: { dataset: {} }, hidden: false };
const { filled } = await server.ssrLoadModule("/src/state/series.ts");
const { lanes } = await server.ssrLoadModule("/src/page/job-timeline.tsx");
const { changes, drafted } = await server.ssrLoadModule("/src/page/job-edit.tsx");
const { pathsOf } = await server.ssrLoadModule("/src/page/suggest.ts");
const { matches } = await server.ssrLoadModule("/src/state/session.ts");
after(() => server.close());

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
let state = seed;
const below = (n) => (state = (state * 1103515245 + 12345) % 2 ** 31) % n;

function random(depth) {
  switch (below(depth > 4 ? 4 : 6)) {
    case 0:
      return below(1e6) / 8 - 5e4;
    case 1:
      return ["", 'a"b\\', "\u0000\u2028é", "x".repeat(below(40)), "</script>"][below(5)];
    case 2:
      return [true, false, null][below(3)];
    case 3:
      return below(9);
    case 4:
      return Array.from({ length: below(5) }, () => random(depth + 1));
    default:
      return Object.fromEntries(
        Array.from({ length: below(5) }, (_, i) => [`k${i}${["\n", "", "é"][below(3)]}`, random(depth + 1)]),
      );
  }
}

test(`documents are read and written as they are (SEED=${seed})`, () => {
  for (let i = 0; i < 2000; i++) {
    const value = random(0);
    const text = JSON.stringify(value, null, below(3));
    assert.deepEqual(plain(parse(text)), value);
    assert.deepEqual(JSON.parse(write(parse(text))), value);
  }
});

test("digits, order and doubles stay", () => {
  const text = '{"b":1,"10":12345678901234567890123,"9":1.10,"e":1E+2,"b":2}';
  assert.equal(write(parse(text)).replace(/\s/g, ""), text);
});

test("what is not JSON is refused", () => {
  const wrong = ["", "{", "[1,]", '{"a":1,}', "01", "1 2", "nul", '"a', "{a:1}", "[1 2]", '{"a" 1}'];
  for (const text of [...wrong, "+1", '"\n"', "]", ",", "[,1]", "{,}", "-", "1.", "[}", "{]"]) {
    assert.throws(() => parse(text), SyntaxError, text);
  }
  assert.throws(() => parse("[".repeat(300) + "]".repeat(300)), SyntaxError);
});

test("durations, ages, rates and bounded counts are said as people say them", () => {
  const said = [0.2, 850, 9_400, 12_900, 200_000, 18_720_000, 273_600_000].map(duration);
  assert.deepEqual(said, ["< 1 ms", "850 ms", "9.4 s", "12 s", "3 min 20 s", "5 h 12 min", "3 d 4 h"]);
  assert.deepEqual([400, 1_900].map(age), ["< 1 s", "1 s"]);
  assert.deepEqual([7.26, 123.4, 12_500].map(rate), ["7.3", "123", "12.5K"]);
  assert.deepEqual([counted(9_999, 10_000), counted(10_000, 10_000)], ["9,999", "10,000+"]);
});

test("filters are read as they are typed", () => {
  assert.deepEqual(words('queue:mail "two words" payload.a.b:"x y"'), ["queue:mail", '"two words"', 'payload.a.b:"x y"']);
  const all = read('queue:mail state:running key:tenant=acme payload.user.id:42 tag:"a b" free');
  assert.equal(all.fault, "");
  assert.deepEqual(all.filter, {
    queue: "mail",
    state: "running",
    tag: "a b",
    q: "key:tenant=acme payload.user.id:42 free",
  });
  for (const wrong of ["state:asleep", "queue:", "colour:red", "key:", "payload.x:"]) {
    assert.notEqual(read(wrong).fault, "", wrong);
  }
  assert.equal(read("").fault, "");
  assert.ok(isWhole("") && isWhole("queue:mail payload.a:1"));
  assert.ok(!isWhole("que") && !isWhole("queue:") && !isWhole("queue:mail payload.a"));
});

test("one qualifier is changed without touching the others", () => {
  assert.equal(qualified("queue:mail text", "state", "running"), "queue:mail text state:running");
  assert.equal(qualified("queue:mail state:running", "state", null), "queue:mail");
  assert.equal(qualified("", "tag", 'a "b'), 'tag:"a \\"b"');
  assert.equal(read(qualified("", "tag", 'a "b')).filter.tag, 'a "b');
  assert.equal(saidOf("queue:a queue:b", "queue"), "b");
  assert.deepEqual([jobNumber(" #12 "), jobNumber("12a"), jobNumber("1".repeat(20))], ["12", null, null]);
});

test("buckets that were left out are there, empty, and strangers are not counted", () => {
  const bucket = (at, completed) => ({
    ...{ at: new Date(at).toISOString(), enqueued: 1, completed, failed: 2, discarded: 0 },
    ...{ cancelled: 0, runs: 3, runMillis: 30 },
  });
  const sums = filled([bucket(60_000, 5), bucket(180_000, 7), bucket(999_000, 9)], 0, 240_000, 60_000);
  assert.deepEqual(sums.completed, [0, 5, 0, 7]);
  assert.deepEqual(sums.at, [0, 60, 120, 180]);
  assert.equal(sums.stepSeconds, 60);
});

test("each attempt has a lane with its wait and its run, and the last one waits or runs still", () => {
  const iso = (s) => new Date(s * 1000).toISOString();
  const attempt = (number, from, to, outcome) => ({
    ...{ number, worker: 1, startedAt: iso(from), finishedAt: iso(to), outcome, error: null },
  });
  const job = { createdAt: iso(0), attempt: 2, attempts: [attempt(1, 2, 5, "failed")], state: "scheduled" };
  const spans = (it) => lanes(it, 9_000).map((l) => [l.number, l.waitFrom / 1000, l.runFrom && l.runFrom / 1000, l.to / 1000]);
  assert.deepEqual(spans(job), [[1, 0, 2, 5], [2, 5, null, 9]]);
  assert.deepEqual(spans({ ...job, state: "running", startedAt: iso(7) }), [[1, 0, 2, 5], [2, 5, 7, 9]]);
  assert.deepEqual(spans({ ...job, state: "discarded", finishedAt: iso(5) }), [[1, 0, 2, 5]]);
});

test("a copy says what it has different, the payload as it was typed", () => {
  const job = { payload: parse('{"pin":"[hidden]"}'), queue: "q", priority: 4, maxAttempts: 10, tags: ["a"] };
  const first = drafted(job);
  assert.equal(changes(first, { ...first }), "{}");
  assert.equal(
    changes(first, { ...first, payload: '{"n": 12345678901234567890}', tags: "a, b", delay: "10m" }),
    '{"payload":{"n": 12345678901234567890},"tags":["a","b"],"delay":"10m"}',
  );
  assert.equal(changes(first, { ...first, priority: "7", maxAttempts: "3" }), '{"priority":7,"maxAttempts":3}');
  assert.throws(() => changes(first, { ...first, payload: "{" }), /not JSON/);
  assert.throws(() => changes(first, { ...first, priority: "high" }), /priority, got “high”/);
});

test("payload paths and values are suggested, few and short", () => {
  const found = pathsOf([parse('{"user":{"id":42,"name":"Ada"},"list":[1],"a b":1}'), parse('{"user":{"id":43}}')]);
  assert.deepEqual([...found.keys()], ["user.id", "user.name"]);
  assert.deepEqual([...found.get("user.id")], ["42", "43"]);
  const broad = parse(`{${Array.from({ length: 500 }, (_, i) => `"k${i}":1`).join(",")}}`);
  assert.equal(pathsOf([broad]).size, 60);
});

test("a role's pattern of queues fits what it says and nothing else", () => {
  assert.ok(matches("*", "mail") && matches("mail*", "mail.x") && matches("mail", "mail"));
  assert.ok(!matches("mail", "mails") && !matches("m.il", "mail") && !matches("(", "x"));
});
