import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './load.mjs';

const geometry = await load('geometry.ts');

test('a disc is closed and as wide as its radius says', () => {
  const ring = geometry.disc(30, 50, 1000);
  assert.deepEqual(ring[0], ring.at(-1));
  const height_m = (Math.max(...ring.map((p) => p[1])) - Math.min(...ring.map((p) => p[1]))) * 111_320;
  assert.ok(Math.abs(height_m - 2000) < 1, `${height_m}`);
});

test('a wedge lies between its ranges, within its error, and is closed', () => {
  const ring = geometry.wedge(22.5, 11.25, 2000, 4000);
  assert.deepEqual(ring[0], ring.at(-1));
  for (const [east, north] of ring) {
    const range = Math.hypot(east, north);
    const bearing = (Math.atan2(east, north) * 180) / Math.PI;
    assert.ok(range > 1999 && range < 4001, `${range} m`);
    assert.ok(bearing > 11.2 && bearing < 33.8, `${bearing} degrees`);
  }
  assert.ok(geometry.wedge(0, 10, 0, 1000).some(([east, north]) => east === 0 && north === 0), 'it begins at the post');
});

test('an ellipse points where it says', () => {
  const edge = geometry.ellipse(3000, 500, 90);
  assert.deepEqual(edge[0], edge.at(-1));
  assert.ok(Math.abs(Math.max(...edge.map(([east]) => east)) - 3000) < 1);
  assert.ok(Math.abs(Math.max(...edge.map(([, north]) => north)) - 500) < 1);
});

test('what is laid around a position is as far from it as it was', () => {
  const [[lon, lat]] = geometry.around(30, 48, [[3000, -4000]]);
  const [east, north] = geometry.offset(lon, lat, 30, 48);
  assert.ok(Math.abs(east - 3000) < 5 && Math.abs(north + 4000) < 1, `${east} ${north}`);
});

test('cells lose nothing', () => {
  const points = Array.from({ length: 6000 }, (_, i) => ({ lon: -22 + (i % 77) / 20, lat: -37 + (i % 101) / 60 }));
  for (const zoom of [3, 7.4, 12]) {
    const sum = geometry.cells(points, zoom, 40).reduce((total, cell) => total + cell.properties.count, 0);
    assert.equal(sum, points.length);
  }
});

test('a box holds everything in it, and nothing has none', () => {
  assert.equal(geometry.box([]), null);
  const found = geometry.box([
    { type: 'Point', coordinates: [1, 2] },
    { type: 'Polygon', coordinates: [[[0, 0], [3, 0], [3, 1], [0, 0]]] },
  ]);
  assert.deepEqual(found, [0, 0, 3, 2]);
});

test('the outline of two squares over one another hides what lies inside', () => {
  const square = (x) => [[[x, 0], [x + 0.5, 0], [x + 1, 0], [x + 1, 1], [x + 0.5, 1], [x, 1], [x, 0]]];
  const { coordinates } = geometry.outline({ type: 'MultiPolygon', coordinates: [square(0), square(0.6)] });
  const edges = coordinates.reduce((sum, line) => sum + line.length - 1, 0);
  // Of twelve edges, the two uprights inside the other square are hidden, with the halves that reach into it.
  assert.ok(edges < 12 && edges >= 8, `${edges}`);
  assert.equal(coordinates.flat().some(([x]) => x < 0 || x > 1.6), false);
});
