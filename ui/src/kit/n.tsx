import './n.css';
import { formatCount } from '../format/format';
import { Few, isFew } from './states';

/** Of how many an aggregate is made. */
export function N({ n, unit = 'views' }: { n: number | null | undefined; unit?: string }) {
  if (n === null || n === undefined) return null;
  return (
    <span class="n">
      <span class="n-count">
        {formatCount(n)} {n === 1 ? unit.replace(/s$/, '') : unit}
      </span>
      {isFew(n) && (unit === 'views' || unit === 'viewers') && n > 0 && (
        <>
          {' · '}
          <Few n={n} unit={unit} />
        </>
      )}
    </span>
  );
}
