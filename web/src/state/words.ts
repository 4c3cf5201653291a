// Takes a key and values; gives the sentence in the reader's language. Words of the record that have no entry here are
// shown as they are. Never guesses a language from a text.
import type { IncidentDetail, Remark } from '../api/client';
import en from '../words/en.json';
import uk from '../words/uk.json';
import { duration as written } from '../time';
import { preferences, type Language } from './preferences.svelte';

export type Key = keyof typeof en;
type Values = Record<string, string | number>;
type Entry = string | Record<string, string>;

const dictionaries: Record<Language, Record<Key, Entry>> = { en, uk };
const plurals = { en: new Intl.PluralRules('en'), uk: new Intl.PluralRules('uk') };
const numbers = { en: new Intl.NumberFormat('en'), uk: new Intl.NumberFormat('uk') };

/** The sentence for a key. An entry with plural forms is chosen by the value `n`. */
export function word(key: Key, values: Values = {}): string {
  const language = preferences.language;
  const entry = dictionaries[language][key];
  const text =
    typeof entry === 'string' ? entry : (entry[plurals[language].select(Number(values.n))] ?? entry['other'] ?? key);
  return text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name] ?? '';
    return typeof value === 'number' ? number(value) : value;
  });
}

/** A word of the record, such as `shelling`, in the reader's language; itself where no entry knows it. */
export function term(kind: 'above' | 'act' | 'state' | 'chance' | 'precision' | 'means' | 'value' | 'standing' | 'footing' | 'outcome' | 'clock' | 'answer' | 'class' | 'severity' | 'rule' | 'instance' | 'part' | 'reads' | 'gclock' | 'rung' | 'activity' | 'wording' | 'binding' | 'credit' | 'instrument' | 'deed' | 'held' | 'effect' | 'holds' | 'why' | 'domain' | 'step' | 'site' | 'notice' | 'alert' | 'said' | 'checked' | 'compass' | 'same', value: string): string {
  const key = `${kind}.${value}` as Key;
  return key in dictionaries.en ? word(key) : value;
}

/** What is said of a text, in the reader's language. */
export function told(remark: Remark): { message: string; notes: string[]; fix: string | null } {
  const english = { message: remark.message, notes: remark.notes, fix: remark.fix ?? null };
  const ukrainian = { message: remark.message_uk, notes: remark.notes_uk, fix: remark.fix_uk ?? null };
  return { en: english, uk: ukrainian }[preferences.language];
}

/** A whole number with its digits grouped. */
export function number(value: number): string {
  return numbers[preferences.language].format(value);
}

/** A share in parts per million as whole percent; `<1 %` and `>99 %` keep their doubt. */
export function share(ppm: number): string {
  if (ppm > 0 && ppm < 10_000) return '<1\u00A0%';
  if (ppm > 990_000 && ppm < 1_000_000) return '>99\u00A0%';
  return `${Math.round(ppm / 10_000)}\u00A0%`;
}

/** The range that a chance word stands for, in percent. */
const RANGES: Record<string, string> = {
  'almost certainly not': '0–5',
  unlikely: '5–25',
  'about as likely as not': '25–55',
  likely: '55–80',
  'very likely': '80–95',
  'almost certain': '95–100',
};

/** A chance as word and range: `likely (55–80 %)`. Never a bare percentage. */
export function chance(said: { word: string; ppm: number }): string {
  const range = RANGES[said.word];
  return `${term('chance', said.word)}${range === undefined ? '' : ` (${range}\u00A0%)`}`;
}

/** How near a place is known: `±2.5 km`, or the word for a region. */
export function nearness(place: { radius_m?: number | null; precision: string }): string {
  if (place.radius_m == null) return term('precision', place.precision);
  return `±${metres(place.radius_m)}`;
}

/** A length: `350 m`, `2.5 km`. */
export function metres(length_m: number): string {
  if (length_m < 1000) return `${number(Math.round(length_m))}\u00A0${word('unit.m')}`;
  return `${number(Math.round(length_m / 100) / 10)}\u00A0${word('unit.km')}`;
}

const COMPASS = ['N', 'NNE', 'NE', 'ENE', 'E', 'ESE', 'SE', 'SSE', 'S', 'SSW', 'SW', 'WSW', 'W', 'WNW', 'NW', 'NNW'];

/** What somebody heard from a post: `2 to 4 km north-north-east of the post, ±11°`. */
export function heard(wedge: { bearing_deg: number; bearing_error_deg: number; range_least_m: number; range_most_m: number }): string {
  const [least, most] = [wedge.range_least_m, wedge.range_most_m];
  const inOneUnit = least >= 1000 === most >= 1000 || least === 0;
  return word('place.wedge', {
    least: inOneUnit ? metres(least).replace(/\u00A0.*/, '') : metres(least),
    most: metres(most),
    towards: towards(wedge.bearing_deg),
    error: number(Math.round(wedge.bearing_error_deg)),
  });
}

/** The word for a direction, in sixteenths of the compass. */
function towards(bearing_deg: number): string {
  return term('compass', COMPASS[Math.round(bearing_deg / 22.5) % 16]!);
}

/** Where the places of independent voices meet, or that they contradict one another. */
export function meets(meeting: NonNullable<IncidentDetail['meeting']>): string {
  const [one, other] = meeting.apart;
  if (one !== undefined && other !== undefined) return word('incident.meeting.apart', { one, other });
  const within = (at: number): string => {
    const { long_m, short_m, bearing_deg } = meeting.ellipses[at]!;
    if (metres(long_m) === metres(short_m)) return metres(long_m);
    return word('incident.meeting.across', { long: metres(long_m), short: metres(short_m), towards: towards(bearing_deg) });
  };
  return word('incident.meeting', { voices: meeting.voices ?? 0, half: within(0), most: within(1) });
}

/** A length of time: `41 s`, `7 min 12`, `6 h 29`, `1 d 06 h`. */
export function duration(length_ms: number): string {
  return written(length_ms, { s: word('unit.s'), min: word('unit.min'), h: word('unit.h'), d: word('unit.d') });
}
