import './page';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { catalogOf, type Dimension, type Tables, valueText } from '../src/state/catalog';
import { filterText, parseFilter } from '../src/state/filter';

test('values are what people call them', () => {
  assert.equal(valueText('country', 'DE'), 'Germany');
  assert.equal(valueText('country', 'XQ'), 'XQ');
  assert.equal(valueText('country', 'no code'), 'no code');
  assert.equal(valueText('continent', 'EU'), 'Europe');
  assert.equal(valueText('language', 'pt-BR'), 'Brazilian Portuguese');
  assert.equal(valueText('flag', 'true'), 'yes');
  assert.equal(valueText('text', 'true'), 'true');
  for (const none of [null, undefined, '']) assert.equal(valueText('country', none), 'not known');
});

test('what the catalogue does not have goes by its id', () => {
  const dimension = { name: 'a', title: 'A', format: 'country' } as Dimension;
  const catalog = catalogOf({
    metrics: [{ id: 'm', aliases: ['old'], title: 'M' }],
    dimensions: [dimension],
    realtime_metrics: [],
  } as unknown as Tables);
  assert.equal(catalog.metric('m').title, 'M');
  assert.equal(catalog.metric('old').title, 'M');
  assert.equal(catalog.metric('x').title, 'x');
  assert.equal(catalog.realtimeMetric('x').title, 'x');
  assert.equal(catalog.dimension('a').title, 'A');
  assert.equal(catalog.dimension('x').title, 'x');
  assert.equal(catalog.value('a', 'FR'), 'France');
});

test('filters are read as the API reads them', () => {
  for (const [text, want] of [
    ['a:b', { op: 'is', dimension: 'a', value: 'b' }],
    ['!a:b', { op: 'not', dimension: 'a', value: 'b' }],
    ['+a:b', { op: 'has', dimension: 'a', value: 'b' }],
    ['-a:b', { op: 'lacks', dimension: 'a', value: 'b' }],
    ['a:', { op: 'is', dimension: 'a', value: '' }],
    ['a:http://x', { op: 'is', dimension: 'a', value: 'http://x' }],
  ] as const) {
    assert.deepEqual(parseFilter(text), want);
    assert.equal(filterText(want), text);
  }
  for (const text of ['', 'a', ':b', '!:b']) assert.equal(parseFilter(text), undefined, text);
});
