// Reads incidents with the API client of npm, and writes the answers as JSON to
// standard output.
//
// Usage: node incidents.mjs '{"baseURL":"http://…","id":"…","secret":"…","incident":"…"}'
import Mux from '@mux/mux-node';
import { collect, refusal, watch } from './client.mjs';

const { baseURL, id, secret, incident } = JSON.parse(process.argv[2]);
const client = new Mux({ baseURL, tokenId: id, tokenSecret: secret, maxRetries: 0 });
const watched = watch(client, 'data');
const { incidents } = client.data;

const ids = async (pages) => (await collect(pages)).map((row) => row.id);
const sorted = (order_by, order_direction) => ids(incidents.list({ order_by, order_direction, limit: 2 }));

console.log(JSON.stringify({
  all: await collect(incidents.list({ limit: 1 })),
  orders: {
    started: await sorted(undefined, 'asc'),
    negativeImpact: await sorted('negative_impact', 'desc'),
    views: await sorted('views', 'asc'),
    value: await sorted('value', 'desc'),
    field: await sorted('field', 'asc'),
  },
  filtered: {
    open: await ids(incidents.list({ status: 'open' })),
    closed: await ids(incidents.list({ status: 'closed', severity: 'alert' })),
    expired: await ids(incidents.list({ status: 'expired' })),
    warning: await ids(incidents.list({ severity: 'warning' })),
  },
  pastTheEnd: await incidents.list({ page: 9 }).then((page) => page.data),
  one: (await incidents.retrieve(incident)).data,
  related: await ids(incidents.listRelated(incident, { limit: 1, order_direction: 'desc', order_by: 'negative_impact' })),
  refusals: {
    incident: await refusal(() => incidents.retrieve('abcd1234')),
    related: await refusal(() => incidents.listRelated('abcd1234')),
    status: await refusal(() => incidents.list({ status: 'new' })),
    severity: await refusal(() => incidents.list({ severity: 'critical' })),
    order: await refusal(() => incidents.list({ order_by: 'started_at' })),
    page: await refusal(() => incidents.list({ page: 0 })),
  },
  called: [...watched.called].sort(),
}));
