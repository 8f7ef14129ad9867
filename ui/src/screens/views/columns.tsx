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

/** Of the times one is shown; flags colour the error, whose number says nothing that it does not. */
function isShown({ format }: Told): boolean {
  return format !== 'error_type' && format !== 'flag' && format !== 'time';
}

/** A column, and the members of a view that it shows. */
type ViewColumn = Column<Row> & { members: string[] };

/**
 * The columns of a list of views: when they ended, which is what they are sorted
 * by, or when they began; and what else the catalogue has for people. The last is
 * the error.
 */
export function viewColumns({ view_columns: all }: Catalog, utc: boolean, time: 'start' | 'end' = 'end'): ViewColumn[] {
  const when = time === 'end' ? all.findLast((one) => one.format === 'time') : all.find((one) => one.format === 'time');
  const flags = all.filter((column) => column.format === 'flag');
  const shown: Told[][] = when ? [[when]] : [];
  for (const one of all.filter(isShown)) {
    if (one.joined) shown.at(-1)?.push(one);
    else shown.push([one]);
  }
  return shown.map((parts, i) => {
    const [{ key, title, format }] = parts as [Told];
    const last = i === shown.length - 1;
    return {
      key,
      members: parts.map((part) => part.key),
      title,
      align: numbers.has(format) ? 'right' : 'left',
      wide: last,
      roomy: i > 1 && !last,
      cell: (row) => {
        const values = row as Record<string, unknown>;
        if (format === 'time') return <Time at={values[key] as string} utc={utc} seconds />;
        const words = parts.map((part) => textOf(part, values[part.key])).filter(Boolean);
        if (!last) return <Words>{words.join(' · ')}</Words>;
        // A view can fail of an error that has no words.
        const raised = flags.filter((flag) => values[flag.key]).map((flag) => flag.title);
        return (
          <span class={raised.length > 0 ? 'views-bad' : undefined}>
            {(words.length > 0 ? words : raised).join(' · ')}
          </span>
        );
      },
    };
  });
}

function textOf({ format }: Told, value: unknown): string {
  if (value === null || value === undefined || value === '') return '';
  if (numbers.has(format)) return formatWhole(Number(value), format as ValueType);
  return valueText(format, String(value));
}

function Words({ children }: { children: string }) {
  return (
    <span class="views-text" title={children}>
      {children}
    </span>
  );
}
