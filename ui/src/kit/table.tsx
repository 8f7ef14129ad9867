import './table.css';
import type { ComponentChildren } from 'preact';
import { Doc } from './doc';
import { Empty, Skeleton } from './states';

export interface Column<Row> {
  /** Also what it is sorted by. */
  key: string;
  title: string;
  align?: 'left' | 'right';
  doc?: string;
  /** Whether rows can be sorted by it. */
  sort?: boolean;
  /** As much of the width as there is, cut off rather than wrapped. */
  wide?: boolean;
  /** What people name, or lists: on several lines where there is little room. */
  wraps?: boolean;
  /** Left out where there is little room. */
  roomy?: boolean;
  cell: (row: Row) => ComponentChildren;
}

export interface Sort {
  key: string;
  direction: 'asc' | 'desc';
  onSort: (key: string, direction: 'asc' | 'desc') => void;
}

interface TableProps<Row> {
  /** What the table shows, for those who hear it. */
  caption: string;
  columns: Column<Row>[];
  rows: Row[] | undefined;
  rowKey: (row: Row) => string | number;
  /** Where a row leads: the link is in its first cell. */
  href?: (row: Row) => string;
  sort?: Sort;
  /** What stands there when there are no rows. */
  empty?: ComponentChildren;
  loading?: boolean;
  /** How many rows are expected, for the first loading. */
  expected?: number;
  selected?: (row: Row) => boolean;
}

/** Rows and columns. The head stays in sight, and where it is narrow, the table scrolls within itself. */
export function Table<Row>(props: TableProps<Row>) {
  const { caption, columns, rows, loading, expected = 5 } = props;
  if (rows?.length === 0) return <>{props.empty ?? <Empty />}</>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="table-scroll" tabIndex={0} aria-label={caption}>
      <table class="table" aria-busy={loading || undefined}>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <Head key={column.key} column={column} sort={props.sort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows
            ? rows.map((row) => <Line key={props.rowKey(row)} row={row} {...props} />)
            : Array.from({ length: expected }, (_, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same
                <tr key={i}>
                  {columns.map((column) => (
                    <td key={column.key} class={looksOf(column)}>
                      <Skeleton />
                    </td>
                  ))}
                </tr>
              ))}
        </tbody>
      </table>
    </section>
  );
}

function looksOf<Row>({ align, wide, wraps, roomy }: Column<Row>): string | undefined {
  const all = [
    align === 'right' && 'table-right',
    wide && 'table-wide',
    wraps && 'table-wraps',
    roomy && 'table-roomy',
  ];
  return all.filter(Boolean).join(' ') || undefined;
}

function Head<Row>({ column, sort }: { column: Column<Row>; sort?: Sort }) {
  const sorted = sort?.key === column.key ? sort.direction : undefined;
  return (
    <th
      scope="col"
      class={looksOf(column)}
      aria-sort={sorted ? (sorted === 'asc' ? 'ascending' : 'descending') : undefined}
    >
      <span class="table-head">
        {column.sort && sort ? (
          <button
            type="button"
            class="table-sort"
            onClick={() => sort.onSort(column.key, sorted === 'desc' ? 'asc' : 'desc')}
          >
            {column.title}
            <span class="table-arrow" aria-hidden="true">
              {sorted === 'asc' ? '↑' : sorted === 'desc' ? '↓' : ''}
            </span>
          </button>
        ) : (
          column.title
        )}
        {column.doc && <Doc text={column.doc} about={column.title} />}
      </span>
    </th>
  );
}

function Line<Row>({ row, columns, href, selected }: TableProps<Row> & { row: Row }) {
  const to = href?.(row);
  const chosen = selected?.(row);
  return (
    <tr class={to ? 'table-leads' : undefined} aria-current={chosen || undefined}>
      {columns.map((column, i) => {
        const content = column.cell(row);
        const looks = {
          class: looksOf(column),
          title: column.wide && typeof content === 'string' ? content : undefined,
        };
        return i === 0 ? (
          <th key={column.key} scope="row" {...looks}>
            {to ? (
              <a class="table-link" href={to}>
                {content}
              </a>
            ) : (
              content
            )}
          </th>
        ) : (
          <td key={column.key} {...looks}>
            {content}
          </td>
        );
      })}
    </tr>
  );
}
