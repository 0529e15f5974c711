// How figures and moments are said.

const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const ONE = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const MOMENT = new Intl.DateTimeFormat(undefined, {
  dateStyle: "medium",
  timeStyle: "medium",
});

/** "12,345". */
export const whole = (n: number): string => WHOLE.format(n);

/** "7.3", "1,204", "12.5K". */
export const rate = (n: number): string =>
  n >= 10_000 ? SHORT.format(n) : n >= 100 ? WHOLE.format(n) : ONE.format(n);

/** "10,000+" where counting stopped. */
export const counted = (n: number, bound: number): string =>
  n >= bound ? `${WHOLE.format(bound)}+` : WHOLE.format(n);

/** "< 1 ms", "850 ms", "12 s", "3 min 20 s", "5 h 12 min", "3 d 4 h". */
export function duration(millis: number): string {
  const ms = Math.max(0, Math.round(millis));
  if (ms < 1) return "< 1 ms";
  if (ms < 1000) return `${ms} ms`;
  const s = ms / 1000;
  if (s < 10) return `${ONE.format(s)} s`;
  if (s < 60) return `${Math.floor(s)} s`;
  const two = (n: number, big: string, rest: number, small: string): string =>
    rest === 0 ? `${n} ${big}` : `${n} ${big} ${rest} ${small}`;
  const min = Math.floor(s / 60);
  if (min < 60) return two(min, "min", Math.floor(s % 60), "s");
  const h = Math.floor(min / 60);
  if (h < 24) return two(h, "h", min % 60, "min");
  return two(Math.floor(h / 24), "d", h % 24, "h");
}

/** As {@link duration}, at an axis: "0", "0.5 ms". */
export const span = (millis: number): string =>
  millis === 0 ? "0" : millis < 10 ? `${ONE.format(millis)} ms` : duration(millis);

/** As {@link duration}, in whole seconds: for what is shown anew every second. */
export const age = (millis: number): string =>
  millis < 1000 ? "< 1 s" : duration(Math.floor(millis / 1000) * 1000);

/** Local date and time; the exact text of the server belongs into a title. */
export const moment = (iso: string): string => MOMENT.format(new Date(iso));

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a duration as the server writes it: "1m30s". */
export const millisOf = (text: string): number =>
  [...text.matchAll(/(\d+)(ms|[smhd])/g)].reduce(
    (sum, [, n, unit]) => sum + Number(n) * (UNITS[unit ?? ""] ?? 0),
    0,
  );
