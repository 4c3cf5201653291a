import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './load.mjs';

const { members, readPlace, writePlace } = await load('state/place.ts');

test('an address is read and written back as it was', () => {
  for (const [search, hash] of [
    ['', ''],
    ['?from=2026-03-02T06:00:00Z&act=shelling,missile&open=INC-1', ''],
    ['?screen=agreement&rule=3.1', '#art_3__para_1'],
    ['?q=a+b%26c&view=table', ''],
    ['?screen=guarantees&open=a-24h%2Fsent%2Fd1&by=due&at=2026-03-03T12:00:00Z', ''],
    ['?screen=mission&tab=hubs&at=2026-03-03T12:00:00Z', ''],
    ['?screen=audit&open=7&pane=verify&kind=effort&before=100', ''],
  ]) {
    assert.equal(writePlace(readPlace(search, hash)), search + hash);
  }
});

test('what an address does not know is left out, never followed', () => {
  const place = readPlace('?screen=<script>&view=3d&colour=red', '');
  assert.deepEqual([place.screen, place.view, writePlace(place)], ['situation', 'map', '']);
});

test('an empty list has no members', () => {
  assert.deepEqual([members(''), members('a'), members('a,b')], [[], ['a'], ['a', 'b']]);
});
