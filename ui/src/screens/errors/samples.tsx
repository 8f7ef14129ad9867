import { ask } from '../../api/client';
import { useAnswer } from '../../api/use';
import { usePlace } from '../../app/router';
import { formatCount } from '../../format/format';
import { Panel } from '../../kit/panel';
import { Empty } from '../../kit/states';
import { Table } from '../../kit/table';
import { useCatalog } from '../../state/catalog';
import { link, useScope } from '../../state/scope';
import { type Row, viewColumns } from '../views/columns';
import type { ErrorType } from './kind';

const limit = 10;

/** The newest views with an error of a type. */
export function Samples({ id, type }: { id: string; type: ErrorType }) {
  const place = usePlace();
  const scope = useScope();
  const catalog = useCatalog();
  const known = useAnswer(ask('/data/v1/video-views', { query: { ...scope.query, error_id: id as never, limit } }));
  const rows = known.data?.data;
  const total = known.data?.total_row_count ?? 0;
  // What all of them have is known: that they had this error.
  const same = [null, '', type.player_error_code, type.message];
  const says = (key: string) => rows?.some((row) => !same.includes(row[key as keyof Row] as string | null)) ?? true;
  return (
    <Panel
      title="Sample views"
      doc="The newest first. Each leads to what happened in it, event by event."
      known={known}
      minHeight="16rem"
      flush
      actions={total > limit && <a href={link(place, 'views', { error: id })}>All {formatCount(total)}</a>}
    >
      <Table
        caption="The newest views with the error"
        rows={rows}
        rowKey={(row) => row.id}
        href={(row) => link(place, `views/${row.id}`)}
        loading={known.loading}
        columns={viewColumns(catalog, scope.utc).filter(({ members }) => members.some(says))}
        empty={<Empty title="No view of this range had it">Choose a longer range, or take filters off.</Empty>}
      />
    </Panel>
  );
}
