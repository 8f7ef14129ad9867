import './exports.css';
import { useState } from 'preact/hooks';
import { ask, type RowOf } from '../../api/client';
import { useAnswer } from '../../api/use';
import { useMay } from '../../app/session';
import { formatCount, formatDuration } from '../../format/format';
import { Badge } from '../../kit/badge';
import { Button } from '../../kit/button';
import { ReadOnly } from '../../kit/may';
import { Menu } from '../../kit/menu';
import { Panel } from '../../kit/panel';
import { Empty } from '../../kit/states';
import { type Column, Table } from '../../kit/table';
import { Ago } from '../../kit/time';
import { useScope } from '../../state/scope';
import { type Act, StreamDialog } from './streamdialogs';

export type Stream = RowOf<'/data/v1/exports/streams'>;

export const contents: Record<Stream['content'], string> = {
  video_views: 'Views',
  monitoring_samples: 'Samples',
};

/** Where views and samples are sent as they become known, and how far that has come. */
export function Streams() {
  const { utc } = useScope();
  const may = useMay('system:write');
  const [act, setAct] = useState<Act>();
  const known = useAnswer(ask('/data/v1/exports/streams', { query: { limit: 1000 } }), { every: 5_000 });
  const columns: Column<Stream>[] = [
    {
      key: 'name',
      title: 'Name',
      wraps: true,
      cell: (stream) => stream.name,
    },
    {
      key: 'content',
      title: 'What',
      cell: (stream) => `${contents[stream.content]}, ${stream.format === 'json' ? 'JSON' : 'Protobuf'}`,
    },
    {
      key: 'target',
      title: 'To',
      wide: true,
      cell: (stream) => (
        <span title={stream.target}>{stream.topic ? `${stream.topic} at ${stream.target}` : stream.target}</span>
      ),
    },
    { key: 'state', title: 'State', cell: (stream) => <State stream={stream} /> },
    {
      key: 'lag',
      title: 'Behind',
      align: 'right',
      doc: 'For how long what is not sent yet has been there to be sent.',
      cell: (stream) => (stream.lag_seconds ? formatDuration(stream.lag_seconds * 1000) : '–'),
    },
    {
      key: 'delivered',
      title: 'Delivered',
      align: 'right',
      doc: 'Messages that the receiver has taken; one that was sent again counts again.',
      cell: (stream) => formatCount(stream.delivered),
    },
    {
      key: 'at',
      title: 'Last',
      align: 'right',
      cell: (stream) => (stream.delivered_at ? <Ago at={stream.delivered_at} utc={utc} /> : '–'),
    },
  ];
  if (may) {
    columns.push({
      key: 'do',
      title: '',
      align: 'right',
      cell: (stream) => (
        <Menu
          label={`Actions for ${stream.name}`}
          items={[
            { title: 'Edit', onPick: () => setAct({ what: 'edit', stream }) },
            { title: 'Test', onPick: () => setAct({ what: 'test', stream }) },
            ...(stream.kind === 'http'
              ? [{ title: 'Rotate the secret', onPick: () => setAct({ what: 'rotate', stream }) }]
              : []),
            { title: 'Delete', danger: true, onPick: () => setAct({ what: 'delete', stream }) },
          ]}
        />
      ),
    });
  }
  const create = may && (
    <Button kind="primary" onClick={() => setAct({ what: 'create' })}>
      New stream
    </Button>
  );
  return (
    <>
      <Panel
        title="Streams"
        doc="Each complete view with its events, or what each viewer did in 30 seconds, as messages to a URL or a topic of Kafka, seconds after it is known."
        known={known}
        actions={create}
        minHeight="12rem"
        flush
      >
        <Table
          caption="Streams"
          rows={known.data?.data}
          rowKey={(stream) => stream.id}
          columns={columns}
          empty={<Empty title="No streams">A stream sends each view on once it is complete.</Empty>}
        />
        <ReadOnly permission="system:write" what="make or change streams" />
      </Panel>
      {act && <StreamDialog act={act} next={setAct} changed={known.reload} />}
    </>
  );
}

function State({ stream }: { stream: Stream }) {
  if (!stream.enabled) return <Badge>Disabled</Badge>;
  if (stream.failures > 0) {
    return (
      <span title={`${stream.failures} attempts have failed since the last delivery: ${stream.error}`}>
        <Badge kind="bad">Failing</Badge> <span class="exports-error">{stream.error}</span>
      </span>
    );
  }
  if (stream.lag_seconds === null) return <Badge kind="warn">Not sent</Badge>;
  return stream.lag_seconds === 0 ? <Badge kind="good">Up to date</Badge> : <Badge kind="good">Sending</Badge>;
}
