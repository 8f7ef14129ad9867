import { usePlace } from '../../app/router';
import { formatCount, formatWhole } from '../../format/format';
import { Select } from '../../kit/form';
import { Panel } from '../../kit/panel';
import { Empty } from '../../kit/states';
import { type Column, Table } from '../../kit/table';
import { type RealtimeMetric, useCatalog } from '../../state/catalog';
import { withFilter } from '../../state/filter';
import { link, useParam, useScope } from '../../state/scope';
import { type Group, numberOf } from './history';
import type { Live } from './live';

/** An event tells of no more. */
const mostGroups = 100;

interface BreakdownProps {
  live: Live;
  metric: RealtimeMetric;
  /** The dimension, and what is called with another one. */
  by: string;
  onBy: (dimension: string) => void;
}

/** The newest tick by the values of a dimension. Each leads to the same screen of its viewers alone. */
export function Breakdown({ live, metric, by, onBy }: BreakdownProps) {
  const catalog = useCatalog();
  const place = usePlace();
  const scope = useScope();
  const [order, setOrder] = useParam('order', 'viewers:desc');
  const [key, direction] = order.split(':') as [string, 'asc' | 'desc'];
  const groups = live.history?.groups;
  const own = Object.fromEntries(['metric', 'by', 'order'].map((name) => [name, place.params.get(name) ?? '']));

  const name = (group: Group) =>
    group.display_value && group.display_value !== group.value ? group.display_value : catalog.value(by, group.value);
  // Where shares are of the attempts to start, these are told instead of who is starting now.
  const ofAttempts = metric.of === 'start_attempts';
  const starting = (group: Group) => (ofAttempts ? group.start_attempts : group.starting_up_viewers);
  const columns: (Column<Group> | false)[] = [
    { key: 'name', title: catalog.dimension(by).title, wide: true, sort: true, cell: name },
    // A metric that counts the viewers themselves would say the same twice.
    metric.of !== null && {
      key: 'value',
      title: 'Value',
      align: 'right',
      sort: true,
      cell: (group) => formatWhole(numberOf(group, metric.id), metric.type),
    },
    {
      key: 'viewers',
      title: 'Viewers',
      align: 'right',
      sort: true,
      cell: (group) => formatCount(group.concurrent_viewers),
    },
    {
      key: 'starting',
      title: ofAttempts ? 'Attempts' : 'Starting',
      align: 'right',
      sort: true,
      cell: (group) => formatCount(starting(group)),
    },
  ];
  const size: Record<string, (group: Group) => number | string | null> = {
    name,
    value: (group) => numberOf(group, metric.id),
    viewers: (group) => group.concurrent_viewers,
    starting,
  };
  return (
    <Panel
      title="Breakdown"
      actions={
        <span class="realtime-by">
          <Select
            label="by"
            value={by}
            onChange={onBy}
            options={catalog.realtime_dimensions.map((one) => ({ value: one.name, label: one.title }))}
          />
        </span>
      }
      question={live.question}
      minHeight="17.75rem"
      flush
    >
      <div class="realtime-groups">
        <Table
          caption={`${metric.title} by ${catalog.dimension(by).title}`}
          columns={columns.filter((one) => one !== false)}
          rows={groups && sorted(groups, size[key] ?? name, direction)}
          rowKey={(group) => group.value ?? ''}
          href={(group) =>
            link(place, 'realtime', own, {
              filters: withFilter(scope.filters, by, group.value),
            })
          }
          sort={{ key, direction, onSort: (key, direction) => setOrder(`${key}:${direction}`, { replace: true }) }}
          empty={<Empty title="Nobody is watching" />}
          expected={4}
        />
        {groups && groups.length >= mostGroups && (
          <p class="realtime-note realtime-most">The {groups.length} with the most viewers: there may be others.</p>
        )}
      </div>
    </Panel>
  );
}

/** Rows by what is asked of each; those of which it is not known come last. */
function sorted(groups: Group[], of: (group: Group) => number | string | null, direction: 'asc' | 'desc'): Group[] {
  const sign = direction === 'asc' ? 1 : -1;
  return groups.toSorted((a, b) => {
    const [x, y] = [of(a), of(b)];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    return typeof x === 'string' ? sign * x.localeCompare(String(y)) : sign * (x - Number(y));
  });
}
