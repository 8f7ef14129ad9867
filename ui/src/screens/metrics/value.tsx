import { formatWhole, type ValueType } from '../../format/format';
import { isFew } from '../../kit/states';

interface ValueProps {
  value: number | null | undefined;
  type: ValueType;
  /** Of how many views it is made: of few, it is shown soft. */
  n: number | null | undefined;
}

/** A value in a table. */
export function Value({ value, type, n }: ValueProps) {
  if (!isFew(n) || value === null || value === undefined) return <>{formatWhole(value, type)}</>;
  return (
    <span class="metrics-few" title={`Made of ${n} views only: chance alone can move it much.`}>
      {formatWhole(value, type)}
      <span class="unseen"> (few views)</span>
    </span>
  );
}
