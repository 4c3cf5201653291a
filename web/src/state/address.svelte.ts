// Takes the browser's address; gives it as state. The address is the only place where screen, filter and what is open are
// kept, so a copied link shows the same thing. Never holds preferences of the reader.
import { readPlace, writePlace, type Filter, type Place } from './place';

type Change = Partial<Omit<Place, 'filter'>> & { filter?: Partial<Filter> };

class Address {
  place = $state.raw<Place>(readPlace(location.search, location.hash));

  constructor() {
    const read = () => (this.place = readPlace(location.search, location.hash));
    addEventListener('popstate', read);
    addEventListener('hashchange', read);
  }

  /** The address that a change leads to, for links. */
  href(change: Change): string {
    const written = writePlace(this.after(change));
    return written === '' ? '?' : written;
  }

  /** Goes there. `replace` keeps one history entry for a series of small steps. */
  go(change: Change, replace = false): void {
    const next = this.after(change);
    const href = location.pathname + writePlace(next);
    if (replace) history.replaceState(null, '', href);
    else history.pushState(null, '', href);
    this.place = next;
  }

  private after(change: Change): Place {
    const moved = change.screen !== undefined && change.screen !== this.place.screen;
    return {
      ...this.place,
      ...(moved ? { open: '', rule: '', pane: 'log' as const, by: 'state' as const, at: '', of: '', kind: '', before: '', anchor: '' } : {}),
      ...change,
      filter: { ...this.place.filter, ...change.filter },
    };
  }
}

export const address = new Address();

/** Follows a link inside the app without loading the page again; leaves other clicks to the browser. */
export function follow(event: MouseEvent): void {
  const link = event.currentTarget as HTMLAnchorElement;
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  history.pushState(null, '', link.href);
  address.place = readPlace(location.search, location.hash);
}
