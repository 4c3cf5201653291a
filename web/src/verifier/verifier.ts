// Takes questions about a log and files; gives the answers of the verifier, which runs here, in the browser. Sends nothing
// anywhere: it only fetches files of the log that the verifier asks for. Where this build has no verifier, it says so.
import { request, run } from './wasi';
import type { Done, Work } from './worker';

export type Part = readonly [name: string, bytes: Uint8Array | string];

export interface Answered {
  question: 'bytes' | 'log' | 'others' | 'held' | 'evidence' | 'head' | 'unchanged' | 'follows';
  answer: 'yes' | 'no' | 'cannot_tell';
  /** A word that the page has a sentence for. */
  why: string;
  values: Record<string, unknown>;
  /** The reason in English, of whoever refused. */
  detail: string;
}

export interface Head {
  origin: string;
  size: number;
  root: string;
}

/** What everyone may read of an entry: its short fields, or why there are none. */
export interface EntrySaid {
  state: 'open' | 'other' | 'withheld' | 'erased';
  fields?: Record<string, string | number>;
}

export interface LogEntry {
  index: number;
  leaf: string;
  hash: string;
  kind?: string;
  author?: string;
  class?: string;
  received_at_ms?: number;
  signature?: 'yes' | 'no' | 'cannot_tell';
  unread?: string;
  said?: EntrySaid | null;
}

/** A published result, made again here. */
export interface Derived {
  entry: number;
  title: string;
  answer: 'yes' | 'no' | 'cannot_tell';
  note: string;
}

/** What follows from all entries, for two readers to compare. */
export interface Now {
  incidents: number;
  incidents_sha256: string;
  streams: number;
  verdicts_sha256: string;
}

export interface Verified {
  result: 'yes' | 'no' | 'cannot_tell' | 'refused' | 'needs';
  detail?: string;
  needs?: string[];
  answers?: Answered[];
  head?: Head;
  receipt?: Head;
  entries?: LogEntry[];
  entry?: LogEntry;
  proof?: string;
  evidence?: string | null;
  file?: string;
  sha256?: string | null;
  results?: Derived[];
  now?: Now | null;
  erased?: string[];
  missing?: string[];
}

/** This build has no verifier, or this browser cannot run it. */
export class NoVerifier extends Error {}

/** So often may one question ask for more files of the log. */
const MOST_ROUNDS = 12;
/** So many files are fetched at a time. */
const MOST_AT_ONCE = 8;
/** So many files of the log are kept between questions. */
const MOST_KEPT = 512;

let loading: Promise<WebAssembly.Module> | null = null;
const kept = new Map<string, Uint8Array | null>();

/** The verifier, fetched and compiled once. */
export function verifier(): Promise<WebAssembly.Module> {
  loading ??= load();
  return loading;
}

async function load(): Promise<WebAssembly.Module> {
  if (typeof WebAssembly !== 'object') throw new NoVerifier('this browser does not run WebAssembly');
  const given = await fetch('verifier.wasm').catch(() => null);
  const bytes = given?.ok === true ? new Uint8Array(await given.arrayBuffer()) : new Uint8Array();
  // A server that answers every path with its page gives no module.
  if (bytes[0] !== 0 || bytes[1] !== 0x61) throw new NoVerifier('this build has no verifier');
  return WebAssembly.compile(bytes).catch((cause: unknown) => {
    throw new NoVerifier(String(cause));
  });
}

/** Asks once, with what is at hand. */
export async function ask(parts: readonly Part[]): Promise<Verified> {
  const module = await verifier();
  return JSON.parse(new TextDecoder().decode(run(module, request(parts)))) as Verified;
}

/** Brings a file that the verifier asks for, under the name that it has; nothing where it cannot be had. */
export type Bring = (path: string) => Promise<Part | null>;

/** Asks, and brings each file of the log that the verifier says it needs, until it can answer. */
export async function askLog(parts: readonly Part[], bring: Bring = ofServer, answering: typeof ask = ask): Promise<Verified> {
  const brought = new Map<string, Part>();
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const said = await answering([...parts, ...brought.values()]);
    if (said.result !== 'needs') return said;
    const paths = said.needs ?? [];
    for (let from = 0; from < paths.length; from += MOST_AT_ONCE) {
      await Promise.all(paths.slice(from, from + MOST_AT_ONCE).map(async (path) => brought.set(path, (await bring(path)) ?? [`absent ${path}`, ''])));
    }
  }
  throw new Error('the verifier asked for more and more of the log');
}

/** Asks once, beside the page, so that it stays alive while everything is derived. */
export async function askBeside(parts: readonly Part[]): Promise<Verified> {
  const module = await verifier();
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  try {
    const done = await new Promise<Done>((give, fail) => {
      worker.onmessage = ({ data }: MessageEvent<Done>) => give(data);
      worker.onerror = (event) => fail(new Error(event.message || 'the verifier ended'));
      worker.postMessage({ module, input: request(parts) } satisfies Work);
    });
    if ('problem' in done) throw new Error(done.problem);
    return JSON.parse(new TextDecoder().decode(done.answer)) as Verified;
  } finally {
    worker.terminate();
  }
}

/** A file of the log as this server has it, or what everyone may read of its entries. */
export async function ofServer(path: string): Promise<Part | null> {
  const bytes = path.startsWith('payloads/') ? await got(path) : await tile(path);
  return bytes === null ? null : [path, bytes];
}

/** A file of the log. A partial tile that is gone was replaced by the full one, which begins with it. */
async function tile(path: string): Promise<Uint8Array | null> {
  const found = kept.get(path);
  if (found !== undefined) return found;
  const bytes = (await fetched(path)) ?? (path.includes('.p/') ? await fetched(path.replace(/\.p\/\d+$/, '')) : null);
  if (bytes !== null) {
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(path, bytes);
  }
  return bytes;
}

const fetched = (path: string) => got(`log/${path}`);

async function got(path: string): Promise<Uint8Array | null> {
  const given = await fetch(path).catch(() => null);
  return given?.ok === true ? new Uint8Array(await given.arrayBuffer()) : null;
}

/** A small text of this server, or nothing. */
export async function text(path: string): Promise<string | null> {
  const given = await fetch(path, { cache: 'no-store' }).catch(() => null);
  return given?.ok === true ? given.text() : null;
}
