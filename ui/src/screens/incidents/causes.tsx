import { usePlace } from '../../app/router';
import { formatCount, formatShare } from '../../format/format';
import { Bar } from '../../kit/bar';
import { Panel } from '../../kit/panel';
import { Empty } from '../../kit/states';
import { Table } from '../../kit/table';
import { link } from '../../state/scope';
import type { Incident } from './quantity';
import { Segment } from './segment';

/** What explains an incident: the viewers who make up what is more than usual. */
export function Causes({ incident }: { incident: Incident }) {
  const place = usePlace();
  return (
    <Panel title="Causes" doc="The viewers who make up what is more than usual, the best explanation first." flush>
      <Table
        caption="Causes"
        rows={incident.causes}
        rowKey={(cause) => JSON.stringify(cause.breakdowns)}
        empty={
          <Empty title="No cause is known">
            No part of the viewers clearly stands out, or it has not been looked for yet.
          </Empty>
        }
        columns={[
          {
            key: 'who',
            title: 'Who',
            wide: true,
            cell: (cause) => <Segment incident={incident} values={cause.breakdowns} />,
          },
          {
            key: 'share',
            title: 'Share',
            align: 'right',
            doc: 'How much of what is more than usual they make up.',
            cell: (cause) => (
              <span class="cause-share">
                <Bar share={cause.share} />
                {formatShare(cause.share)}
              </span>
            ),
          },
          {
            key: 'rate',
            title: 'Affected',
            align: 'right',
            doc: 'The share of these views that were affected, and the share that usually are.',
            cell: (cause) => (
              <>
                {formatShare(cause.rate)} <span class="soft">usually {formatShare(cause.expected)}</span>
              </>
            ),
          },
          {
            key: 'views',
            title: 'Views',
            align: 'right',
            cell: (cause) => (
              <>
                {formatCount(cause.affected)} <span class="soft">of {formatCount(cause.views)}</span>
              </>
            ),
          },
          {
            key: 'chance',
            title: 'By chance',
            align: 'right',
            doc: 'At most how often chance alone explains as much.',
            cell: (cause) => (cause.p_value < 1e-6 ? '< 0.0001%' : formatShare(cause.p_value)),
          },
          {
            key: 'samples',
            title: 'Views to look at',
            cell: (cause) => (
              <span class="cause-views">
                {cause.view_ids.map((id, i) => (
                  <a key={id} href={link(place, `views/${id}`)} aria-label={`Affected view ${i + 1}`}>
                    {i + 1}
                  </a>
                ))}
              </span>
            ),
          },
        ]}
      />
    </Panel>
  );
}
