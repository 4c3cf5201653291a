// Takes a path of the API and its parameters; gives the typed answer or throws a `Problem`. Never leaves this origin,
// never retries by itself.
import type { FeatureCollection } from 'geojson';
import type { components } from './schema';

type Schemas = components['schemas'];

export type Status = Schemas['Status'];
export type Incidents = Schemas['Incidents'];
export type Incident = Schemas['Incident'];
export type IncidentDetail = Schemas['IncidentDetail'];
export type Observation = Schemas['Observation'];
export type Effort = Schemas['Effort'];
export type Coverage = Schemas['Coverage'];
export type Sector = Schemas['Sector'];
export type Agreement = Schemas['Agreement'];
export type Article = Schemas['Article'];
export type Rule = Schemas['Rule'];
export type Verdict = Schemas['Verdict'];
export type Clock = Schemas['Clock'];
export type Claims = Schemas['Claims'];
export type Source = Schemas['Source'];
export type Scorecard = Schemas['Scorecard'];
export type Span = Schemas['Span'];
export type Place = Schemas['Place'];
export type Chance = Schemas['Chance'];
export type TimelineColumn = Schemas['TimelineColumn'];

/** The layers of the offline map, as GeoJSON; `null` where the mission has none. */
export interface Basemap {
  kind: 'varo' | 'ukraine' | 'none';
  name: string;
  disclaimer: string;
  attribution: string;
  layers: Record<string, FeatureCollection | null>;
}

interface Answers {
  '/status': Status;
  '/incidents': Incidents;
  '/incidents/{id}': IncidentDetail;
  '/coverage': Coverage;
  '/agreement': Agreement;
  '/clocks': Clock[];
  '/claims': Claims;
  '/sources': Source[];
  '/scorecard': Scorecard;
  '/basemap': Basemap;
}

/** What failed, in the server's words, with the HTTP status (0: the server could not be reached). */
export class Problem extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Asks the API. `values` fill `{id}` in the path; every other value becomes a query parameter, empty ones left out. */
export async function get<P extends keyof Answers>(
  path: P,
  values: Record<string, string> = {},
  signal?: AbortSignal,
): Promise<Answers[P]> {
  const query = new URLSearchParams();
  let address: string = path;
  for (const [name, value] of Object.entries(values)) {
    if (address.includes(`{${name}}`)) address = address.replace(`{${name}}`, encodeURIComponent(value));
    else if (value !== '') query.set(name, value);
  }
  const asked = `api/v1${address}${query.size > 0 ? `?${query}` : ''}`;
  const answer = await fetch(asked, { signal: signal ?? null, headers: { accept: 'application/json' } }).catch(
    (cause: unknown) => {
      if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
      throw new Problem(0, `no answer from the server to ${asked}`);
    },
  );
  if (!answer.ok) {
    const said = (await answer.json().catch(() => null)) as Schemas['Problem'] | null;
    throw new Problem(answer.status, said?.message ?? `${answer.status} ${answer.statusText} for ${asked}`);
  }
  return (await answer.json()) as Answers[P];
}
