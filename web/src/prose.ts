// Takes agreement prose in a small Markdown; gives blocks, and runs of their text, that a component can draw. Never HTML:
// everything not understood stays text, so nothing in a document can reach the page as markup.

export type Run = { kind: 'text' | 'emphasis' | 'strong' | 'code'; text: string };
export type ProseBlock =
  | { kind: 'paragraph'; text: string }
  | { kind: 'list'; ordered: boolean; first: number; items: string[] };

const ITEM = /^\s{0,3}(?:(\d{1,4})[.)]|[-*+])\s+(.*)$/;

/** Paragraphs and lists, in order. A line that follows an item without a blank line belongs to it. */
export function prose(text: string): ProseBlock[] {
  const blocks: ProseBlock[] = [];
  let paragraph: string[] = [];
  let list: { ordered: boolean; first: number; lines: string[][] } | null = null;

  const close = () => {
    if (paragraph.length > 0) blocks.push({ kind: 'paragraph', text: paragraph.join(' ') });
    if (list !== null) {
      blocks.push({ kind: 'list', ordered: list.ordered, first: list.first, items: list.lines.map((item) => item.join(' ')) });
    }
    paragraph = [];
    list = null;
  };

  let blank = false;
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === '') {
      blank = true;
      continue;
    }
    const item = ITEM.exec(line);
    if (item !== null) {
      const ordered = item[1] !== undefined;
      const open = list as { ordered: boolean; first: number; lines: string[][] } | null;
      if (open === null || open.ordered !== ordered) {
        close();
        list = { ordered, first: ordered ? Number(item[1]) : 1, lines: [] };
      }
      list!.lines.push([item[2]!.trim()]);
    } else {
      const open = list as { lines: string[][] } | null;
      if (open !== null && (!blank || /^\s{2,}/.test(line))) open.lines.at(-1)!.push(line.trim());
      else {
        if (blank || open !== null) close();
        paragraph.push(line.trim());
      }
    }
    blank = false;
  }
  close();
  return blocks;
}

/** Text with `*emphasis*`, `_emphasis_`, `**strong**` and `` `code` ``; an unclosed mark is text. */
export function runs(text: string): Run[] {
  const found: Run[] = [];
  const pattern = /\*\*(.+?)\*\*|`([^`]+)`|\*([^\s*](?:[^*]*[^\s*])?)\*|(?<!\w)_([^\s_](?:[^_]*[^\s_])?)_(?!\w)/g;
  let at = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > at) found.push({ kind: 'text', text: text.slice(at, match.index) });
    if (match[1] !== undefined) found.push({ kind: 'strong', text: match[1] });
    else if (match[2] !== undefined) found.push({ kind: 'code', text: match[2] });
    else found.push({ kind: 'emphasis', text: match[3] ?? match[4]! });
    at = match.index + match[0].length;
  }
  if (at < text.length) found.push({ kind: 'text', text: text.slice(at) });
  return found;
}
