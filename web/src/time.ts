// Takes instants as RFC 3339 text and a time zone; gives text for people and back. Never reads the clock of the machine.

const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string): Intl.DateTimeFormat {
  let found = formats.get(zone);
  if (found === undefined) {
    found = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
      timeZoneName: 'short',
    });
    formats.set(zone, found);
  }
  return found;
}

interface Parts {
  date: string;
  time: string;
  seconds: string;
  zone: string;
}

/** An instant taken apart in a zone: `2026-11-22`, `19:30`, `04`, `EET`. */
export function parts(instant_ms: number, zone: string): Parts {
  const found: Record<string, string> = {};
  for (const part of format(zone).formatToParts(instant_ms)) found[part.type] = part.value;
  const name = (found['timeZoneName'] ?? '').replace(/^GMT(?=[+-])/, 'UTC');
  return {
    date: `${found['year']}-${found['month']}-${found['day']}`,
    time: `${found['hour']}:${found['minute']}`,
    seconds: found['second'] ?? '00',
    zone: name === 'GMT' ? 'UTC' : name,
  };
}

/** `2026-11-22 19:30:04 EET (17:30Z)`; in UTC `2026-11-22 17:30:04Z`. */
export function stamp(iso: string, zone: string): string {
  const ms = Date.parse(iso);
  const utc = parts(ms, 'UTC');
  if (zone === 'UTC') return `${utc.date} ${utc.time}:${utc.seconds}Z`;
  const local = parts(ms, zone);
  return `${local.date} ${local.time}:${local.seconds} ${local.zone} (${utc.time}Z)`;
}

/** `2026-11-22 19:30` in the zone, for fields and columns. */
export function minute(iso: string, zone: string): string {
  const local = parts(Date.parse(iso), zone);
  return `${local.date} ${local.time}`;
}

/** The instant, as RFC 3339 UTC, that `2026-11-22 19:30` names in the zone; nothing where the text is no such time. */
export function instant(text: string, zone: string): string | null {
  const found = /^(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2}))?$/.exec(text.trim());
  if (found === null) return null;
  const [, year, month, day, hour = '00', minutes = '00'] = found;
  const wall = Date.parse(`${year}-${month}-${day}T${hour}:${minutes}:00Z`);
  if (Number.isNaN(wall)) return null;
  // The offset at the answer decides; two rounds settle it on both sides of a clock change.
  let answer = wall;
  for (let round = 0; round < 2; round += 1) {
    const shown = parts(answer, zone);
    answer += wall - Date.parse(`${shown.date}T${shown.time}:00Z`);
  }
  return new Date(answer).toISOString().replace('.000Z', 'Z');
}

/** Round hours and days of the zone between two instants, no closer than `room_ms`: where an axis is marked. */
export function ticks(first_ms: number, last_ms: number, room_ms: number, zone: string): { at: number; text: string; day: boolean }[] {
  const hour = 3_600_000;
  const step = [1, 3, 6, 12, 24, 48, 168, 336, 720, 2160, 8760].map((hours) => hours * hour).find((one) => one >= room_ms) ?? 8760 * hour;
  const found: { at: number; text: string; day: boolean }[] = [];
  for (let ms = Math.ceil(first_ms / hour) * hour; ms <= last_ms; ms += hour) {
    const local = parts(ms, zone);
    const sinceMidnight = Number(local.time.slice(0, 2)) * hour;
    const day = sinceMidnight === 0;
    const fits = step < 24 * hour ? sinceMidnight % step === 0 : day && Math.round(Date.parse(`${local.date}T00:00:00Z`) / (24 * hour)) % (step / (24 * hour)) === 0;
    if (fits) found.push({ at: ms, text: day ? local.date.slice(5) : local.time, day });
  }
  return found;
}

interface Span {
  earliest: string;
  latest: string;
  precision: string;
}

/** A span as precisely as it is known: minutes as `11-22 19:12–19:19`, a day as its date, several as first–last. */
export function span(known: Span, zone: string, withYear = false): string {
  const first = parts(Date.parse(known.earliest), zone);
  const last = parts(Date.parse(known.latest), zone);
  const date = (one: Parts) => (withYear ? one.date : one.date.slice(5));
  if (known.precision === 'day' || known.precision === 'several days') {
    return first.date === last.date ? date(first) : `${date(first)}–${date(last)}`;
  }
  if (first.date !== last.date) return `${date(first)} ${first.time}–${date(last)} ${last.time}`;
  return first.time === last.time ? `${date(first)} ${first.time}` : `${date(first)} ${first.time}–${last.time}`;
}

/** Symbols of seconds, minutes, hours and days in the reader's language. */
export type Units = { s: string; min: string; h: string; d: string };

/** A length of time: `41 s`, `7 min 12`, `6 h 29`, `1 d 06 h`. */
export function duration(length_ms: number, { s, min, h, d }: Units): string {
  const seconds = Math.max(0, Math.round(length_ms / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  if (seconds < 60) return `${seconds} ${s}`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} ${min} ${two(seconds % 60)}`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} ${h} ${two(minutes % 60)}`;
  return `${Math.floor(minutes / 1440)} ${d} ${two(Math.floor((minutes % 1440) / 60))} ${h}`;
}

/** Nights between two instants at a place, as pairs of instants in ms: the sun is below the horizon. */
export function nights(from_ms: number, to_ms: number, lon: number, lat: number): [number, number][] {
  const step_ms = 10 * 60_000;
  const found: [number, number][] = [];
  let began: number | null = null;
  for (let at = from_ms; at <= to_ms; at += step_ms) {
    const dark = sunHeightDegrees(at, lon, lat) < -0.833;
    if (dark && began === null) began = at;
    if (!dark && began !== null) {
      found.push([began, at]);
      began = null;
    }
  }
  if (began !== null) found.push([began, to_ms]);
  return found;
}

// The low-precision sun of the Astronomical Almanac: about 0.01 degree, far below a pixel of the timeline.
function sunHeightDegrees(at_ms: number, lon: number, lat: number): number {
  const radians = Math.PI / 180;
  const days = at_ms / 86_400_000 - 10_957.5;
  const anomaly = (357.528 + 0.9856003 * days) * radians;
  const ecliptic = (280.46 + 0.9856474 * days + 1.915 * Math.sin(anomaly) + 0.02 * Math.sin(2 * anomaly)) * radians;
  const tilt = 23.439 * radians;
  const declination = Math.asin(Math.sin(tilt) * Math.sin(ecliptic));
  const ascension = Math.atan2(Math.cos(tilt) * Math.sin(ecliptic), Math.cos(ecliptic));
  const sidereal = (280.46061837 + 360.98564736629 * days + lon) * radians;
  const hour = sidereal - ascension;
  return (
    Math.asin(Math.sin(lat * radians) * Math.sin(declination) + Math.cos(lat * radians) * Math.cos(declination) * Math.cos(hour)) /
    radians
  );
}
