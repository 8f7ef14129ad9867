import './page';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Incident, thresholdOf } from '../src/screens/incidents/quantity';
import { whomInWords } from '../src/screens/rules/draft';
import { stepsOf } from '../src/screens/rules/firings';
import { catalogOf, type Tables } from '../src/state/catalog';

const catalog = catalogOf({
  metrics: [],
  dimensions: [
    { name: 'a', title: 'Land', format: 'country' },
    { name: 'b', title: 'Way', format: 'text' },
  ],
  realtime_metrics: [
    { id: 'share', title: 'Share', type: 'percentage' },
    { id: 'many', title: 'Many', type: 'number' },
  ],
} as unknown as Tables);

test('whom a rule is about: any of the values of a dimension, and all of the dimensions', () => {
  assert.equal(whomInWords([], catalog), 'all viewers');
  assert.equal(
    whomInWords(['a:US', '!b:x', 'a:DE', '!b:y', 'b:'], catalog),
    'Land is United States or Germany, Way is not x or y, Way is not known',
  );
});

test('a threshold says which side of it is wrong', () => {
  const incident = (threshold: number, rule?: object) => ({ threshold, rule: rule ?? null }) as Incident;
  assert.equal(thresholdOf(incident(5), catalog), 'above 5%');
  assert.equal(thresholdOf(incident(5, { metric: 'share', direction: 'above' }), catalog), 'above 5%');
  assert.equal(thresholdOf(incident(500, { metric: 'many', direction: 'below' }), catalog), 'below 500');
});

test('how long incidents lasted is shown of all or of none', () => {
  const at = (hours: number) => new Date(Date.UTC(2026, 0, 1, hours)).toISOString();
  const tested = (fired: number) =>
    stepsOf({
      from: at(0),
      to: at(40),
      fired,
      incidents: Array.from({ length: fired }, (_, i) => ({ started_at: at(i), resolved_at: at(i + 1) })) as never,
    });
  const few = tested(20);
  assert.deepEqual([few.values.slice(0, 21), few.bands.length], [[...Array(20).fill(1), 0], 20]);
  assert.deepEqual(tested(21).bands, []);
});
