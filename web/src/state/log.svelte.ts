// Takes the log as this server shows it and what the reader holds from elsewhere; gives the head, checked here, the newest
// entries, and answers about dropped files. Keeps on this machine only the key and the trust file that the reader gave.
import { address } from './address.svelte';
import { live } from './live.svelte';
import type { Folder } from './folder';
import { ask, askBeside, askLog, NoVerifier, ofServer, text, verifier, type Part, type Verified } from '../verifier/verifier';

/** So many entries are shown at once. */
export const PAGE = 50;

function stored(name: string): string {
  try {
    return localStorage.getItem(`backstop.${name}`) ?? '';
  } catch {
    return '';
  }
}

function store(name: string, value: string): void {
  try {
    localStorage.setItem(`backstop.${name}`, value);
  } catch {
    // A browser that keeps nothing forgets it at the end of the visit.
  }
}

class Log {
  /** Why there is no verifier, or nothing. */
  missing = $state<string | null>(null);
  ready = $state(false);
  /** The log's key as this server gives it. */
  shownKey = $state('');
  /** The log's key as the reader was given it elsewhere. */
  heldKey = $state(stored('log-key'));
  /** The reader's trust file. */
  policy = $state(stored('policy'));
  checkpoint = $state('');
  head = $state.raw<Verified | null>(null);
  page = $state.raw<Verified | null>(null);
  problem = $state('');
  private authors = '';
  private busy = false;
  private shown = '';

  key = $derived(this.heldKey || this.shownKey);

  /** What every question carries. */
  private trust(): Part[] {
    const parts: Part[] = [];
    if (this.key !== '') parts.push(['log-key', this.key]);
    if (this.policy !== '') parts.push(['policy', this.policy]);
    if (this.checkpoint !== '') parts.push(['checkpoint', this.checkpoint]);
    return parts;
  }

  /** Looks at the head, and at the entries of the address under it. */
  async look(before: string): Promise<void> {
    if (this.busy) return;
    const question = `${live.status?.log.size ?? 0} ${this.key} ${this.policy} ${before}`;
    if (question === this.shown) return;
    this.busy = true;
    try {
      await verifier();
      this.ready = true;
      this.shownKey ||= (await text('keys/log.pub'))?.trim() ?? '';
      this.authors ||= (await text('keys/author.pub')) ?? '';
      const checkpoint = await text('log/checkpoint');
      if (checkpoint === null || this.key === '') throw new Error(checkpoint === null ? 'no answer from the server to log/checkpoint' : 'no answer from the server to keys/log.pub');
      this.checkpoint = checkpoint;
      this.head = await ask([['ask', 'head'], ...this.trust()]);
      // A key or a trust file that cannot be read is the reader's to mend.
      if (this.head.result === 'refused') throw new Error(this.head.detail);
      if (this.head.head !== undefined) {
        const end = before === '' ? this.head.head.size : Math.min(Number(before), this.head.head.size);
        const first = Math.max(0, end - PAGE);
        this.page = await askLog([['ask', 'entries'], ['said', ''], ['first', String(first)], ['count', String(end - first)], ['author', this.authors], ...this.trust()]);
      }
      this.problem = '';
      this.shown = question;
    } catch (problem) {
      if (problem instanceof NoVerifier) this.missing = problem.message;
      else this.problem = problem instanceof Error ? problem.message : String(problem);
    } finally {
      this.busy = false;
    }
  }

  /** One entry with its receipt, proved here. */
  entry(index: number): Promise<Verified> {
    return askLog([['ask', 'entries'], ['said', ''], ['first', String(index)], ['count', '1'], ['author', this.authors], ...this.trust()]);
  }

  /** The three answers about files that lie together. */
  async file(files: readonly { name: string; bytes: Uint8Array }[]): Promise<Verified> {
    return askLog([['ask', 'file'], ...files.map((one): Part => [`file ${one.name}`, one.bytes]), ...this.trust()]);
  }

  /** Makes every published result again: of a folder that was dropped, or of what this server gives to everyone. */
  async derive(folder: Folder | null): Promise<Verified> {
    if (folder === null) {
      const authors = (await text('keys/authors.txt')) ?? '';
      return askLog([['ask', 'derive'], ['author', authors], ...this.trust()], ofServer, askBeside);
    }
    const trusted: Part[] = this.heldKey === '' ? [] : [['log-key', this.heldKey]];
    if (this.policy !== '') trusted.push(['policy', this.policy]);
    return askLog([['ask', 'derive'], ...trusted, ...folder.parts], folder.bring, askBeside);
  }

  holdKey(key: string): void {
    this.heldKey = key.trim();
    store('log-key', this.heldKey);
  }

  holdPolicy(policy: string): void {
    this.policy = policy;
    store('policy', policy);
  }
}

export const log = new Log();

/** The entry that the address opens, or nothing. */
export function opened(): number | null {
  return /^\d{1,15}$/.test(address.place.open) ? Number(address.place.open) : null;
}
