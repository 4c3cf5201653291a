// Takes what a drafter writes; gives it back after a reload, from this browser alone. Never sends a text anywhere by itself.
import example from '../drafts/example.md?raw';

const KEY = 'backstop.draft';
const KEY_OF_SCENARIO = 'backstop.draft.scenario';

class Draft {
  text = $state('');
  files = $state<Record<string, string>>({});
  /** What stood here before another text was begun. */
  former = $state<string | null>(null);

  /** What happens under it, to try it out. */
  scenario = $state('');

  constructor() {
    this.text = stored(KEY) ?? example;
    this.scenario = stored(KEY_OF_SCENARIO) ?? '';
  }

  write(text: string): void {
    this.text = text;
    store(KEY, text);
  }

  writeScenario(page: string): void {
    this.scenario = page;
    store(KEY_OF_SCENARIO, page);
  }

  /** Begins another text; the one before can be brought back. */
  begin(text: string): void {
    this.former = this.text;
    this.write(text);
  }

  /** Puts front matter and headings around a text that has none; what only its authors know is left to be filled in. */
  frame(): void {
    const paragraphs = this.text.trim().split(/\n\s*\n/);
    const first = paragraphs[0] ?? '';
    const titled = paragraphs.length > 1 && !first.includes('\n') && first.length <= 120 && !/[.;:]$/.test(first);
    const title = titled ? first.replace(/^#+\s*/, '') : '';
    const headed = /^##\s/m.test(this.text);
    const body = titled ? paragraphs.slice(1) : paragraphs;
    const articles = headed ? body : body.map((paragraph, at) => `## Article ${at + 1}\n\n${paragraph}`);
    const front = ['agreement: draft', `title: ${title}`, 'version: 1', 'in-force:', 'time-zone:', 'standard:', 'keep-threshold:'];
    this.begin(['---', ...front, '---', '', articles.join('\n\n'), ''].join('\n'));
  }

  example(): void {
    this.begin(example);
  }

  undo(): void {
    if (this.former === null) return;
    const now = this.text;
    this.write(this.former);
    this.former = now;
  }

  addMap(name: string, map: string): void {
    this.files = { ...this.files, [name]: map };
  }

  removeMap(name: string): void {
    this.files = Object.fromEntries(Object.entries(this.files).filter(([other]) => other !== name));
  }
}

function stored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** A browser that keeps nothing still lets one write. */
function store(key: string, text: string): void {
  try {
    localStorage.setItem(key, text);
  } catch {
    return;
  }
}

export const draft = new Draft();
