// Takes the filter of the address and the version of the record; gives what the Situation screen shows: one answer that
// header, list, map and timeline all count from, so that their numbers cannot disagree.
import { get, type Basemap, type Clock, type Coverage, type IncidentDetail, type Incidents } from '../api/client';
import { address } from './address.svelte';
import { type Filter } from './place';
import { live } from './live.svelte';
import { Loaded } from './loaded.svelte';

class Situation {
  incidents = new Loaded<Incidents>();
  /** The same filter without its window: the columns of the timeline outside the window. */
  whole = new Loaded<Incidents>();
  coverage = new Loaded<Coverage>();
  clocks = new Loaded<Clock[]>();
  basemap = new Loaded<Basemap>();
  detail = new Loaded<IncidentDetail>();

  /** Columns of the whole timeline under the filter; of the window alone where there is none. */
  columns = $derived((this.windowed ? this.whole.value : null)?.timeline ?? this.incidents.value?.timeline ?? []);

  private get windowed(): boolean {
    return address.place.filter.from !== '' || address.place.filter.to !== '';
  }

  /** Asks for everything on screen. Called again whenever filter or record move. */
  ask(): void {
    if (live.version === '') return;
    const filter: Filter = address.place.filter;
    const window = { from: filter.from, to: filter.to };
    this.incidents.ask(JSON.stringify(filter), (signal) => get('/incidents', filter, signal));
    this.coverage.ask(JSON.stringify(window), (signal) => get('/coverage', window, signal));
    this.clocks.ask('clocks', (signal) => get('/clocks', {}, signal));
    if (this.basemap.value === null) this.basemap.ask('basemap', (signal) => get('/basemap', {}, signal));
    if (this.windowed) {
      const open: Filter = { ...filter, from: '', to: '' };
      this.whole.ask(JSON.stringify(open), (signal) => get('/incidents', open, signal));
    }
    const id = address.place.open;
    if (id !== '') this.detail.ask(id, (signal) => get('/incidents/{id}', { id }, signal));
  }
}

export const situation = new Situation();
