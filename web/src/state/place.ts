// Takes the text of an address; gives what it says and back: which screen, which filter, what is open. Pure.

export type ScreenName = 'situation' | 'agreement' | 'guarantees' | 'mission' | 'draft' | 'audit' | 'scorecard';
export const SCREENS: readonly ScreenName[] = ['situation', 'agreement', 'guarantees', 'mission', 'draft', 'audit', 'scorecard'];

/** Parameters that narrow what is shown; each is empty when it narrows nothing. Lists are joined by commas. */
export const FILTER_NAMES = ['from', 'to', 'act', 'clause', 'state', 'source', 'q'] as const;
export type FilterName = (typeof FILTER_NAMES)[number];
export type Filter = Record<FilterName, string>;

export const PANES = ['log', 'witnesses', 'verify', 'derive', 'contests'] as const;
export type Pane = (typeof PANES)[number];

export const ORDERS = ['state', 'clause', 'due', 'documents', 'notices', 'alerts'] as const;
export type Order = (typeof ORDERS)[number];

/** The parts of the mission screen, in the order of its tabs; each has its component in `screens/Mission.svelte`. */
export const TABS = ['coverage', 'forces', 'hubs'] as const;
export type Tab = (typeof TABS)[number];

export interface Place {
  screen: ScreenName;
  filter: Filter;
  /** The incident that is open, or empty. */
  open: string;
  /** Map or its twin, the table. */
  view: 'map' | 'table';
  /** The rule that is open on the agreement screen, or empty. */
  rule: string;
  /** The part of the audit screen. */
  pane: Pane;
  /** How guarantees are laid out. */
  by: Order;
  /** The part of the mission screen. */
  tab: Tab;
  /** As of which instant guarantees are shown, as RFC 3339, or now. */
  at: string;
  /** Only what concerns this party, or all guarantees. */
  of: string;
  /** Only entries of this kind, or all. */
  kind: string;
  /** Only entries before this index, or the newest. */
  before: string;
  /** Anchor of an article, without `#`. */
  anchor: string;
}

/** Reads an address; what it does not know it ignores. */
export function readPlace(search: string, hash: string): Place {
  const query = new URLSearchParams(search);
  const screen = query.get('screen') as ScreenName;
  const filter = Object.fromEntries(FILTER_NAMES.map((name) => [name, query.get(name) ?? ''])) as Filter;
  return {
    screen: SCREENS.includes(screen) ? screen : 'situation',
    filter,
    open: query.get('open') ?? '',
    view: query.get('view') === 'table' ? 'table' : 'map',
    rule: query.get('rule') ?? '',
    pane: PANES.find((pane) => pane === query.get('pane')) ?? 'log',
    by: ORDERS.find((order) => order === query.get('by')) ?? 'state',
    tab: TABS.find((tab) => tab === query.get('tab')) ?? 'coverage',
    at: Number.isNaN(Date.parse(query.get('at') ?? '')) ? '' : query.get('at')!,
    of: query.get('of') ?? '',
    kind: query.get('kind') ?? '',
    before: /^\d{1,15}$/.test(query.get('before') ?? '') ? query.get('before')! : '',
    anchor: decodeURIComponent(hash.replace(/^#/, '')),
  };
}

/** Writes an address, leaving out what is at its rest position. */
export function writePlace(place: Place): string {
  const query = new URLSearchParams();
  if (place.screen !== 'situation') query.set('screen', place.screen);
  for (const name of FILTER_NAMES) if (place.filter[name] !== '') query.set(name, place.filter[name]);
  if (place.open !== '') query.set('open', place.open);
  if (place.view !== 'map') query.set('view', place.view);
  if (place.rule !== '') query.set('rule', place.rule);
  if (place.pane !== 'log') query.set('pane', place.pane);
  if (place.by !== 'state') query.set('by', place.by);
  if (place.tab !== 'coverage') query.set('tab', place.tab);
  if (place.at !== '') query.set('at', place.at);
  if (place.of !== '') query.set('of', place.of);
  if (place.kind !== '') query.set('kind', place.kind);
  if (place.before !== '') query.set('before', place.before);
  const text = query.toString().replaceAll('%3A', ':').replaceAll('%2C', ',');
  return `${text === '' ? '' : `?${text}`}${place.anchor === '' ? '' : `#${place.anchor}`}`;
}

/** A filter's list as its members. */
export function members(joined: string): string[] {
  return joined === '' ? [] : joined.split(',');
}
