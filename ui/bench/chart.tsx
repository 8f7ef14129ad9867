/** A chart of 10,000 points on a page of its own, for ui/bench/bench.mjs. */
import { render } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { Chart } from '../src/kit/chart';
import type { Range } from '../src/state/timeframe';
import '../src/style/main.css';

const points = 10_000;
const begin = 1_777_000_000;
const all = Array.from({ length: points }, (_, i) => begin + 60 * i);
const wave = (i: number) => 50 + 30 * Math.sin(i / 400) + 10 * Math.sin(i / 7) + ((i * 7919) % 100) / 10;

function Bench() {
  const [range, setRange] = useState<Range>();
  const shown = useMemo(() => {
    const times = all.filter((time) => !range || (time >= range.from && time < range.to));
    return { times, values: times.map((time) => wave((time - begin) / 60)) };
  }, [range]);
  return (
    <main>
      <button type="button" onClick={() => setRange(undefined)}>
        All
      </button>
      <output>{shown.times.length}</output>
      <Chart
        label="bench"
        utc
        series={[{ name: 'one', values: shown.values, style: 'area' }]}
        times={shown.times}
        format={(value) => value.toFixed(1)}
        zoom={setRange}
        height={300}
      />
    </main>
  );
}

render(<Bench />, document.body);
