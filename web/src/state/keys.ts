// Takes key presses on the page; gives them to whoever registered, one handler per key. Keys are off in text fields,
// with a modifier held, and when the reader switched them off.
import { preferences } from './preferences.svelte';

type Handler = () => void;
const handlers = new Map<string, Handler[]>();
/** After `g`, the next key goes to a screen; the prefix is forgotten after this long. */
const PREFIX_MS = 1200;
let prefixed_ms = -Infinity;

/** Registers keys, such as `j` or `g s`; the newest registration wins. Returns what removes them. */
export function bind(keys: Record<string, Handler>): () => void {
  for (const [key, handler] of Object.entries(keys)) handlers.set(key, [...(handlers.get(key) ?? []), handler]);
  return () => {
    for (const [key, handler] of Object.entries(keys)) {
      handlers.set(key, (handlers.get(key) ?? []).filter((one) => one !== handler));
    }
  };
}

export function press(event: KeyboardEvent): void {
  const at = event.target as HTMLElement;
  const typing = at.closest('input:not([type=checkbox]), textarea, select, [contenteditable]') !== null;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (typing && event.key !== 'Escape') return;
  const named = event.key === 'Escape' || event.key === 'Enter';
  if (preferences.keys === 'off' && !named) return;
  // Enter on a control is that control's own.
  if (event.key === 'Enter' && at.closest('a, button, summary, input, [role=option]') !== null) return;

  const prefix = event.timeStamp - prefixed_ms < PREFIX_MS ? 'g ' : '';
  prefixed_ms = -Infinity;
  const handler = handlers.get(prefix + event.key)?.at(-1);
  if (handler !== undefined) {
    event.preventDefault();
    handler();
  } else if (event.key === 'g') {
    prefixed_ms = event.timeStamp;
  }
}
