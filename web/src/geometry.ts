// Takes places in degrees and metres; gives what the map draws. Pure; the sphere is good enough for pixels.
import type { Feature, Geometry, MultiLineString, Position } from 'geojson';

const METRES_PER_DEGREE = 111_320;
/** Metres per pixel at the equator at zoom 0, for tiles of 512 pixels. */
const METRES_PER_PIXEL = 78_271.517;
const CORNERS = 64;

/** The disc as a ring of positions, counter-clockwise and closed. */
export function disc(lon: number, lat: number, radius_m: number, corners = CORNERS): Position[] {
  const shrink = Math.max(0.01, Math.cos((lat * Math.PI) / 180));
  const ring: Position[] = [];
  for (let corner = 0; corner <= corners; corner += 1) {
    const angle = ((corner % corners) / corners) * 2 * Math.PI;
    ring.push([
      lon + (radius_m * Math.cos(angle)) / (METRES_PER_DEGREE * shrink),
      lat + (radius_m * Math.sin(angle)) / METRES_PER_DEGREE,
    ]);
  }
  return ring;
}

/** The stroke through a disc that says "not established", from south-west to north-east. */
export function strike(lon: number, lat: number, radius_m: number): Position[] {
  const ring = disc(lon, lat, radius_m, 8);
  return [ring[5]!, ring[1]!];
}

/** East and north of something, in metres. */
export type Offset = [east_m: number, north_m: number];

const towards = (bearing_deg: number, range_m: number): Offset => {
  const angle = (bearing_deg * Math.PI) / 180;
  return [range_m * Math.sin(angle), range_m * Math.cos(angle)];
};

/** The edge of a wedge as seen from its post, closed: out along one side, over the far arc, back along the other and over the near one. */
export function wedge(bearing_deg: number, error_deg: number, least_m: number, most_m: number, corners = CORNERS / 2): Offset[] {
  const angles = Array.from({ length: corners + 1 }, (_, at) => bearing_deg - error_deg + (2 * error_deg * at) / corners);
  const far = angles.map((angle) => towards(angle, most_m));
  const near = least_m > 0 ? angles.toReversed().map((angle) => towards(angle, least_m)) : [[0, 0] as Offset];
  return [...far, ...near, far[0]!];
}

/** The edge of an ellipse about its middle, closed; the longer half-axis points along the bearing. */
export function ellipse(long_m: number, short_m: number, bearing_deg: number, corners = CORNERS): Offset[] {
  return Array.from({ length: corners + 1 }, (_, at) => {
    const angle = ((at % corners) / corners) * 2 * Math.PI;
    const [long_east, long_north] = towards(bearing_deg, long_m * Math.cos(angle));
    const [short_east, short_north] = towards(bearing_deg + 90, short_m * Math.sin(angle));
    return [long_east + short_east, long_north + short_north];
  });
}

/** Offsets from a position, as positions. */
export function around(lon: number, lat: number, offsets: Offset[]): Position[] {
  const shrink = Math.max(0.01, Math.cos((lat * Math.PI) / 180));
  return offsets.map(([east_m, north_m]) => [lon + east_m / (METRES_PER_DEGREE * shrink), lat + north_m / METRES_PER_DEGREE]);
}

/** A position as an offset from another. */
export function offset(lon: number, lat: number, from_lon: number, from_lat: number): Offset {
  const shrink = Math.cos((((lat + from_lat) / 2) * Math.PI) / 180);
  return [(lon - from_lon) * METRES_PER_DEGREE * shrink, (lat - from_lat) * METRES_PER_DEGREE];
}

/** How large a radius is drawn, in pixels. */
export function radiusPixels(radius_m: number, lat: number, zoom: number): number {
  return radius_m / ((METRES_PER_PIXEL * Math.cos((lat * Math.PI) / 180)) / 2 ** zoom);
}

/** Every position of a geometry, in order. */
export function positions(geometry: Geometry | null): Position[] {
  if (geometry === null) return [];
  if (geometry.type === 'GeometryCollection') return geometry.geometries.flatMap(positions);
  const found: Position[] = [];
  const walk = (part: unknown): void => {
    if (!Array.isArray(part)) return;
    if (typeof part[0] === 'number') found.push(part as Position);
    else for (const inner of part) walk(inner);
  };
  walk(geometry.coordinates);
  return found;
}

export type Box = [west: number, south: number, east: number, north: number];

/** The box round geometries; nothing round nothing. */
export function box(geometries: (Geometry | null)[]): Box | null {
  let found: Box | null = null;
  for (const [lon, lat] of geometries.flatMap(positions) as [number, number][]) {
    found ??= [lon, lat, lon, lat];
    found = [Math.min(found[0], lon), Math.min(found[1], lat), Math.max(found[2], lon), Math.max(found[3], lat)];
  }
  return found;
}

/** The outer edge of an area whose parts may lie over one another: every edge whose middle lies in no other part. */
export function outline(geometry: Geometry): MultiLineString {
  const parts = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.type === 'MultiPolygon' ? geometry.coordinates : [];
  const boxes = parts.map((part) => box([{ type: 'Polygon', coordinates: part }])!);
  const coordinates: Position[][] = [];
  parts.forEach((part, own) => {
    for (const ring of part) {
      let line: Position[] = [];
      for (let at = 1; at < ring.length; at += 1) {
        const [from, to] = [ring[at - 1]!, ring[at]!];
        const [x, y] = [(from[0]! + to[0]!) / 2, (from[1]! + to[1]!) / 2];
        const hidden = parts.some((other, index) => {
          const [west, south, east, north] = boxes[index]!;
          return index !== own && x > west && x < east && y > south && y < north && inside(x, y, other[0]!);
        });
        if (!hidden) {
          if (line.length === 0) line.push(from);
          line.push(to);
        } else if (line.length > 0) {
          coordinates.push(line);
          line = [];
        }
      }
      if (line.length > 0) coordinates.push(line);
    }
  });
  return { type: 'MultiLineString', coordinates };
}

// Even-odd: a ray to the east crosses the ring an odd number of times.
function inside(x: number, y: number, ring: Position[]): boolean {
  let odd = false;
  for (let at = 1; at < ring.length; at += 1) {
    const [[x1, y1], [x2, y2]] = [ring[at - 1]!, ring[at]!] as [[number, number], [number, number]];
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) odd = !odd;
  }
  return odd;
}

/** Counts points in square cells of `size_px` at a zoom: polygons with their count. The counts sum to the points. */
export function cells(points: { lon: number; lat: number }[], zoom: number, size_px: number): Feature[] {
  const world = 512 * 2 ** Math.round(zoom);
  const counts = new Map<string, number>();
  for (const { lon, lat } of points) {
    const x = ((lon + 180) / 360) * world;
    const sine = Math.sin((lat * Math.PI) / 180);
    const y = (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * world;
    const key = `${Math.floor(x / size_px)} ${Math.floor(y / size_px)}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const lonAt = (x: number) => (x / world) * 360 - 180;
  const latAt = (y: number) => (Math.atan(Math.sinh(Math.PI * (1 - (2 * y) / world))) * 180) / Math.PI;
  return [...counts].map(([key, count]) => {
    const [column, row] = key.split(' ').map(Number) as [number, number];
    const [west, east] = [lonAt(column * size_px), lonAt((column + 1) * size_px)];
    const [north, south] = [latAt(row * size_px), latAt((row + 1) * size_px)];
    const ring = [[west, south], [east, south], [east, north], [west, north], [west, south]];
    return { type: 'Feature', properties: { count }, geometry: { type: 'Polygon', coordinates: [ring] } };
  });
}
