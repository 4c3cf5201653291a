// Takes incidents and coverage; gives what is drawn of them at a zoom. Every placed incident is drawn exactly once: as a
// disc or wedge, as a small mark, or counted in a cell. Nothing without a place ever gets a point.
import type { Feature, FeatureCollection, Geometry, Position } from 'geojson';
import type { Incident, IncidentDetail, Sector } from '../api/client';
import { around, box, cells, disc, ellipse, outline, radiusPixels, strike, wedge } from '../geometry';
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

/** Whether it is known where on the map it was: as a disc, or in a direction from a post. */
export const isPlaced = (one: Incident): boolean => one.place.radius_m != null;

/** The ground that a place states, as a ring: the wedge, or the disc. */
function ring(place: Incident['place']): Position[] {
  const said = place.wedge;
  if (said == null) return disc(place.lon!, place.lat!, place.radius_m!);
  return around(said.lon, said.lat, wedge(said.bearing_deg, said.bearing_error_deg, said.range_least_m, said.range_most_m));
}

/** The placed incidents of a list, as features with `part`: `disc`, `strike`, `mark` (has the icon's name) or `cell`. */
export function marks(incidents: Incident[], zoom: number): FeatureCollection {
  const placed = incidents.filter(isPlaced);
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
    const drawn = [feature({ type: 'Polygon', coordinates: [ring(one.place)] }, { ...about, part: 'disc' })];
    if (mark === 'struck') drawn.push(feature({ type: 'LineString', coordinates: strike(lon, lat, radius_m) }, { ...about, part: 'strike' }));
    if (mark === 'breach') drawn.push(feature({ type: 'Point', coordinates: [lon, lat] }, { ...about, part: 'sign' }));
    return drawn;
  });
  return { type: 'FeatureCollection', features };
}

/** Which discs are large enough to be drawn as such at a zoom; the drawing changes only when this does. */
export function drawnAs(incidents: Incident[], zoom: number): string {
  const placed = incidents.filter(isPlaced);
  if (placed.length > MARKS_LIMIT) return `cells ${Math.round(zoom)}`;
  return placed.map((one) => (radiusPixels(one.place.radius_m!, one.place.lat!, zoom) < SMALLEST_PX ? '.' : 'O')).join('');
}

/** Where the open incident is, for the double ring (`place`), the post that says so (`post`), and where its reports meet (`meeting`). */
export function selection(
  incident: Incident | undefined,
  zoom: number,
  regions: FeatureCollection | null | undefined,
  meeting: IncidentDetail['meeting'],
): FeatureCollection {
  if (incident === undefined) return nothing;
  const { shape, lon, lat, radius_m, region } = incident.place;
  const features: Feature[] = [];
  const add = (part: string, geometry: Geometry) => features.push(feature(geometry, { part }));
  if (shape === 'region') {
    features.push(...(regions?.features ?? []).filter((one) => one.properties?.['id'] === region));
  } else if (isPlaced(incident)) {
    const small = radiusPixels(radius_m!, lat!, zoom) < SMALLEST_PX;
    add('place', small ? { type: 'Point', coordinates: [lon!, lat!] } : { type: 'Polygon', coordinates: [ring(incident.place)] });
    const post = incident.place.wedge;
    if (post != null) add('post', { type: 'Point', coordinates: [post.lon, post.lat] });
  }
  for (const one of meeting?.ellipses ?? []) {
    const edge = ellipse(one.long_m, one.short_m, one.bearing_deg);
    add('meeting', { type: 'LineString', coordinates: around(meeting!.lon!, meeting!.lat!, edge) });
  }
  return { type: 'FeatureCollection', features };
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
