/** The views of the same viewer before and after a view. */
import { ask } from '../../api/client';
import { type Known, useAnswer } from '../../api/use';
import { type Place, usePlace } from '../../app/router';
import { Panel } from '../../kit/panel';
import { Empty } from '../../kit/states';
import { Table } from '../../kit/table';
import { useCatalog } from '../../state/catalog';
import { link } from '../../state/scope';
import { rangeText as textOf } from '../../state/timeframe';
import { type Row, viewColumns } from '../views/columns';
import { around } from './around';
import type { Course } from './states';

const day = 86_400;
const many = 5;

export interface Neighbours {
  /** The latest first. */
  before: Row[];
  /** The earliest first. */
  after: Row[];
  known: Known<unknown>[];
}

/** The views of the viewer of a view around it: those that ended up to its end or since may have begun before it or after. */
export function useNeighbours(course: Course | undefined): Neighbours {
  const viewer = course?.viewer_id;
  const at = course && Math.floor((course.start + (course.in_progress ? 0 : course.length)) / 1000);
  const now = Math.ceil(Date.now() / 60_000) * 60;
  const list = (from: number, to: number, order_direction: 'asc' | 'desc') =>
    ask('/data/v1/video-views', {
      query: {
        viewer_id: viewer as string,
        'timeframe[]': [String(from), String(to)],
        order_direction,
        limit: many + 1,
      },
    });
  const before = useAnswer(viewer && at ? list(at - 90 * day, at + 1, 'desc') : undefined);
  const after = useAnswer(viewer && at ? list(at, Math.max(now, at + 1), 'asc') : undefined);
  const lists = [before.data?.data ?? [], after.data?.data ?? []];
  return { ...around(course?.id ?? '', lists, many), known: [before, after] };
}

/** The list of the views of the viewer of a view, in a range that has it. */
export function viewerLink(place: Place, { viewer_id, start, length }: Course): string {
  const end = (start + length) / 1000;
  const now = Date.now() / 1000;
  const rangeText = now - end < 89 * day ? '90:days' : textOf({ from: end - day, to: now });
  return link(place, 'views', { viewer: viewer_id ?? '' }, { filters: [], rangeText });
}

/** All of them, with the view itself between them. */
export function NeighbourPanel({ course, neighbours, utc }: { course: Course; neighbours: Neighbours; utc: boolean }) {
  const place = usePlace();
  const columns = viewColumns(useCatalog(), utc, 'start');
  const { before, after, known } = neighbours;
  const rows = [...after.toReversed(), ...before];
  return (
    <Panel
      title="Other views of the same viewer"
      doc="Up to five before and five after this one, the latest first."
      known={known}
      flush
      minHeight="8rem"
      actions={course.viewer_id && <a href={viewerLink(place, course)}>All in the list of views</a>}
    >
      <div class="views-table">
        <Table
          caption="Views of the same viewer, the latest first"
          columns={columns}
          rows={rows}
          rowKey={(row) => row.id}
          href={(row) => link(place, `views/${row.id}`)}
          empty={
            <Empty
              title={
                course.viewer_id
                  ? 'No other complete views in 90 days before, nor since'
                  : 'Nobody knows who watched this view'
              }
            />
          }
        />
      </div>
    </Panel>
  );
}
