const WIDTH = 96;
const HEIGHT = 22;

/** A line without axes; what it says is said in words as well. */
export function Spark(props: { values: number[]; label: string; bad?: number[] }) {
  const { values, bad } = props;
  if (values.length < 2) return <span class="zero">–</span>;
  const top = Math.max(1, ...values, ...(bad ?? []));
  const points = (of: number[]): string =>
    of
      .map((v, i) => {
        const x = (i / (of.length - 1)) * WIDTH;
        return `${x.toFixed(1)},${(HEIGHT - 1 - (v / top) * (HEIGHT - 3)).toFixed(1)}`;
      })
      .join(" ");
  return (
    <svg
      class="spark"
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={props.label}
    >
      <polygon points={`0,${HEIGHT} ${points(values)} ${WIDTH},${HEIGHT}`} />
      <polyline points={points(values)} />
      {bad?.some((v) => v > 0) === true && <polyline class="bad" points={points(bad)} />}
    </svg>
  );
}
