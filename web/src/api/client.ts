// Takes a path of the API and its parameters; gives the typed answer or throws a `Problem`. Never leaves this origin,
// never retries by itself.
import type { FeatureCollection } from 'geojson';
import { proof } from '../state/proof';
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
export type Guarantees = Schemas['Guarantees'];
export type Strength = Schemas['Strength'];
export type Force = Schemas['ForceLine'];
export type Site = Schemas['SiteLine'];
export type Notice = Schemas['NoticeLine'];
export type Cited = Schemas['CitedLine'];
export type Commitment = Schemas['CommitmentLine'];
export type GuaranteeClock = Schemas['ClockLine'];
export type TypedNotices = Schemas['Notices'];
export type TypedNotice = Schemas['TypedNotice'];
export type Alerts = Schemas['Alerts'];
export type Alert = Schemas['AlertLine'];
export type Onlooking = Schemas['Onlooking'];
export type Instrument = Schemas['InstrumentLine'];
export type Article = Schemas['Article'];
export type Rule = Schemas['Rule'];
export type Remark = Schemas['Remark'];
export type Instances = Schemas['Instances'];
export type Draft = Schemas['Draft'];
export type Checked = Schemas['Checked'];
export type Compared = Schemas['Compared'];
export type History = Schemas['History'];
export type HistoryStep = Schemas['Step'];
export type Strip = Schemas['Strip'];
export type Because = Schemas['Because'];
export type Trial = Schemas['Trial'];
export type Simulated = Schemas['Simulated'];
export type Outcome = Schemas['Outcome'];
export type Run = Schemas['Run'];
export type Verdict = Schemas['Verdict'];
export type Clock = Schemas['Clock'];
export type Claims = Schemas['Claims'];
export type Source = Schemas['Source'];
export type Scorecard = Schemas['Scorecard'];
export type Surveys = Schemas['Surveys'];
export type Span = Schemas['Span'];
export type Place = Schemas['Place'];
export type Chance = Schemas['Chance'];
export type TimelineColumn = Schemas['TimelineColumn'];
export type Audit = Schemas['Audit'];
export type AuditWitness = Schemas['AuditWitness'];

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
  '/coverage/survey': Surveys;
  '/agreement': Agreement;
  '/agreement/text': Schemas['Adopted'];
  '/agreement/rules/{id}/instances': Instances;
  '/agreement/rules/{id}/history': History;
  '/clocks': Clock[];
  '/guarantees': Guarantees;
  '/guarantees/alerts': Alerts;
  '/guarantees/notices': TypedNotices;
  '/onlooker': Onlooking;
  '/strength': Strength;
  '/claims': Claims;
  '/sources': Source[];
  '/scorecard': Scorecard;
  '/basemap': Basemap;
  '/audit': Audit;
}

interface Looked {
  '/drafts/check': [Draft, Checked];
  '/drafts/compare': [Draft, Compared];
  '/drafts/simulate': [Trial, Simulated];
}

/** What differs by who asks: only these are told. */
const SHOWN_BY_ONLOOKER: string[] = ['/guarantees', '/guarantees/alerts', '/guarantees/notices', '/strength', '/onlooker'];
const proving = (token: string): Record<string, string> => (token === '' ? {} : { authorization: `Bearer ${token}` });

/** What failed, in the server's words, with the HTTP status (0: the server could not be reached). */
export class Problem extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Asks the API. `values` fill `{id}` in the path; every other value becomes a query parameter, empty ones left out. `by` is the proof of
    who asks; the kept one without it. */
export async function get<P extends keyof Answers>(
  path: P,
  values: Record<string, string> = {},
  signal?: AbortSignal,
  by = proof(),
): Promise<Answers[P]> {
  const query = new URLSearchParams();
  let address: string = path;
  for (const [name, value] of Object.entries(values)) {
    if (address.includes(`{${name}}`)) address = address.replace(`{${name}}`, encodeURIComponent(value));
    else if (value !== '') query.set(name, value);
  }
  return answer(`api/v1${address}${query.size > 0 ? `?${query}` : ''}`, { signal: signal ?? null, headers: SHOWN_BY_ONLOOKER.includes(path) ? proving(by) : {} });
}

/** Says that an alert was read. */
export async function acknowledge(id: string, said: Schemas['Acknowledging']): Promise<Alert[]> {
  const headers = { 'content-type': 'application/json', ...proving(proof()) };
  return answer(`api/v1/guarantees/alerts/${encodeURIComponent(id)}/acknowledgement`, { method: 'POST', headers, body: JSON.stringify(said) });
}

/** What concerns one guarantor, as PDF. */
export async function brief(who: string, as_of: string): Promise<Blob> {
  const query = new URLSearchParams({ for: who, ...(as_of === '' ? {} : { as_of }) });
  const given = await answered(`api/v1/guarantees/brief.pdf?${query}`, { headers: { accept: 'application/pdf', ...proving(proof()) } });
  return given.blob();
}

/** Has a draft looked at. The server keeps nothing of it. */
export async function post<P extends keyof Looked>(path: P, draft: Looked[P][0], signal?: AbortSignal): Promise<Looked[P][1]> {
  const headers = { 'content-type': 'application/json' };
  return answer(`api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(draft), signal: signal ?? null });
}

/** Has the server do something again. */
export async function run(path: '/audit/run'): Promise<Audit> {
  return answer(`api/v1${path}`, { method: 'POST' });
}

async function answer<T>(asked: string, how: RequestInit): Promise<T> {
  const given = await answered(asked, { ...how, headers: { accept: 'application/json', ...how.headers } });
  return (await given.json()) as T;
}

async function answered(asked: string, how: RequestInit): Promise<Response> {
  const given = await fetch(asked, how).catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new Problem(0, `no answer from the server to ${asked}`);
  });
  if (!given.ok) {
    const said = (await given.json().catch(() => null)) as Schemas['Problem'] | null;
    throw new Problem(given.status, said?.message ?? `${given.status} ${given.statusText} for ${asked}`);
  }
  return given;
}
