import type { Rule } from '../incidents/quantity';
import type { Result } from './backtest';

interface Props {
  values: Result['values'];
  threshold: number;
  direction: Rule['direction'];
  write: (value: number | null) => string;
}

const names: [keyof Result['values'], string][] = [
  ['lowest', 'lowest'],
  ['p5', '5%'],
  ['median', 'median'],
  ['p95', '95%'],
  ['p99', '99%'],
  ['highest', 'highest'],
];

/** Where the values of a metric were, and where the threshold is among them. */
export function Distribution({ values, threshold, direction, write }: Props) {
  const { lowest, p5, median, p95, highest } = values;
  if (lowest === null || p5 === null || median === null || p95 === null || highest === null) {
    return <p class="note">No value is known.</p>;
  }
  const from = Math.min(lowest, threshold);
  const width = Math.max(highest, threshold) - from || 1;
  const at = (value: number) => `${1 + ((value - from) / width) * 98}%`;
  return (
    <div class="distribution">
      <svg class="distribution-plot" aria-hidden="true">
        <line class="distribution-all" x1={at(lowest)} x2={at(highest)} y1="20" y2="20" />
        <line class="distribution-most" x1={at(p5)} x2={at(p95)} y1="20" y2="20" />
        <line class="distribution-median" x1={at(median)} x2={at(median)} y1="12" y2="28" />
        <line class="distribution-threshold" x1={at(threshold)} x2={at(threshold)} y1="2" y2="38" />
      </svg>
      <dl class="distribution-values">
        {names.map(([name, title]) => {
          const value = values[name];
          const wrong = value !== null && (direction === 'below' ? value < threshold : value > threshold);
          return (
            <div key={name}>
              <dt>{title}</dt>
              <dd class={wrong ? 'distribution-wrong' : undefined}>
                {write(value)}
                {wrong && <span class="unseen"> beyond the threshold</span>}
              </dd>
            </div>
          );
        })}
        <div>
          <dt>threshold</dt>
          <dd class="distribution-limit">{write(threshold)}</dd>
        </div>
      </dl>
    </div>
  );
}
