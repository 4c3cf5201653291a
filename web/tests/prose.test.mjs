import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './load.mjs';

const { prose, runs } = await load('prose.ts');

test('paragraphs, lists and their continuations', () => {
  const blocks = prose('The Parties\nshall *not* fire.\n\n3. first\n   goes on\n4. second\n\nAfter.\n- a\n- b');
  assert.deepEqual(
    blocks.map((block) => (block.kind === 'list' ? [block.ordered, block.first, block.items.length] : runs(block.text).length)),
    [3, [true, 3, 2], 1, [false, 1, 2]],
  );
  assert.equal(blocks[1].items[0], 'first goes on');
});

test('markup of a web page stays text', () => {
  const [block] = prose('<img src=x onerror=alert(1)> [a](javascript:b)');
  assert.deepEqual(runs(block.text), [{ kind: 'text', text: '<img src=x onerror=alert(1)> [a](javascript:b)' }]);
});

test('marks that do not close are text', () => {
  assert.deepEqual(runs('2 * 3 and snake_case_name **'), [{ kind: 'text', text: '2 * 3 and snake_case_name **' }]);
  assert.deepEqual(runs('**a** `b*c`').map((run) => run.kind), ['strong', 'text', 'code']);
});
