import type { ComponentChildren } from 'preact';
import { ask, type RowOf } from '../../api/client';
import { useAnswer } from '../../api/use';
import { usePlace } from '../../app/router';
import { formatCount, formatWhole, none, type ValueType } from '../../format/format';
import { Panel } from '../../kit/panel';
import { Empty } from '../../kit/states';
import { type Column, Table } from '../../kit/table';
import { Time } from '../../kit/time';
import { type Format, useCatalog, valueText } from '../../state/catalog';
import { link, useScope } from '../../state/scope';
import type { ErrorType } from './kind';

type View = RowOf<'/data/v1/video-views'>;

const limit = 10;

/** The newest views with an error of a type. */
export function Samples({ id, type }: { id: string; type: ErrorType }) {
  const place = usePlace();
  const scope = useScope();
  const catalog = useCatalog();
  const question = ask('/data/v1/video-views', { query: { ...scope.query, error_id: id as never, limit } });
  const known = useAnswer(question);
  const rows = known.data?.data;
  const total = known.data?.total_row_count ?? 0;
  return (
    <Panel
      title="Views with it"
      doc="The newest first. Each leads to what happened in it, event by event."
      known={known}
      minHeight="16rem"
      flush
      actions={total > limit && <a href={link(place, 'views', { error: id })}>All {formatCount(total)}</a>}
    >
      <Table
        caption="The newest views with the error"
        rows={rows}
        rowKey={(view: View) => view.id}
        href={(view) => link(place, `views/${view.id}`)}
        loading={known.loading}
        columns={catalog.view_columns
          .filter(({ format }) => format !== 'flag' && format !== 'error_type')
          .flatMap((column): Column<View>[] => {
            const of = (view: View) => view[column.key as keyof View];
            const told = [type.player_error_code, type.message];
            if (!rows || rows.every((view) => of(view) === null || told.includes(String(of(view))))) return [];
            return [
              {
                key: column.key,
                title: column.title,
                doc: column.doc,
                align: numbers.includes(column.format) ? 'right' : 'left',
                cell: (view) => cell(column.format, of(view), scope.utc),
              },
            ];
          })}
        empty={<Empty title="No view of this range had it">Choose a longer range, or take filters off.</Empty>}
      />
    </Panel>
  );
}

const numbers: Format[] = ['score', 'percentage', 'milliseconds', 'per_minute', 'number', 'mbps'];

function cell(format: Format, value: unknown, utc: boolean): ComponentChildren {
  if (value === null || value === undefined || value === '') return none;
  if (format === 'time') return <Time at={String(value)} utc={utc} seconds />;
  if (numbers.includes(format)) return formatWhole(Number(value), format as ValueType);
  return valueText(format, String(value));
}
