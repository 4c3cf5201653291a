// Takes the dictionaries; fails when they do not have the same keys, placeholders or the plural forms of their language,
// or when a key is used nowhere.
import { readdirSync, readFileSync } from 'node:fs';

const folder = new URL('../src/words/', import.meta.url);
const languages = readdirSync(folder).map((file) => file.replace('.json', ''));
const dictionaries = Object.fromEntries(languages.map((one) => [one, JSON.parse(readFileSync(new URL(`${one}.json`, folder), 'utf8'))]));
const faults = [];

const placeholders = (entry) => [...new Set(Object.values(typeof entry === 'string' ? { only: entry } : entry).flatMap((text) => text.match(/\{\w+\}/g) ?? []))].sort().join(' ');
const keys = Object.keys(dictionaries.en);

for (const language of languages) {
  const dictionary = dictionaries[language];
  const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
  for (const key of keys) if (!(key in dictionary)) faults.push(`${language}: \`${key}\` is missing`);
  for (const [key, entry] of Object.entries(dictionary)) {
    if (!keys.includes(key)) faults.push(`${language}: \`${key}\` is not in en`);
    else if (placeholders(entry) !== placeholders(dictionaries.en[key])) faults.push(`${language}: \`${key}\` has other placeholders than en`);
    if ((typeof entry === 'string') !== (typeof dictionaries.en[key] === 'string')) faults.push(`${language}: \`${key}\` has plural forms in one language only`);
    if (typeof entry !== 'string') for (const form of forms) if (!(form in entry)) faults.push(`${language}: \`${key}\` lacks the form \`${form}\``);
    if (Object.values(typeof entry === 'string' ? [entry] : entry).some((text) => text.trim() === '')) faults.push(`${language}: \`${key}\` is empty`);
  }
}

const sources = readdirSync(new URL('../src/', import.meta.url), { recursive: true })
  .filter((file) => /\.(svelte|ts)$/.test(file))
  .map((file) => readFileSync(new URL(`../src/${file}`, import.meta.url), 'utf8'))
  .join('\n');
// Words of the record are looked up by `term(kind, value)`, and some keys end in a value of the address or a preference.
const families = [...sources.matchAll(/term\('(\w+)'/g)].map((match) => match[1]).concat(['screen', 'theme', 'filter', 'score', 'pane', 'order', 'tab', 'question', 'verdict', 'why']);
for (const key of keys) {
  if (!families.includes(key.split('.')[0]) && !sources.includes(`'${key}'`)) faults.push(`en: \`${key}\` is used nowhere`);
}

if (faults.length > 0) {
  console.error(faults.join('\n'));
  process.exit(1);
}
console.log(`${keys.length} words in ${languages.join(', ')}`);
