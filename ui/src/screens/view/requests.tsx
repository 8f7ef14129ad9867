/** The requests and the errors of a view as tables. */

import { usePlace } from '../../app/router';
import { formatBytes, formatWhole } from '../../format/format';
import { Badge } from '../../kit/badge';
import { Empty } from '../../kit/states';
import { type Column, Table } from '../../kit/table';
import { link } from '../../state/scope';
import { timeText } from './axis';
import { type Course, type Request, tookText } from './states';

interface ListProps {
  course: Course;
  onCursor: (at: number | undefined, chosen?: boolean) => void;
}

/** A time that moves the cursor there. */
function At({ at, onCursor }: { at: number; onCursor: ListProps['onCursor'] }) {
  return (
    <button type="button" class="events-time" onClick={() => onCursor(at, true)} title="Move the cursor there">
      {timeText(at)}
    </button>
  );
}

const results: Record<Request['result'], { title: string; kind: 'plain' | 'bad' | 'warn' }> = {
  completed: { title: 'Completed', kind: 'plain' },
  failed: { title: 'Failed', kind: 'bad' },
  canceled: { title: 'Canceled', kind: 'warn' },
};

const none = '–';

export function Requests({ course, onCursor }: ListProps) {
  const columns: Column<{ one: Request; i: number }>[] = [
    { key: 'at', title: 'Sent', align: 'right', cell: ({ one }) => <At at={one.from} onCursor={onCursor} /> },
    {
      key: 'result',
      title: 'Result',
      cell: ({ one }) => <Badge kind={results[one.result].kind}>{results[one.result].title}</Badge>,
    },
    { key: 'type', title: 'Type', cell: ({ one }) => one.type ?? none },
    {
      key: 'wait',
      title: 'First byte',
      align: 'right',
      doc: 'From sending the request until the answer began.',
      cell: ({ one }) => (one.first_byte === null ? none : tookText(one.first_byte - one.from)),
    },
    {
      key: 'took',
      title: 'Took',
      align: 'right',
      cell: ({ one }) => (one.to === null ? none : tookText(one.to - one.from)),
    },
    {
      key: 'bytes',
      title: 'Size',
      align: 'right',
      cell: ({ one }) => (one.bytes === null ? none : formatBytes(one.bytes)),
    },
    {
      key: 'bitrate',
      title: 'Rendition',
      align: 'right',
      cell: ({ one }) => (one.labeled_bitrate ? formatWhole(one.labeled_bitrate, 'mbps') : none),
    },
    { key: 'host', title: 'Host', cell: ({ one }) => one.host ?? none },
    {
      key: 'url',
      title: 'URL or error',
      wide: true,
      cell: ({ one }) => {
        const text = [one.error_code, one.error, one.url].filter(Boolean).join(' · ') || none;
        return <span title={text}>{text}</span>;
      },
    },
  ];
  return (
    <Table
      caption="Requests of the view"
      columns={columns}
      rows={course.requests.map((one, i) => ({ one, i }))}
      rowKey={(row) => row.i}
      empty={<Empty title="The player tells of no requests" />}
    />
  );
}

export function Errors({ course, onCursor }: ListProps) {
  const place = usePlace();
  const columns: Column<{ one: Course['errors'][number]; i: number }>[] = [
    { key: 'at', title: 'At', align: 'right', cell: ({ one }) => <At at={one.at} onCursor={onCursor} /> },
    {
      key: 'severity',
      title: 'Severity',
      cell: ({ one }) => (
        <>
          <Badge kind={one.fatal ? 'bad' : 'warn'}>{one.fatal ? 'Fatal' : 'Warning'}</Badge>{' '}
          {one.is_business_exception && <Badge>Business exception</Badge>}
        </>
      ),
    },
    {
      key: 'code',
      title: 'Code',
      cell: ({ one }) => (
        <span class="errors-context" title={one.code ?? ''}>
          {one.code ?? none}
        </span>
      ),
    },
    {
      key: 'message',
      title: 'Message',
      wide: true,
      cell: ({ one }) => <span title={one.message ?? ''}>{one.message ?? none}</span>,
    },
    {
      key: 'context',
      title: 'Context',
      cell: ({ one }) => (
        <span class="errors-context" title={one.context ?? ''}>
          {one.context ?? none}
        </span>
      ),
    },
    {
      key: 'others',
      title: 'Others',
      cell: ({ one }) => <a href={link(place, 'views', { error: String(one.error_type_id) })}>Views with this error</a>,
    },
  ];
  return (
    <Table
      caption="Errors of the view"
      columns={columns}
      rows={course.errors.map((one, i) => ({ one, i }))}
      rowKey={(row) => row.i}
      empty={<Empty title="No errors" />}
    />
  );
}
