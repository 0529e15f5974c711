import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { isDark } from "../state/theme";

export interface Line {
  label: string;
  /** The name of a colour of the style sheet, without its dashes. */
  hue: string;
  fill?: boolean;
}

export interface Data {
  at: number[];
  seconds: number;
  values: number[][];
}

const DAY = 86_400;

function clock(seconds: number): (at: number) => string {
  const parts: Intl.DateTimeFormatOptions =
    seconds > 3 * DAY
      ? { month: "short", day: "numeric" }
      : seconds > 600
        ? { hour: "2-digit", minute: "2-digit", hour12: false }
        : { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false };
  const format = new Intl.DateTimeFormat(undefined, parts);
  return (at) => format.format(new Date(at * 1000));
}

function options(
  width: number,
  height: number,
  seconds: number,
  lines: Line[],
  say: (n: number) => string,
): uPlot.Options {
  const css = getComputedStyle(document.documentElement);
  const colour = (name: string): string => css.getPropertyValue(`--${name}`).trim();
  const axis = {
    stroke: colour("faint"),
    grid: { stroke: colour("line"), width: 1 },
    ticks: { show: false },
    font: `11px ${colour("sans")}`,
  };
  const moment = clock(seconds);
  return {
    width,
    height,
    padding: [12, 24, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { size: 6 }, drag: { setScale: false, x: false, y: false } },
    scales: {
      x: { time: true, range: (_, __, max) => [max - seconds, max] },
      y: { range: (_, __, max) => [0, max <= 0 ? 1 : max * 1.15] },
    },
    axes: [
      { ...axis, space: 90, size: 30, values: (_, at) => at.map(moment) },
      { ...axis, size: 56, space: 34, values: (_, at) => at.map(say) },
    ],
    series: [
      {},
      ...lines.map((line) => ({
        label: line.label,
        stroke: colour(line.hue),
        width: 1.75,
        points: { show: false },
        ...(line.fill === true ? { fill: colour(`${line.hue}-wash`) } : {}),
      })),
    ],
  };
}

/** Lines over time, drawn anew whenever what `data` reads changes. */
export function Chart(props: {
  label: string;
  height: number;
  lines: Line[];
  say: (n: number) => string;
  data: () => Data | null;
}) {
  const box = useRef<HTMLDivElement>(null);
  const newest = useRef(props.data);
  newest.current = props.data;
  useEffect(() => {
    const inside = box.current;
    if (inside === null) return;
    let plot: uPlot | null = null;
    let drawnFor = "";
    const stop = effect(() => {
      const dark = isDark.value;
      const data = newest.current();
      if (data === null) return;
      const wanted = `${dark} ${data.seconds}`;
      const columns = [data.at, ...data.values] as uPlot.AlignedData;
      if (plot !== null && wanted === drawnFor) {
        plot.setData(columns);
        return;
      }
      plot?.destroy();
      drawnFor = wanted;
      const { lines, height, say } = props;
      plot = new uPlot(options(inside.clientWidth, height, data.seconds, lines, say), columns, inside);
    });
    const sized = new ResizeObserver(() =>
      plot?.setSize({ width: inside.clientWidth, height: props.height }),
    );
    sized.observe(inside);
    return () => {
      stop();
      sized.disconnect();
      plot?.destroy();
    };
  }, []);
  return (
    <div
      ref={box}
      class="plot"
      style={{ height: `${props.height}px` }}
      role="img"
      aria-label={props.label}
    />
  );
}
