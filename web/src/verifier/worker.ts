// Takes a module and a request; gives the answer, so that a long one does not stop the page. Holds nothing.
import { run } from './wasi';

export interface Work {
  module: WebAssembly.Module;
  input: Uint8Array;
}
export type Done = { answer: Uint8Array } | { problem: string };

self.onmessage = ({ data }: MessageEvent<Work>) => {
  try {
    self.postMessage({ answer: run(data.module, data.input) } satisfies Done);
  } catch (problem) {
    self.postMessage({ problem: problem instanceof Error ? problem.message : String(problem) } satisfies Done);
  }
};
