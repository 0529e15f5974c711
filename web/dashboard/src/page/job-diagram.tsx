import type { Job } from "../api/types";
import { Card } from "../ui/pieces";

interface Node {
  name: string;
  x: number;
  y: number;
}

const W = 112;
const H = 30;
const NODES: Node[] = [
  { name: "scheduled", x: 8, y: 62 },
  { name: "available", x: 168, y: 62 },
  { name: "running", x: 328, y: 62 },
  { name: "completed", x: 500, y: 8 },
  { name: "discarded", x: 500, y: 48 },
  { name: "cancelled", x: 500, y: 88 },
  { name: "expired", x: 500, y: 128 },
];

/** From, to, and the way between the boxes. */
const EDGES: [string, string, string][] = [
  ["scheduled", "available", "M120 77 H164"],
  ["available", "running", "M280 77 H324"],
  ["running", "completed", "M440 77 C470 77 470 23 496 23"],
  ["running", "discarded", "M440 77 C470 77 470 63 496 63"],
  ["running", "cancelled", "M440 77 C470 77 470 103 496 103"],
  ["running", "scheduled", "M384 62 C384 14 64 14 64 58"],
  ["available", "expired", "M224 92 C224 143 260 143 496 143"],
];

/** The states a job is known to have been in, from what its history says. */
export function visited(job: Job): { nodes: Set<string>; edges: Set<string> } {
  const nodes = new Set<string>([job.state]);
  const edges = new Set<string>();
  const ran = job.attempts.length > 0 || job.state === "running";
  const again = job.attempts.some((_, i) => !isLast(job, i));
  if (job.state !== "scheduled" || ran) nodes.add("available");
  if (ran) {
    nodes.add("running");
    edges.add("available running");
  }
  if (again) {
    nodes.add("scheduled");
    edges.add("running scheduled");
    if (job.state !== "scheduled") edges.add("scheduled available");
  }
  if (ran && ["completed", "discarded", "cancelled"].includes(job.state)) {
    edges.add(`running ${job.state}`);
  }
  if (job.state === "expired") edges.add("available expired");
  return { nodes, edges };
}

/** Whether an attempt was the one after which the job came to rest. */
const isLast = (job: Job, i: number): boolean =>
  i === job.attempts.length - 1 && job.finishedAt !== undefined;

export function Diagram(props: { job: Job }) {
  const { job } = props;
  const { nodes, edges } = visited(job);
  const been = [...nodes].filter((each) => each !== job.state);
  return (
    <Card title="State" id="state" aside={<p class="legend">attempt {job.attempt} of {job.maxAttempts}</p>}>
      <div class="scroll" tabIndex={0} role="region" aria-label="State diagram">
        <svg
          class="diagram"
          viewBox="0 0 620 164"
          role="img"
          aria-label={`The job is ${job.state}${been.length > 0 ? `; it was ${been.join(", ")}` : ""}`}
        >
          <defs>
            <marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
              <path d="M0 0 L8 4 L0 8 z" />
            </marker>
          </defs>
          {EDGES.map(([from, to, way]) => (
            <path
              key={way}
              class={edges.has(`${from} ${to}`) ? "edge been" : "edge"}
              d={way}
              marker-end="url(#tip)"
            />
          ))}
          <text class="said" x="224" y="20">
            tries again
          </text>
          {NODES.map(({ name, x, y }) => (
            <g
              key={name}
              class={`node ${name} ${name === job.state ? "now" : nodes.has(name) ? "been" : ""}`}
            >
              <rect x={x} y={y} width={W} height={H} rx="7" />
              <text x={x + W / 2} y={y + 20}>
                {name}
              </text>
            </g>
          ))}
        </svg>
      </div>
    </Card>
  );
}
