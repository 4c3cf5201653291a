// Takes openapi.json, as the server prints it; gives src/api/schema.d.ts. With --check it writes nothing and fails when
// the file is stale. Never reads the network.
import { readFile, writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';

const source = new URL('../openapi.json', import.meta.url);
const target = new URL('../src/api/schema.d.ts', import.meta.url);

const head = '// Generated from openapi.json by `npm run generate`. Do not edit.\n\n';
const wanted = head + astToString(await openapiTS(JSON.parse(await readFile(source, 'utf8'))));

if (process.argv.includes('--check')) {
  const found = await readFile(target, 'utf8').catch(() => '');
  if (found !== wanted) {
    console.error('src/api/schema.d.ts is stale: run `npm run generate` in web/ and commit the result');
    process.exit(1);
  }
  console.log('src/api/schema.d.ts is up to date with openapi.json');
} else {
  await writeFile(target, wanted);
}
