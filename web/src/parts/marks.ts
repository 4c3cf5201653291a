// Takes words of the record; gives the shape of their mark. One shape per meaning on every screen.
import type { Incident } from '../api/client';

export type MarkShape =
  | 'kept'
  | 'breach'
  | 'half'
  | 'disputed'
  | 'unknown'
  | 'waiting'
  | 'paused'
  | 'blocked'
  | 'proposed'
  | 'established'
  | 'struck'
  | 'due'
  | 'none';

const VERDICTS: Record<string, MarkShape> = {
  complied: 'kept',
  breached: 'breach',
  'no breach seen': 'half',
  undetermined: 'unknown',
  disputed: 'disputed',
  'not due': 'waiting',
  suspended: 'paused',
  'not monitorable': 'blocked',
};

export function verdictMark(value: string): MarkShape {
  return VERDICTS[value] ?? 'none';
}

/** The order in which values are counted and read: what needs somebody comes first. */
export const VALUES = Object.keys(VERDICTS);

const STATES: Record<string, MarkShape> = {
  proposed: 'proposed',
  established: 'established',
  'not established': 'struck',
  'unable to verify': 'unknown',
};
export const STATE_WORDS = Object.keys(STATES);

/** Established, and inside a clause: only then does an incident carry the mark of a breach. */
export function breaches(incident: Incident): boolean {
  return incident.state === 'established' && incident.clauses.some((one) => one.answer === 'falls under');
}

export function incidentMark(incident: Incident): MarkShape {
  return breaches(incident) ? 'breach' : (STATES[incident.state] ?? 'none');
}

const CLOCKS: Record<string, MarkShape> = {
  pending: 'waiting',
  running: 'proposed',
  discharged: 'kept',
  late: 'breach',
  'cannot tell': 'unknown',
};

export function clockMark(state: string): MarkShape {
  return CLOCKS[state] ?? 'none';
}

const GUARANTEE_CLOCKS: Record<string, MarkShape> = {
  expired: 'breach',
  'cannot tell': 'unknown',
  running: 'proposed',
  paused: 'paused',
  pending: 'waiting',
  'not bound': 'blocked',
  void: 'struck',
  late: 'due',
  discharged: 'kept',
};

/** How clocks of guarantors stand, in the order in which they are read: what needs somebody comes first. */
export const GUARANTEE_CLOCK_STATES = Object.keys(GUARANTEE_CLOCKS);

export function guaranteeClockMark(state: string): MarkShape {
  return GUARANTEE_CLOCKS[state] ?? 'none';
}

/** Every kind of act, in canonical order. */
export const ACTS = [
  'shelling', 'air-strike', 'drone-strike', 'long-range-drone', 'missile', 'small-arms', 'explosion', 'assault', 'incursion',
  'interception', 'overflight', 'armour', 'heavy-weapon', 'mining', 'casualties', 'thermal-anomaly', 'withdrawal', 'notice',
  'meeting', 'exchange', 'access-denied', 'unspecified-breach',
];
