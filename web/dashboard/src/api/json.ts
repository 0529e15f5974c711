// JSON that loses nothing: numbers keep their digits, members their order and their doubles.
// JSON.parse would round 12345678901234567890 and sort members that look like numbers.

export type Json =
  | { type: "object"; members: [string, Json][] }
  | { type: "array"; items: Json[] }
  | { type: "number"; text: string }
  | { type: "string"; value: string }
  | { type: "word"; text: "true" | "false" | "null" };

/** The server accepts no deeper payload than 100; an answer has a few levels around it. */
const MAX_DEPTH = 200;

const TOKEN =
  /[ \t\n\r]*(?:([{}[\],:])|("(?:[^"\\\u0000-\u001f]|\\.)*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null))/y;

/** Reads a document; throws SyntaxError on anything that is not JSON. */
export function parse(text: string): Json {
  const token = new RegExp(TOKEN);
  let [mark, string, number, word] = ["", "", "", ""];

  const next = (): void => {
    const at = token.lastIndex;
    const found = token.exec(text);
    if (found === null) {
      throw new SyntaxError(`expected JSON, got ${text.slice(at, at + 20) || "its end"}`);
    }
    [, mark = "", string = "", number = "", word = ""] = found;
  };

  const expect = (wanted: string): void => {
    if (mark !== wanted) {
      throw new SyntaxError(`expected ${wanted}, got ${mark || string || number || word}`);
    }
  };

  const value = (depth: number): Json => {
    if (depth > MAX_DEPTH) {
      throw new SyntaxError(`deeper than ${MAX_DEPTH}`);
    }
    if (string !== "") return { type: "string", value: JSON.parse(string) as string };
    if (number !== "") return { type: "number", text: number };
    if (word !== "") return { type: "word", text: word as "true" | "false" | "null" };
    if (mark === "{") return { type: "object", members: members(depth) };
    expect("[");
    return { type: "array", items: items(depth) };
  };

  const members = (depth: number): [string, Json][] => {
    const found: [string, Json][] = [];
    next();
    if (mark === "}") return found;
    for (;;) {
      if (string === "") throw new SyntaxError(`expected a member, got ${mark || number || word}`);
      const name = JSON.parse(string) as string;
      next();
      expect(":");
      next();
      found.push([name, value(depth + 1)]);
      next();
      if (mark === "}") return found;
      expect(",");
      next();
    }
  };

  const items = (depth: number): Json[] => {
    const found: Json[] = [];
    next();
    if (mark === "]") return found;
    for (;;) {
      found.push(value(depth + 1));
      next();
      if (mark === "]") return found;
      expect(",");
      next();
    }
  };

  next();
  const whole = value(0);
  if (text.slice(token.lastIndex).trim() !== "") {
    throw new SyntaxError("expected one document, got more after it");
  }
  return whole;
}

/** As JavaScript has it; of the members named, the JSON itself. */
export function plain(json: Json, kept: ReadonlySet<string> = new Set()): unknown {
  switch (json.type) {
    case "object":
      return Object.fromEntries(
        json.members.map(([name, value]) => [name, kept.has(name) ? value : plain(value)]),
      );
    case "array":
      return json.items.map((item) => plain(item));
    case "number":
      return Number(json.text);
    case "string":
      return json.value;
    case "word":
      return json.text === "null" ? null : json.text === "true";
  }
}

/** Indented, to be copied. */
export function write(json: Json, indent = ""): string {
  const inner = indent + "  ";
  switch (json.type) {
    case "object":
      if (json.members.length === 0) return "{}";
      return `{\n${json.members
        .map(([name, value]) => `${inner}${JSON.stringify(name)}: ${write(value, inner)}`)
        .join(",\n")}\n${indent}}`;
    case "array":
      if (json.items.length === 0) return "[]";
      return `[\n${json.items.map((item) => inner + write(item, inner)).join(",\n")}\n${indent}]`;
    case "number":
    case "word":
      return json.text;
    case "string":
      return JSON.stringify(json.value);
  }
}
