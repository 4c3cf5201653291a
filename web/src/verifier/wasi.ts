// Takes a WebAssembly module that reads standard input and writes standard output, and the input; gives the output. Offers
// the module nothing else of WASI: no file, no clock, no chance, no environment. Pure, the same in a browser and in Node.

const SUCCESS = 0;
const BAD_DESCRIPTOR = 8;
const NOT_SUPPORTED = 58;

class Exit extends Error {}

/** Runs the program once. Throws when it ends with another code than 0 or traps. */
export function run(module: WebAssembly.Module, input: Uint8Array): Uint8Array {
  let memory!: WebAssembly.Memory;
  let read = 0;
  let code = 0;
  const written: [Uint8Array[], Uint8Array[]] = [[], []];
  const view = () => new DataView(memory.buffer);

  /** Goes through the program's buffers, each a place and a length. */
  function vectors(at: number, count: number, use: (part: Uint8Array) => number): number {
    let total = 0;
    for (let index = 0; index < count; index += 1) {
      const start = view().getUint32(at + 8 * index, true);
      const length = view().getUint32(at + 8 * index + 4, true);
      total += use(new Uint8Array(memory.buffer, start, length));
    }
    return total;
  }

  const offered: Record<string, (...values: number[]) => number> = {
    fd_read: (descriptor, at, count, total) => {
      if (descriptor !== 0) return BAD_DESCRIPTOR;
      const given = vectors(at!, count!, (part) => {
        const piece = input.subarray(read, read + part.length);
        part.set(piece);
        read += piece.length;
        return piece.length;
      });
      view().setUint32(total!, given, true);
      return SUCCESS;
    },
    fd_write: (descriptor, at, count, total) => {
      if (descriptor !== 1 && descriptor !== 2) return BAD_DESCRIPTOR;
      const taken = vectors(at!, count!, (part) => {
        written[descriptor - 1]!.push(part.slice());
        return part.length;
      });
      view().setUint32(total!, taken, true);
      return SUCCESS;
    },
    environ_sizes_get: (count, size) => {
      view().setUint32(count!, 0, true);
      view().setUint32(size!, 0, true);
      return SUCCESS;
    },
    environ_get: () => SUCCESS,
    // Hash tables of libraries ask for seeds. They get the same ones always: no answer hangs on them, and nothing here is secret.
    random_get: (at, length) => {
      new Uint8Array(memory.buffer, at, length).fill(7);
      return SUCCESS;
    },
    // There are no folders that the program may look into.
    fd_prestat_get: () => BAD_DESCRIPTOR,
    proc_exit: (ended) => {
      code = ended!;
      throw new Exit();
    },
  };
  // Whatever else the program was linked with is answered: not supported.
  const imports = new Proxy(offered, { get: (all, name) => all[String(name)] ?? (() => NOT_SUPPORTED) });
  const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: imports });
  memory = instance.exports['memory'] as WebAssembly.Memory;
  try {
    (instance.exports['_start'] as () => void)();
  } catch (ended) {
    // A program that gives up says why before it traps.
    if (!(ended instanceof Exit)) throw new Error(`the verifier gave up: ${new TextDecoder().decode(joined(written[1])) || String(ended)}`);
  }
  if (code !== 0) throw new Error(`the verifier ended with code ${code}: ${new TextDecoder().decode(joined(written[1]))}`);
  return joined(written[0]);
}

/** Writes a request: each part a line `NAME LENGTH`, so many bytes and a line end. */
export function request(parts: readonly (readonly [name: string, bytes: Uint8Array | string])[]): Uint8Array {
  const encoder = new TextEncoder();
  const pieces = parts.flatMap(([name, part]) => {
    const bytes = typeof part === 'string' ? encoder.encode(part) : part;
    // A line end in a name would end its line.
    return [encoder.encode(`${name.replaceAll(/[\r\n]/g, ' ')} ${bytes.length}\n`), bytes, encoder.encode('\n')];
  });
  return joined(pieces);
}

function joined(pieces: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
