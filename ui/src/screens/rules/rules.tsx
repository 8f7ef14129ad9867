import './rules.css';
import { ask } from '../../api/client';
import { useAnswer } from '../../api/use';
import { usePlace } from '../../app/router';
import { useMay } from '../../app/session';
import { Badge } from '../../kit/badge';
import { ReadOnly } from '../../kit/may';
import { Pager, useLastPage, usePage } from '../../kit/pager';
import { Panel } from '../../kit/panel';
import { Empty } from '../../kit/states';
import { Table } from '../../kit/table';
import { Time } from '../../kit/time';
import { useCatalog } from '../../state/catalog';
import { link, useScope } from '../../state/scope';
import { Severity } from '../incidents/state';
import { inWords, whomInWords } from './draft';

const limit = 50;

/** The rules that open incidents. */
export function Rules() {
  const place = usePlace();
  const catalog = useCatalog();
  const { utc } = useScope();
  const may = useMay('data:write');
  const [page, setPage] = usePage();
  const known = useAnswer(ask('/data/v1/alert-rules', { query: { limit, page } }));
  useLastPage(page, limit, known, setPage);
  return (
    <div class="screen">
      <h1>Rules</h1>
      <div class="rules-head">
        <p class="soft">
          A rule opens an incident when a real-time metric is beyond a threshold for some time. Failures that stand out
          are found without any. <a href={link(place, 'incidents')}>Incidents</a>
        </p>
        {may && (
          <a class="button button-primary" href={link(place, 'rules/new')}>
            New rule
          </a>
        )}
      </div>
      <ReadOnly permission="data:write" what="make or change rules" />
      <Panel
        title="Rules"
        known={known.error ? known : []}
        question={known.question}
        minHeight="6rem"
        flush
        actions={<Pager page={page} limit={limit} total={known.data?.total_row_count ?? 0} onPage={setPage} />}
      >
        <Table
          caption="Rules"
          rows={known.data?.data}
          loading={known.loading}
          rowKey={(rule) => rule.id}
          href={(rule) => link(place, `rules/${rule.id}`)}
          empty={<Empty title="No rules">Incidents are those of failures that stand out.</Empty>}
          columns={[
            { key: 'name', title: 'Name', wraps: true, cell: (rule) => <b class="rules-name">{rule.name}</b> },
            {
              key: 'when',
              title: 'When',
              wide: true,
              cell: (rule) => (
                <span class="rules-when">
                  {inWords(rule, catalog)} <span class="soft">· {whomInWords(rule.filters, catalog)}</span>
                </span>
              ),
            },
            { key: 'severity', title: 'Severity', cell: (rule) => <Severity severity={rule.severity} /> },
            {
              key: 'enabled',
              title: 'State',
              cell: (rule) => <Badge kind={rule.enabled ? 'good' : 'plain'}>{rule.enabled ? 'on' : 'off'}</Badge>,
            },
            { key: 'edited', title: 'Edited', cell: (rule) => <Time at={rule.updated_at} utc={utc} /> },
          ]}
        />
      </Panel>
    </div>
  );
}
