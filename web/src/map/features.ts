// Takes incidents and coverage; gives what is drawn of them at a zoom. Every placed incident is drawn exactly once: as a
// disc, as a small mark, or counted in a cell. Nothing without a place ever gets a point.
import type { Feature, FeatureCollection, Geometry } from 'geojson';
import type { Incident, Sector } from '../api/client';
import { box, cells, disc, outline, radiusPixels, strike } from '../geometry';
import { incidentMark } from '../parts/marks';

/** Above this many marks the map counts them in cells. */
export const MARKS_LIMIT = 5000;
/** Discs drawn smaller than this are shown as a mark of fixed size. */
const SMALLEST_PX = 8;
const CELL_PX = 40;

export const nothing: FeatureCollection = { type: 'FeatureCollection', features: [] };

function feature(geometry: Geometry, properties: Record<string, unknown>): Feature {
  return { type: 'Feature', geometry, properties };
}

/** The placed incidents of a list, as features with `part`: `disc`, `strike`, `mark` (has the icon's name) or `cell`. */
export function marks(incidents: Incident[], zoom: number): FeatureCollection {
  const placed = incidents.filter((one) => one.place.shape === 'disc');
  if (placed.length > MARKS_LIMIT) {
    const points = placed.map((one) => ({ lon: one.place.lon!, lat: one.place.lat! }));
    return { type: 'FeatureCollection', features: cells(points, zoom, CELL_PX).map((one) => ({ ...one, properties: { ...one.properties, part: 'cell' } })) };
  }
  // The newest lie on top.
  const features = placed.toReversed().flatMap((one): Feature[] => {
    const { lon, lat, radius_m } = one.place as { lon: number; lat: number; radius_m: number };
    const mark = incidentMark(one);
    const about = { id: one.id, mark, icon: `mark-${mark}` };
    if (radiusPixels(radius_m, lat, zoom) < SMALLEST_PX) {
      return [feature({ type: 'Point', coordinates: [lon, lat] }, { ...about, part: 'mark' })];
    }
    const drawn = [feature({ type: 'Polygon', coordinates: [disc(lon, lat, radius_m)] }, { ...about, part: 'disc' })];
    if (mark === 'struck') drawn.push(feature({ type: 'LineString', coordinates: strike(lon, lat, radius_m) }, { ...about, part: 'strike' }));
    if (mark === 'breach') drawn.push(feature({ type: 'Point', coordinates: [lon, lat] }, { ...about, part: 'sign' }));
    return drawn;
  });
  return { type: 'FeatureCollection', features };
}

/** Which discs are large enough to be drawn as such at a zoom; the drawing changes only when this does. */
export function drawnAs(incidents: Incident[], zoom: number): string {
  const placed = incidents.filter((one) => one.place.shape === 'disc');
  if (placed.length > MARKS_LIMIT) return `cells ${Math.round(zoom)}`;
  return placed.map((one) => (radiusPixels(one.place.radius_m!, one.place.lat!, zoom) < SMALLEST_PX ? '.' : 'O')).join('');
}

/** Where the open incident is, for the double ring. */
export function selection(incident: Incident | undefined, zoom: number, regions: FeatureCollection | null | undefined): FeatureCollection {
  if (incident === undefined) return nothing;
  const { shape, lon, lat, radius_m, region } = incident.place;
  if (shape === 'region') {
    return { type: 'FeatureCollection', features: (regions?.features ?? []).filter((one) => one.properties?.['id'] === region) };
  }
  if (shape !== 'disc') return nothing;
  const small = radiusPixels(radius_m!, lat!, zoom) < SMALLEST_PX;
  const geometry: Geometry = small
    ? { type: 'Point', coordinates: [lon!, lat!] }
    : { type: 'Polygon', coordinates: [disc(lon!, lat!, radius_m!)] };
  return { type: 'FeatureCollection', features: [feature(geometry, {})] };
}

/** The regions that incidents are known to lie in and no closer. */
export function regionOutlines(incidents: Incident[], regions: FeatureCollection | null | undefined): FeatureCollection {
  const named = new Set(incidents.filter((one) => one.place.shape === 'region').map((one) => one.place.region));
  return { type: 'FeatureCollection', features: (regions?.features ?? []).filter((one) => named.has(one.properties?.['id'] as string)) };
}

/** From here on a sector counts as watched throughout. */
const WATCHED_PPM = 950_000;

/** Of the threshold: below this share of it a sector is the darkest. */
export const BLIND_PART = 1 / 3;

export type Watch = 'blind' | 'unseen' | 'partly' | 'watched';

/** The share by which a sector is drawn: what would have been seen, or where that is not believed what was watched. */
export const seenOf = (sector: Sector): number => sector.seen_ppm ?? sector.watched_ppm;

/** How a sector is drawn: crossed far below the threshold, hatched below it, dotted between, plain when watched. */
export function watch(watched_ppm: number, threshold_ppm: number | null | undefined): Watch {
  const threshold = threshold_ppm ?? 0;
  if (watched_ppm === 0 || watched_ppm < threshold * BLIND_PART) return 'blind';
  if (watched_ppm < threshold) return 'unseen';
  return watched_ppm < WATCHED_PPM ? 'partly' : 'watched';
}

// Of its box, in square degrees: enough to tell a zone from the country round it.
function size(sector: Sector): number {
  const [west, south, east, north] = box([sector.geometry as unknown as Geometry]) ?? [0, 0, 0, 0];
  return (east - west) * (north - south);
}

export function sectorFeatures(sectors: Sector[], threshold_ppm: number | null | undefined): FeatureCollection {
  return {
    type: 'FeatureCollection',
    features: sectors
      .filter((one) => one.geometry != null)
      .toSorted((a, b) => size(b) - size(a))
      .flatMap((one, rank) => {
        const geometry = one.geometry as unknown as Geometry;
        const about = { id: one.id, rank, watch: watch(seenOf(one), threshold_ppm) };
        return [feature(geometry, { ...about, part: 'ground' }), feature(outline(geometry), { id: one.id, part: 'edge' })];
      }),
  };
}
