// Takes the verifier as WebAssembly, the same program built for this machine, and a folder of requests; fails when they give
// other answers. Run by `cargo ci --only browser-same`.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runnerImport } from 'vite';

const [file, native, folder] = process.argv.slice(2);
const { module: shim } = await runnerImport(new URL('../src/verifier/wasi.ts', import.meta.url).pathname, { configFile: false, logLevel: 'error' });
const bytes = readFileSync(file);
const module = await WebAssembly.compile(bytes);
const answers = createHash('sha256');
let count = 0;
for (const name of readdirSync(folder).sort()) {
  const request = readFileSync(join(folder, name));
  const there = execFileSync(native, { input: request, maxBuffer: 1 << 28 });
  const here = Buffer.from(shim.run(module, request));
  if (!here.equals(there)) {
    console.error(`${join(folder, name)}: the browser says\n${here}\nand this machine\n${there}`);
    process.exit(1);
  }
  answers.update(here);
  count += 1;
}
if (count === 0) throw new Error(`no requests in ${folder}`);
console.log(`${count} requests, the same answers; module sha256 ${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}, answers ${answers.digest('hex').slice(0, 16)}`);
