import './panel.css';
import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import type { Ask } from '../api/client';
import type { Known } from '../api/use';
import { copyText } from './copy';
import { curlText } from './curl';
import { Doc } from './doc';
import { Menu, type MenuItem } from './menu';
import { ErrorBox, Skeleton, Stale } from './states';
import { Table } from './table';

/** The same as a chart shows, as text. */
export interface Cells {
  columns: string[];
  rows: (string | number)[][];
}

interface PanelProps {
  title: string;
  doc?: string;
  /** Beside the title: what chooses what is shown. */
  actions?: ComponentChildren;
  question?: Ask<unknown>;
  questions?: Ask<unknown>[];
  /** What the children are made of: until it is there, and when it fails, the panel says so in their place. */
  known?: Known<unknown> | Known<unknown>[];
  /** The height that the children will have: the panel has it before they are there. */
  minHeight?: string;
  /** The alternative to a chart. */
  table?: () => Cells;
  /** More for its menu. */
  items?: MenuItem[];
  /** Without a distance around the children: for tables. */
  flush?: boolean;
  children?: ComponentChildren;
}

/** A card with a title and a menu that copies its questions as curl. */
export function Panel({ title, doc, actions, known = [], minHeight, table, flush, children, ...rest }: PanelProps) {
  const id = useId();
  const [asTable, setAsTable] = useState(false);
  const all = Array.isArray(known) ? known : [known];
  const questions =
    rest.questions ?? (rest.question ? [rest.question] : all.flatMap((one) => (one.question ? [one.question] : [])));
  const failed = all.find((one) => one.error && one.data === undefined);
  const stale = all.find((one) => one.error && one.data !== undefined);
  const first = all.some((one) => one.loading && one.data === undefined);
  const items = [...(rest.items ?? [])];
  if (table) items.push({ title: asTable ? 'Show as chart' : 'Show as table', onPick: () => setAsTable(!asTable) });
  if (questions.length > 0) items.push({ title: 'Copy as curl', onPick: () => copyText(curlText(questions)) });
  return (
    <section class="panel" aria-labelledby={id} aria-busy={all.some((one) => one.loading) || undefined}>
      <header class="panel-head">
        <h2 id={id} class="panel-title">
          {title}
        </h2>
        {doc && <Doc text={doc} about={title} />}
        <span class="panel-actions">
          {stale?.error && <Stale error={stale.error} retry={stale.reload} />}
          {actions}
          {items.length > 0 && <Menu label={`More about ${title}`} items={items} />}
        </span>
      </header>
      {children !== undefined && (
        <div class={flush ? 'panel-body panel-flush' : 'panel-body'} style={{ minHeight }}>
          {failed?.error ? (
            <ErrorBox error={failed.error} retry={failed.reload} />
          ) : first ? (
            <Skeleton height={minHeight ?? '8rem'} />
          ) : asTable && table ? (
            <CellTable caption={title} {...table()} />
          ) : (
            children
          )}
        </div>
      )}
    </section>
  );
}

function CellTable({ caption, columns, rows }: Cells & { caption: string }) {
  return (
    <Table
      caption={caption}
      rows={rows.map((cells, i) => ({ cells, i }))}
      rowKey={(row) => row.i}
      columns={columns.map((title, at) => ({
        key: String(at),
        title,
        align: at === 0 ? 'left' : 'right',
        cell: (row: { cells: (string | number)[] }) => row.cells[at],
      }))}
    />
  );
}
