import './spark.css';

interface SparkProps {
  values: (number | null)[];
  color?: 1 | 2 | 3 | 4 | 5 | 6;
}

const width = 100;
const height = 24;

/** The path of a line through values, with gaps where there are none. */
export function sparkPath(values: (number | null)[]): string {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return '';
  const low = Math.min(...known);
  const high = Math.max(...known);
  const x = (i: number) => round((i / Math.max(1, values.length - 1)) * width);
  const y = (value: number) =>
    round(high === low ? height / 2 : height - 2 - ((value - low) / (high - low)) * (height - 4));
  let path = '';
  let drawing = false;
  values.forEach((value, i) => {
    if (value === null) {
      drawing = false;
      return;
    }
    const alone = !drawing && (values[i + 1] ?? null) === null;
    path += `${drawing ? 'L' : 'M'}${x(i)} ${y(value)}${alone ? 'h0.01' : ''}`;
    drawing = true;
  });
  return path;
}

const round = (value: number) => Math.round(value * 100) / 100;

/** A small line beside a number that says the same. */
export function Spark({ values, color = 1 }: SparkProps) {
  return (
    <svg class="spark" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      <path d={sparkPath(values)} style={{ stroke: `var(--series-${color})` }} />
    </svg>
  );
}
