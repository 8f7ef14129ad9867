import './exports.css';
import { ask, type RowOf, server } from '../../api/client';
import { useAnswer } from '../../api/use';
import { formatBytes, formatCount } from '../../format/format';
import { Badge } from '../../kit/badge';
import { Panel } from '../../kit/panel';
import { Empty } from '../../kit/states';
import { type Column, Table } from '../../kit/table';
import { Ago } from '../../kit/time';
import { useScope } from '../../state/scope';

type Day = RowOf<'/data/v1/exports/days'>;
type File = RowOf<'/data/v1/exports/views'>['files'][number];
interface Row extends Day {
  files: File[];
}

/** How it is with the files of a day: the word, and what it means. */
const states: Record<Day['state'], { kind: 'good' | 'bad' | 'warn' | 'plain'; word: string; means: string }> = {
  issued: { kind: 'good', word: 'Complete', means: 'The files have all views of the day.' },
  waiting: { kind: 'plain', word: 'Waiting', means: 'The files are made once the views of the day are final.' },
  due: { kind: 'plain', word: 'Being made', means: 'The files are being made, or are next.' },
  staged: { kind: 'warn', word: 'Ready', means: 'The files are ready, and wait to be moved to where they are kept.' },
  stale: {
    kind: 'warn',
    word: 'Older than its views',
    means: 'Views of the day have changed, but their events are not kept any more: the files stay as they are.',
  },
  failing: {
    kind: 'bad',
    word: 'Failing',
    means: 'Something has failed, and is tried again: the log of the server says more.',
  },
};

const stateDoc = Object.values(states)
  .map(({ word, means }) => `${word}: ${means}`)
  .join(' ');

const every = 60_000;
const formats: Record<File['type'], string> = { csv: 'CSV', parquet: 'Parquet', ndjson: 'NDJSON' };

/** The files of each day, with how it is with them. */
export function Days() {
  const { utc } = useScope();
  // URLs of files are good for an hour.
  const known = useAnswer(ask('/data/v1/exports/views'), { every });
  const days = useAnswer(ask('/data/v1/exports/days'), { every });
  const rows = known.data && days.data && join(days.data.data, known.data.data);
  const types = [...new Set(rows?.flatMap((row) => row.files.map((file) => file.type)))];
  const columns: Column<Row>[] = [
    { key: 'day', title: 'Day, UTC', cell: (row) => row.export_date },
    { key: 'state', title: 'State', doc: stateDoc, cell: (row) => <State of={row.state} /> },
    { key: 'views', title: 'Views', align: 'right', cell: (row) => formatCount(row.files[0]?.rows) },
    ...types.map((type) => ({
      key: type,
      title: formats[type],
      align: 'right' as const,
      cell: (row: Row) => <Download file={row.files.find((file) => file.type === type)} day={row.export_date} />,
    })),
    {
      key: 'made',
      title: 'Created',
      align: 'right',
      cell: (row) => (row.made_at ? <Ago at={row.made_at} utc={utc} /> : '–'),
    },
    {
      key: 'issue',
      title: 'Issue',
      align: 'right',
      doc: 'How often the files have been made: again, when late views changed the day.',
      cell: (row) => formatCount(row.issue),
    },
  ];
  return (
    <Panel
      title="Daily files"
      doc="Each has all views that ended in the day, in UTC, and takes the same name when it is made again. Links are good for an hour and need no token."
      known={[known, days]}
      flush
      minHeight="20rem"
    >
      <Table
        caption="Daily files"
        rows={rows}
        rowKey={(row) => row.export_date}
        columns={columns}
        loading={known.loading}
        empty={
          <Empty title="There are no files yet">
            The files of a day are made when it is over and its views are final, some hours into the next day.
          </Empty>
        }
      />
    </Panel>
  );
}

function join(days: Day[], files: RowOf<'/data/v1/exports/views'>[]): Row[] {
  const of = new Map(files.map((one) => [one.export_date, one.files]));
  return days.map((day) => ({ ...day, files: of.get(day.export_date) ?? [] }));
}

function State({ of }: { of: Day['state'] }) {
  const { kind, word, means } = states[of];
  return (
    <span title={means}>
      <Badge kind={kind}>{word}</Badge>
    </span>
  );
}

function Download({ file, day }: { file?: File; day: string }) {
  if (!file) return <>–</>;
  return (
    <a
      href={reached(file.path)}
      download
      title={`SHA-256 ${file.sha256}, version ${file.version} of the columns`}
      aria-label={`${formats[file.type]} of ${day}, ${formatBytes(file.bytes)}`}
    >
      {formatBytes(file.bytes)}
    </a>
  );
}

/** The URL of a file as this page reaches the server, which does not know of each proxy. */
function reached(path: string): string {
  const url = new URL(path);
  const own = /\/(exports\/\d+\/[^/]+)$/.exec(url.pathname);
  return own && url.searchParams.has('signature') ? new URL(own[1] + url.search, server).href : path;
}
