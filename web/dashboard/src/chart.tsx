import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { rate } from "./format";
import { MOST_SAMPLES, samples, totals, type Sample } from "./live";
import { Empty } from "./overview";

const HEIGHT = 208;
/** The figures beside the chart are the mean of so many seconds. */
const LATELY = 5;
const dark = matchMedia("(prefers-color-scheme: dark)");

function columns(from: Sample[]): uPlot.AlignedData {
  return [from.map((s) => s.at), from.map((s) => s.completed), from.map((s) => s.failed)];
}

function options(width: number): uPlot.Options {
  const css = getComputedStyle(document.documentElement);
  const colour = (name: string): string => css.getPropertyValue(name).trim();
  const axis = {
    stroke: colour("--faint"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
    font: `11px ${colour("--sans")}`,
  };
  return {
    width,
    height: HEIGHT,
    padding: [12, 30, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { size: 6 }, drag: { setScale: false, x: false, y: false } },
    scales: {
      x: { time: true, range: (_, __, max) => [max - MOST_SAMPLES, max] },
      y: { range: (_, __, max) => [0, Math.max(4, max * 1.15)] },
    },
    axes: [
      { ...axis, space: 90, size: 30, values: (_, at) => at.map(clock) },
      { ...axis, size: 46, space: 34, values: (_, at) => at.map((n) => rate(n)) },
    ],
    series: [
      {},
      {
        label: "completed",
        stroke: colour("--ok"),
        fill: colour("--ok-wash"),
        width: 1.75,
        points: { show: false },
      },
      { label: "failed", stroke: colour("--bad"), width: 1.75, points: { show: false } },
    ],
  };
}

const clock = (at: number): string =>
  new Date(at * 1000).toLocaleTimeString([], {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hour12: false,
  });

function mean(from: Sample[], of: (s: Sample) => number): number {
  const last = from.slice(-LATELY);
  return last.length === 0 ? 0 : last.reduce((sum, s) => sum + of(s), 0) / last.length;
}

/** Attempts that ended, by the second. */
export function Throughput() {
  const counts = totals.value?.worker !== false;
  return (
    <section class="card throughput" aria-labelledby="throughput">
      <header>
        <h2 id="throughput">Throughput</h2>
        {counts && <Lately />}
      </header>
      {counts ? (
        <>
          <Plot />
          <p class="note">
            Attempts that ended in this process, by the second, for five minutes.
          </p>
        </>
      ) : (
        <Empty>
          This process runs no jobs, so it counts none. A process with a worker, such as{" "}
          <code>millrace serve</code>, shows what it runs.
        </Empty>
      )}
    </section>
  );
}

function Lately() {
  return (
    <p class="legend">
      <span class="key ok">
        <b>{rate(mean(samples.value, (s) => s.completed))}</b> completed/s
      </span>
      <span class="key bad">
        <b>{rate(mean(samples.value, (s) => s.failed))}</b> failed/s
      </span>
    </p>
  );
}

function Plot() {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const inside = box.current;
    if (inside === null) return;
    let plot = draw(inside);
    const stop = samples.subscribe((from) => plot.setData(columns(from)));
    const restyle = (): void => {
      plot.destroy();
      plot = draw(inside);
    };
    const sized = new ResizeObserver(() =>
      plot.setSize({ width: inside.clientWidth, height: HEIGHT }),
    );
    sized.observe(inside);
    dark.addEventListener("change", restyle);
    return () => {
      stop();
      sized.disconnect();
      dark.removeEventListener("change", restyle);
      plot.destroy();
    };
  }, []);
  return (
    <div
      ref={box}
      class="plot"
      role="img"
      aria-label="Chart of the attempts that ended per second in the last five minutes"
    />
  );
}

function draw(inside: HTMLDivElement): uPlot {
  return new uPlot(options(inside.clientWidth), columns(samples.peek()), inside);
}
