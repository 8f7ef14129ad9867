import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathOf, pathText } from '../src/app/path';

test('paths come back from URLs as they were, whatever is in an id', () => {
  for (const id of ['018f-7a', 'a b', 'a?b#c', '100%', 'été:1', '%2e%2e', "it's"]) {
    const text = pathText(`views/${id}`);
    const url = new URL(`/ui/${text}?range=1:hours`, 'http://127.0.0.1/');
    assert.equal(url.search, '?range=1:hours', id);
    assert.equal(pathOf(url.pathname.slice('/ui/'.length)), `views/${id}`);
  }
});

test('no id leads out of the dashboard', () => {
  for (const id of ['..', '.', '../..', '...']) {
    const url = new URL(`/ui/${pathText(`views/${id}`)}`, 'http://127.0.0.1/');
    assert.ok(url.pathname.startsWith('/ui/views/'), `${id}: ${url.pathname}`);
  }
  assert.equal(pathOf('views/%E0%A4%A'), 'views/%E0%A4%A');
});
