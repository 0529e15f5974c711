// Asking the server, and what it means when it says no.

/** The server was reached and said no. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
  ) {
    super(detail);
  }

  /** The server is of a kind that does not know this call. */
  get isUnknownPath(): boolean {
    return this.code === "no-such-path" || this.code === "wrong-method";
  }
}

const PATIENCE_MS = 15_000;

/** What a session adds to requests that change something; nothing where there is none. */
let csrf: string | null = null;
let signedOut: () => void = () => undefined;

export function setCsrf(token: string | null): void {
  csrf = token;
}

/** Called whenever the server says that nobody is signed in. */
export function onSignedOut(hear: () => void): void {
  signedOut = hear;
}

/** The answer's text; throws {@link Refusal} or, where nobody answers, whatever fetch throws. */
export async function ask(path: string, init: RequestInit = {}): Promise<string> {
  const late = AbortSignal.timeout(PATIENCE_MS);
  const signal = init.signal ? AbortSignal.any([init.signal, late]) : late;
  const headers = new Headers(init.headers);
  if (csrf !== null && init.method !== undefined) headers.set("X-Millrace-CSRF", csrf);
  // relative: the page may be mounted anywhere
  const answer = await fetch(`api/v1/${path}`, { ...init, headers, signal });
  const text = await answer.text();
  if (!answer.ok) {
    if (answer.status === 401) signedOut();
    throw refusal(answer, text);
  }
  return text;
}

function refusal(answer: Response, text: string): Refusal {
  const type = answer.headers.get("Content-Type") ?? "";
  if (type.startsWith("application/problem+json")) {
    const problem = JSON.parse(text) as { code?: string; detail?: string; title?: string };
    const detail = problem.detail ?? problem.title ?? "no reason given";
    return new Refusal(answer.status, problem.code ?? "", detail);
  }
  return new Refusal(answer.status, "", `the server answered ${answer.status}`);
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return JSON.parse(await ask(path, signal ? { signal } : {})) as T;
}

/** A body that is JSON already, digit by digit, or something to be made JSON; none where undefined. */
export async function send(method: string, path: string, body?: unknown): Promise<string> {
  const init: RequestInit = { method };
  if (body !== undefined) {
    init.headers = { "Content-Type": "application/json" };
    init.body = typeof body === "string" ? body : JSON.stringify(body);
  }
  return ask(path, init);
}

/** What a person is told of a failure. */
export function said(e: unknown): string {
  if (e instanceof Refusal) {
    return e.status === 403 && e.code !== "cross-origin"
      ? `You may not do this: ${e.message}`
      : e.message;
  }
  return "The server did not answer.";
}
