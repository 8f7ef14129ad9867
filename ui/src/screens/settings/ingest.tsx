import { ask } from '../../api/client';
import { useAnswer } from '../../api/use';
import { formatBytes, formatCount, formatDuration, none } from '../../format/format';
import { formatTime } from '../../format/time';
import { Chart } from '../../kit/chart';
import { Panel } from '../../kit/panel';
import { Empty } from '../../kit/states';
import { Table } from '../../kit/table';
import { Tile, Tiles } from '../../kit/tile';
import { Ago, Time } from '../../kit/time';
import { useScope } from '../../state/scope';
import type { IngestData } from './arriving';
import { reasons } from './reasons';

type Minute = IngestData['minutes'][number];
const question = ask('/system/v1/ingest');

const sum = (list: { beacons: number }[]) => list.reduce((all, one) => all + one.beacons, 0);

/** How beacons come in, and what becomes of them. */
export function Ingest() {
  const { utc } = useScope();
  const known = useAnswer(question, { every: 5_000 });
  const data = known.data?.data;
  // The last minute is not over: beside the others it would look as if fewer came.
  const minutes = data?.minutes.slice(0, -1) ?? [];
  // Of the time before the start nothing is known.
  const since = Date.parse(data?.since ?? '');
  return (
    <>
      <Summary data={data} minutes={minutes} error={known.error} />
      <div class="grid-2">
        <Rate
          title="Beacons per minute"
          known={known}
          minutes={minutes}
          utc={utc}
          since={since}
          lines={[['Stored', 1, (m) => m.beacons]]}
        />
        <Rate
          title="Dropped and refused per minute"
          known={known}
          minutes={minutes}
          utc={utc}
          since={since}
          lines={[
            ['Dropped', 4, (m) => sum(m.dropped)],
            ['Refused', 2, (m) => sum(m.refused)],
          ]}
        />
      </div>
      <div class="grid-2">
        <Reasons data={data} known={known} />
        <Panel
          title="SDKs of the last 24 hours"
          doc="Of the views of this environment that ended in the last 24 hours."
          flush
          known={known}
        >
          <Table
            caption="SDKs of the last 24 hours"
            rows={data?.sdks}
            rowKey={(one) => `${one.name} ${one.version}`}
            empty={<Empty title="No view has ended">in the last 24 hours.</Empty>}
            columns={[
              { key: 'name', title: 'SDK', wraps: true, cell: (one) => one.name ?? 'not known' },
              { key: 'version', title: 'Version', cell: (one) => one.version ?? none },
              { key: 'views', title: 'Views', align: 'right', cell: (one) => formatCount(one.views) },
              { key: 'last', title: 'Last view', cell: (one) => <Ago at={one.last_view_end} utc={utc} /> },
            ]}
          />
        </Panel>
      </div>
      <Panel title="Environments" flush known={known}>
        <Table
          caption="What came for each environment"
          rows={data?.environments}
          rowKey={(one) => one.id}
          columns={[
            { key: 'name', title: 'Environment', wraps: true, cell: (one) => one.name },
            { key: 'key', title: 'Key', cell: (one) => <code class="settings-key">{one.env_key}</code> },
            {
              key: 'last',
              title: 'Last beacon',
              cell: (one) => (one.last_beacon_at ? <Ago at={one.last_beacon_at} utc={utc} /> : none),
            },
            {
              key: 'minute',
              title: 'Last minute',
              align: 'right',
              cell: (one) => formatCount(one.last_minute.beacons),
            },
            { key: 'hour', title: 'Last hour', align: 'right', cell: (one) => formatCount(one.last_hour.beacons) },
            { key: 'events', title: 'Events', align: 'right', cell: (one) => formatCount(one.last_hour.events) },
            { key: 'total', title: 'Since the start', align: 'right', cell: (one) => formatCount(one.total.beacons) },
          ]}
        />
      </Panel>
      <Panel
        title="Unknown keys"
        doc="Keys that players sent and no environment has. What comes with them is dropped."
        flush
        known={known}
      >
        <Table
          caption="Unknown keys"
          rows={data?.unknown_keys}
          rowKey={(one) => one.env_key}
          empty={<Empty title="None since the start" />}
          columns={[
            { key: 'key', title: 'Key', cell: (one) => <code class="settings-key">{one.env_key}</code> },
            { key: 'told', title: 'Told by', cell: (one) => (one.told ? 'events' : 'header or host name') },
            { key: 'events', title: 'Events', align: 'right', cell: (one) => formatCount(one.events) },
            { key: 'first', title: 'First', cell: (one) => <Time at={one.first_seen_at} utc={utc} /> },
            { key: 'last', title: 'Last', cell: (one) => <Ago at={one.last_seen_at} utc={utc} /> },
          ]}
        />
        {data && data.unknown_other_events > 0 && (
          <p class="settings-note">{formatCount(data.unknown_other_events)} events had further unknown keys.</p>
        )}
      </Panel>
    </>
  );
}

function Summary({ data, minutes, error }: { data?: IngestData; minutes: Minute[]; error?: Error }) {
  const { utc } = useScope();
  const last = minutes.at(-1);
  const hour = data?.minutes ?? [];
  const dropped = hour.reduce((all, one) => all + sum(one.dropped), 0);
  const refused = hour.reduce((all, one) => all + sum(one.refused), 0);
  // Also of beacons of which the rest was stored, which are not among those that are dropped.
  const lost = hour.reduce((all, one) => all + one.lost_events, 0);
  const common = { loading: !data && !error, error: data ? undefined : error, question };
  const foot = (text: string) => <span class="settings-foot">{text}</span>;
  const oldest = data?.journal.oldest_at;
  return (
    <Tiles label="Ingest">
      <Tile
        title="Beacons"
        value={formatCount(last?.beacons)}
        unit="/min"
        change={foot(`${formatCount(last?.events)} events`)}
        {...common}
      />
      <Tile
        title="Dropped"
        value={formatCount(dropped)}
        change={foot(
          lost ? `in the last hour; ${formatCount(lost)} ${lost === 1 ? 'event' : 'events'} lost` : 'in the last hour',
        )}
        doc="Beacons answered with 200, as they would come again for ever. Events lost are those of beacons, also of stored ones, that no environment has or that cannot be read."
        {...common}
      />
      <Tile
        title="Refused"
        value={formatCount(refused)}
        change={foot('in the last hour')}
        doc="Answered with 503: players keep them and send them again."
        {...common}
      />
      <Tile
        title="Views lag behind"
        value={data ? (data.views.behind_records ? formatDuration(data.views.behind_seconds * 1000) : '0 s') : none}
        change={foot(`${formatCount(data?.views.behind_records)} records`)}
        doc="How old what was folded last is, if anything waits in the journal."
        {...common}
      />
      <Tile
        title="Open views"
        value={formatCount(data?.views.open)}
        change={foot(`${formatCount(data?.views.in_progress)} in progress`)}
        doc="What comes for them still counts. In progress are those that are not complete."
        {...common}
      />
      <Tile
        title="Journal"
        value={formatBytes(data?.journal.bytes)}
        change={foot(oldest ? `since ${formatTime(Date.parse(oldest), utc)}` : 'empty')}
        doc="The beacons as they came, which views can be computed from again."
        {...common}
      />
    </Tiles>
  );
}

type Line = [name: string, color: 1 | 2 | 4, of: (minute: Minute) => number];

function Rate({
  title,
  known,
  minutes,
  utc,
  since,
  lines,
}: {
  title: string;
  known: ReturnType<typeof useAnswer<unknown>>;
  minutes: Minute[];
  utc: boolean;
  since: number;
  lines: Line[];
}) {
  const times = minutes.map((one) => Date.parse(one.at) / 1000);
  return (
    <Panel
      title={title}
      known={known}
      minHeight="11.875rem"
      table={() => ({
        columns: ['Minute', ...lines.map(([name]) => name)],
        rows: minutes.map((one, i) => [
          formatTime((times[i] as number) * 1000, utc),
          ...lines.map(([, , of]) => of(one)),
        ]),
      })}
    >
      <Chart
        label={title}
        times={times}
        utc={utc}
        height={170}
        zero
        sync="ingest"
        format={(value) => (Number.isInteger(value) ? formatCount(value) : '')}
        series={lines.map(([name, color, of]) => ({
          name,
          color,
          values: minutes.map((m) => (Date.parse(m.at) + 60_000 > since ? of(m) : null)),
        }))}
      />
    </Panel>
  );
}

function Reasons({ data, known }: { data?: IngestData; known: ReturnType<typeof useAnswer<unknown>> }) {
  const hour = new Map<string, number>();
  for (const minute of data?.minutes ?? []) {
    for (const one of [...minute.dropped, ...minute.refused])
      hour.set(one.reason, (hour.get(one.reason) ?? 0) + one.beacons);
  }
  const rows = [...(data?.total.dropped ?? []), ...(data?.total.refused ?? [])];
  return (
    <Panel title="Reasons" doc="Why beacons were dropped or refused since the server was started." flush known={known}>
      <Table
        caption="Why beacons were dropped or refused"
        rows={rows}
        rowKey={(one) => one.reason}
        empty={<Empty title="Nothing was dropped or refused">since the server was started.</Empty>}
        columns={[
          { key: 'reason', title: 'Reason', cell: (one) => <Reason id={one.reason} /> },
          { key: 'hour', title: 'Last hour', align: 'right', cell: (one) => formatCount(hour.get(one.reason) ?? 0) },
          { key: 'total', title: 'Since the start', align: 'right', cell: (one) => formatCount(one.beacons) },
        ]}
      />
    </Panel>
  );
}

function Reason({ id }: { id: string }) {
  const words = reasons[id];
  return (
    <span class="settings-reason">
      {words?.title ?? id}
      {words && <span class="settings-help">{words.text}</span>}
    </span>
  );
}
