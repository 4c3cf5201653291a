import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './load.mjs';

const time = await load('time.ts');

test('an instant is shown in the zone with UTC beside it', () => {
  assert.equal(time.stamp('2026-11-22T17:30:04Z', 'Europe/Kyiv'), '2026-11-22 19:30:04 EET (17:30Z)');
  assert.equal(time.stamp('2026-11-22T17:30:04Z', 'UTC'), '2026-11-22 17:30:04Z');
});

test('a span shows no more than is known', () => {
  const at = (earliest, latest, precision) => time.span({ earliest, latest, precision }, 'Europe/Kyiv');
  assert.equal(at('2026-04-10T21:00:00Z', '2026-04-11T20:59:59Z', 'day'), '04-11');
  assert.equal(at('2026-04-11T16:12:00Z', '2026-04-11T16:19:00Z', 'minute'), '04-11 19:12–19:19');
  assert.equal(at('2026-04-11T16:12:00Z', '2026-04-11T16:12:30Z', 'minute'), '04-11 19:12');
  assert.equal(at('2026-04-11T20:00:00Z', '2026-04-12T02:00:00Z', 'part of a day'), '04-11 23:00–04-12 05:00');
});

test('what was written in a zone is read back in it, on both sides of a clock change', () => {
  for (const iso of ['2026-03-29T00:30:00Z', '2026-03-29T01:30:00Z', '2026-10-25T03:00:00Z', '2026-07-01T12:00:00Z']) {
    assert.equal(time.instant(time.minute(iso, 'Europe/Kyiv'), 'Europe/Kyiv'), iso);
  }
  assert.equal(time.instant('2026-07-01', 'Europe/Kyiv'), '2026-06-30T21:00:00Z');
  assert.equal(time.instant('yesterday', 'UTC'), null);
  assert.equal(time.instant('2026-13-45 10:00', 'UTC'), null);
});

test('lengths of time stay short', () => {
  const shown = [41_000, 432_000, 23_340_000, 110_000_000].map((ms) => time.duration(ms, { s: 's', min: 'min', h: 'h', d: 'd' }));
  assert.deepEqual(shown, ['41 s', '7 min 12', '6 h 29', '1 d 06 h']);
});

test('nights at the equator are half of the time', () => {
  const day = 86_400_000;
  const from = Date.parse('2026-03-20T12:00:00Z');
  const dark = time.nights(from, from + 2 * day, 0, 0).reduce((sum, [a, b]) => sum + b - a, 0);
  assert.ok(Math.abs(dark / (2 * day) - 0.5) < 0.02, `${dark / (2 * day)}`);
  assert.equal(time.nights(Date.parse('2026-06-21T00:00:00Z'), Date.parse('2026-06-22T00:00:00Z'), 20, 80).length, 0);
});
