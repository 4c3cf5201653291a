// Lets a test read a TypeScript module of src/ through the same tool that builds the app.
import { runnerImport } from 'vite';

export async function load(path) {
  const file = new URL(`../src/${path}`, import.meta.url).pathname;
  const { module } = await runnerImport(file, { configFile: false, logLevel: 'error' });
  return module;
}
