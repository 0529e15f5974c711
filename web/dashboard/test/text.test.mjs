// JSON that loses nothing, and how durations and counts are said.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createServer } from "vite";

const server = await createServer({
  server: { middlewareMode: true, ws: false },
  appType: "custom",
  logLevel: "error",
});
const { parse, plain, write } = await server.ssrLoadModule("/src/json.ts");
const { age, counted, duration, rate } = await server.ssrLoadModule("/src/format.ts");
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
