/** The columns of a list of views, as the catalogue has them. */
import './views.css';
import type { RowOf } from '../../api/client';
import { formatWhole, type ValueType } from '../../format/format';
import type { Column } from '../../kit/table';
import { Time } from '../../kit/time';
import { type Catalog, valueText } from '../../state/catalog';

export type Row = RowOf<'/data/v1/video-views'>;
type Told = Catalog['view_columns'][number];

const numbers = new Set<string>(['score', 'percentage', 'milliseconds', 'per_minute', 'mbps', 'number']);

/** Of the times one is shown; flags colour the message of an error, whose number says nothing that it does not. */
function isShown({ format }: Told): boolean {
  return format !== 'error_type' && format !== 'flag' && format !== 'time';
}

/**
 * The columns of a list of views: when they ended, which is what they are sorted
 * by, or when they began; and what else the catalogue has for people.
 */
export function viewColumns(
  { view_columns: all }: Catalog,
  utc: boolean,
  time: 'start' | 'end' = 'end',
): Column<Row>[] {
  const when = time === 'end' ? all.findLast((one) => one.format === 'time') : all.find((one) => one.format === 'time');
  const flags = all.filter((column) => column.format === 'flag');
  const told = [...(when ? [when] : []), ...all.filter(isShown)];
  const texts = told.filter((column) => column.format === 'text');
  const last = texts.at(-1);
  const code = texts.at(-2); // of the error that the last one is the message of: both are one column
  return told
    .filter((column) => column !== code)
    .map((column) => ({
      key: column.key,
      title: column.title,
      align: numbers.has(column.format) ? 'right' : 'left',
      wide: column === last,
      roomy: column !== when && column !== texts[0] && column !== last,
      cell: (row) => {
        const values = row as Record<string, unknown>;
        if (column !== last) return <Cell format={column.format} value={values[column.key]} utc={utc} />;
        const words = [code && values[code.key], values[column.key]].filter(Boolean).join(' · ');
        const bad = flags.some((flag) => values[flag.key]);
        return <span class={bad ? 'views-bad' : undefined}>{words}</span>;
      },
    }));
}

function Cell({ format, value, utc }: { format: Told['format']; value: unknown; utc: boolean }) {
  if (value === null || value === undefined || value === '') return null;
  if (format === 'time') return <Time at={value as string} utc={utc} seconds />;
  if (numbers.has(format)) return <>{formatWhole(Number(value), format as ValueType)}</>;
  const text = valueText(format, String(value));
  return (
    <span class="views-text" title={text}>
      {text}
    </span>
  );
}
