import type { ComponentChildren } from 'preact';
import { usePlace } from '../../app/router';
import { formatCount, formatDuration } from '../../format/format';
import { Emphasis, plainText } from '../../kit/emphasis';
import { Table } from '../../kit/table';
import { Time } from '../../kit/time';
import { useCatalog } from '../../state/catalog';
import { link, useScope } from '../../state/scope';
import { endOf, type Incident, quantity, thresholdOf, typeOf } from './quantity';
import { Severity, State } from './state';

interface Props {
  caption: string;
  rows: Incident[] | undefined;
  loading?: boolean;
  expected?: number;
  empty?: ComponentChildren;
}

/** Incidents, one a row; each row leads to its incident. */
export function IncidentTable({ caption, rows, loading, expected, empty }: Props) {
  const place = usePlace();
  const catalog = useCatalog();
  const { utc } = useScope();
  return (
    <Table
      caption={caption}
      rows={rows}
      rowKey={(one) => one.id}
      href={(one) => link(place, `incidents/${one.id}`)}
      loading={loading}
      expected={expected}
      empty={empty}
      columns={[
        {
          key: 'what',
          title: 'What',
          wide: true,
          cell: (one) => (
            <span class="incidents-what" title={plainText(one.description)}>
              <Emphasis text={one.description} />
            </span>
          ),
        },
        {
          key: 'status',
          title: 'State',
          cell: (one) => (
            <span class="incident-badges">
              <State incident={one} />
              <Severity severity={one.severity} />
            </span>
          ),
        },
        { key: 'since', title: 'Since', cell: (one) => <Time at={one.started_at} utc={utc} /> },
        {
          key: 'lasted',
          title: 'Lasted',
          align: 'right',
          cell: (one) => formatDuration(endOf(one, Date.now()) - Date.parse(one.started_at)),
        },
        {
          key: 'value',
          title: 'At worst',
          align: 'right',
          doc: 'The worst value since it began, and which side of the threshold is wrong.',
          cell: (one) => (
            <>
              {quantity(one.peak_value, typeOf(one, catalog))} <span class="soft">({thresholdOf(one, catalog)})</span>
            </>
          ),
        },
        {
          key: 'affected',
          title: 'Affected',
          align: 'right',
          doc: 'Views that had it since it began, and how many of them in an hour.',
          cell: (one) => (
            <span title={plainText(one.impact)}>
              {formatCount(one.affected_views)}{' '}
              <span class="soft">· {formatCount(one.affected_views_per_hour)} an hour</span>
            </span>
          ),
        },
      ]}
    />
  );
}
