// Takes files that a reader dropped, with their places; gives the mirror or export among them: its keys, its head, what the
// verifier asks for, and the published files that lie there. Reads on this machine only what is asked for.
import type { Bring, Part } from '../verifier/verifier';

export interface Placed {
  path: string;
  file: File;
}

/** So many published files are compared to the byte, of so many bytes together. */
const MOST_PUBLISHED = 64;
const MOST_PUBLISHED_BYTES = 20_000_000;
/** So many files are looked through. */
const MOST_FILES = 20_000;

export interface Folder {
  name: string;
  /** Keys, head and published files. */
  parts: Part[];
  bring: Bring;
}

/** The record in a folder, or nothing where there is no `log/checkpoint`. */
export async function record(placed: readonly Placed[]): Promise<Folder | null> {
  const head = placed.find((one) => /(^|\/)log\/checkpoint$/.test(one.path));
  if (head === undefined) return null;
  const root = head.path.slice(0, -'log/checkpoint'.length);
  const files = new Map(placed.filter((one) => one.path.startsWith(root)).map((one) => [one.path.slice(root.length), one.file]));
  const read = async (path: string) => {
    const file = files.get(path);
    return file === undefined ? null : new Uint8Array(await file.arrayBuffer());
  };
  const parts: Part[] = [['checkpoint', (await read('log/checkpoint'))!]];
  const key = await read('keys/log.pub');
  if (key !== null) parts.push(['key-beside', key]);
  const authors = await read('keys/authors.txt');
  if (authors !== null) parts.push(['author', authors]);
  let left = MOST_PUBLISHED_BYTES;
  for (const [path, file] of files) {
    if (/^(log|keys|payloads|evidence)\//.test(path) || parts.length > MOST_PUBLISHED || file.size > left) continue;
    left -= file.size;
    parts.push([`published ${file.name}`, new Uint8Array(await file.arrayBuffer())]);
  }
  const bring: Bring = async (path) => {
    if (path.startsWith('payloads/')) return part(path, await read(path));
    // A partial tile that is gone was replaced by the full one, which begins with it.
    const full = path.replace(/\.p\/\d+$/, '');
    return part(path, await read(`log/${path}`)) ?? part(full, await read(`log/${full}`));
  };
  return { name: root.replace(/\/$/, '').split('/').at(-1) || head.path, parts, bring };
}

const part = (path: string, bytes: Uint8Array | null): Part | null => (bytes === null ? null : [path, bytes]);

/** Files that were chosen, with their places in the folder. */
export function chosen(list: FileList | null): Placed[] {
  return [...(list ?? [])].slice(0, MOST_FILES).map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/** Files of what was dropped, folders looked through. */
export async function dropped(items: DataTransferItemList | undefined): Promise<Placed[]> {
  const found: Placed[] = [];
  const waiting = [...(items ?? [])].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  while (waiting.length > 0 && found.length < MOST_FILES) {
    const entry = waiting.pop()!;
    if (entry.isFile) {
      const file = await new Promise<File>((give, fail) => (entry as FileSystemFileEntry).file(give, fail));
      found.push({ path: entry.fullPath.replace(/^\//, ''), file });
    } else {
      const reader = (entry as FileSystemDirectoryEntry).createReader();
      // A reader gives some at a time, and nothing at its end.
      for (;;) {
        const some = await new Promise<FileSystemEntry[]>((give, fail) => reader.readEntries(give, fail));
        if (some.length === 0) break;
        waiting.push(...some);
      }
    }
  }
  return found;
}
