// Takes what a drafter writes; gives it back after a reload, from this browser alone. Never sends a text anywhere by itself.
import example from '../drafts/example.md?raw';

const KEY = 'backstop.draft';

class Draft {
  text = $state('');
  files = $state<Record<string, string>>({});
  /** What stood here before another text was begun. */
  former = $state<string | null>(null);

  constructor() {
    this.text = stored() ?? example;
  }

  write(text: string): void {
    this.text = text;
    // A browser that keeps nothing still lets one write.
    try {
      localStorage.setItem(KEY, text);
    } catch {
      return;
    }
  }

  /** Begins another text; the one before can be brought back. */
  begin(text: string): void {
    this.former = this.text;
    this.write(text);
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

function stored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

export const draft = new Draft();
