import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const read = (path) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const language = JSON.parse(read('src/words/en.json'));
const schema = JSON.parse(read('openapi.json')).components.schemas;

// The words of the record that a screen translates, as far as the API's own description lists them.
test('the dictionaries know the words that the API describes', () => {
  for (const [kind, description] of [
    ['value', schema.Verdict.properties.value.description],
    ['standing', schema.Verdict.properties.standing.description],
    ['state', schema.Incident.properties.state.description],
    ['answer', schema.Bearing.properties.answer.description],
    ['clock', schema.Clock.properties.state.description],
    ['outcome', schema.Effort.properties.outcome.description],
    ['means', schema.Observation.properties.means.description],
    ['precision', schema.Place.properties.precision.description],
    ['severity', schema.Remark.properties.severity.description],
    ['rule', schema.Rule.properties.kind.description],
    ['gclock', schema.ClockLine.properties.state.description],
    ['rung', schema.RungLine.properties.rung.description],
    ['activity', schema.CommitmentLine.properties.class.description],
    ['holds', schema.HoldsLine.properties.answer.description],
  ]) {
    for (const [, word] of description.matchAll(/`([a-z ]+)`/g)) {
      assert.ok(`${kind}.${word}` in language, `\`${kind}.${word}\` is missing from src/words`);
    }
  }
});

// A key that stands twice takes the words of the later one without a word.
test('no key of a dictionary stands twice', () => {
  for (const name of ['en', 'uk']) {
    const keys = [...read(`src/words/${name}.json`).matchAll(/^ {2}("[^"]+"):/gm)].map(([, key]) => key);
    assert.deepEqual(keys.filter((key, place) => keys.indexOf(key) !== place), [], name);
  }
});
