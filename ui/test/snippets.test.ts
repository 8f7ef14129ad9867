import assert from 'node:assert/strict';
import { test } from 'node:test';
import { domainOf, obstacles, snippets } from '../src/screens/settings/snippets';

test('a domain is what players want: no scheme, and no slash at its end', () => {
  assert.equal(domainOf('https://in.example.com/'), 'in.example.com');
  assert.equal(domainOf('http://localhost:8080'), 'localhost:8080');
  assert.equal(domainOf('https://example.com/playhead/'), 'example.com/playhead');
});

test('what keeps players from reaching a URL is told', () => {
  const found = (url: string) => obstacles(url).map((text) => text.split(/[ .:]/, 4).slice(0, 2).join(' '));
  assert.deepEqual(found('https://in.example.com'), []);
  assert.deepEqual(found('https://in.example.com:8443'), ['Apps for']);
  assert.deepEqual(found('https://example.com/playhead'), ['Apps for']);
  assert.deepEqual(found('http://10.0.0.7:8080'), ['Players send', 'Apps for']);
  assert.deepEqual(found('http://127.0.0.1:8080'), ['Players send', 'Apps for']);
  assert.match(obstacles('http://127.0.0.1:8080').join(), /web players can send to localhost:8080/);
  assert.deepEqual(found('http://localhost:8080'), ['Web players', 'Apps for']);
});

test('every snippet has the key, and the domain as its SDK wants it', () => {
  const list = snippets({ key: 'key-1', domain: 'in.example.com', url: 'https://in.example.com' });
  for (const { id, code } of list) {
    assert.ok(code.includes('key-1'), id);
    assert.ok(code.includes(id === 'curl' ? "'https://in.example.com'" : '"in.example.com"'), `${id}: ${code}`);
  }
  assert.equal(new Set(list.map((one) => one.id)).size, list.length);
});

test('what is to be installed can be found: the SDK of Android is in a repository of its own', () => {
  const list = snippets({ key: 'key-1', domain: 'in.example.com', url: 'https://in.example.com' });
  const android = list.find((one) => one.id === 'android')?.install ?? '';
  // As https://github.com/muxinc/mux-stats-sdk-media3 says.
  assert.match(
    android,
    /maven \{ url = uri\("https:\/\/muxinc\.jfrog\.io\/artifactory\/default-maven-release-local"\) \}/,
  );
});
