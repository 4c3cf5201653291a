// Takes the basemap, the colours and the reader's language; gives the style of the map with every layer in its order.
// Nothing in it is fetched: all sources are given as data.
import type { Feature, FeatureCollection } from 'geojson';
import type { ExpressionSpecification, LayerSpecification, SourceSpecification, StyleSpecification } from 'maplibre-gl';
import type { Basemap } from '../api/client';
import { outline, positions } from '../geometry';
import { nothing } from './features';
import { faint, type Tokens } from './tokens';

const BASE = ['land', 'hills', 'water', 'regions', 'roads', 'outline', 'zones', 'lines', 'posts', 'places'] as const;
/** Sources that change with the record. */
export const DRAWN = ['sectors', 'region-outlines', 'marks', 'selection'] as const;
export type DrawnName = (typeof DRAWN)[number];

const source = (data: FeatureCollection | null | undefined): SourceSpecification => ({ type: 'geojson', data: data ?? nothing });
const is = (property: string, value: string): ExpressionSpecification => ['==', ['get', property], value];
const shape = (kind: 'Polygon' | 'LineString' | 'Point'): ExpressionSpecification => ['==', ['geometry-type'], kind];

function edges(zones: FeatureCollection | null | undefined): FeatureCollection {
  return { type: 'FeatureCollection', features: (zones?.features ?? []).map((zone) => ({ ...zone, geometry: outline(zone.geometry) })) };
}

// A jagged line bends text until it cannot be read, so its name stands level at its middle.
function middles(lines: FeatureCollection | null | undefined): FeatureCollection {
  const features = (lines?.features ?? []).map((line): Feature => {
    const along = positions(line.geometry);
    return { ...line, geometry: { type: 'Point', coordinates: along[along.length >> 1] ?? [0, 0] } };
  });
  return { type: 'FeatureCollection', features };
}

export function style(basemap: Basemap, colours: Tokens, language: string, drawn: Record<DrawnName, FeatureCollection>, step: number): StyleSpecification {
  const { ink, muted, paper, map, sea, rule, frame, breach, hatch } = colours;
  const name: ExpressionSpecification = ['coalesce', ['get', `name_${language}`], ['get', 'name_en'], ['get', 'name'], ''];
  const plain = ['IBM Plex Sans'];
  const halo = { 'text-halo-color': faint(map, 0.9), 'text-halo-width': 1.4 };
  // Of what is open: the edge of its ground, and where it is too small to have one.
  const edge: ExpressionSpecification = ['all', ['!', shape('Point')], ['!', is('part', 'meeting')]];
  const spot: ExpressionSpecification = ['all', shape('Point'), ['!', is('part', 'post')]];
  const hasLand = (basemap.layers['land']?.features.length ?? 0) > 0;

  const layers: LayerSpecification[] = [
    { id: 'ground', type: 'background', paint: { 'background-color': hasLand ? sea : map } },
    { id: 'land', type: 'fill', source: 'land', paint: { 'fill-color': map } },
    { id: 'sectors', type: 'fill', source: 'sectors', filter: is('part', 'ground'), layout: { 'fill-sort-key': ['get', 'rank'] }, paint: { 'fill-antialias': false, 'fill-pattern': sectorPattern(step) } },
    { id: 'hills', type: 'fill', source: 'hills', paint: { 'fill-color': faint(ink, 0.025), 'fill-antialias': false } },
    { id: 'regions', type: 'line', source: 'regions', paint: { 'line-color': rule, 'line-width': 1 } },
    { id: 'lakes', type: 'fill', source: 'water', filter: shape('Polygon'), paint: { 'fill-color': faint(sea, 0.7) } },
    { id: 'rivers', type: 'line', source: 'water', filter: ['all', shape('LineString'), ['!=', ['get', 'class'], 'coast']], paint: { 'line-color': sea, 'line-width': 2 } },
    { id: 'coast', type: 'line', source: 'water', filter: is('class', 'coast'), paint: { 'line-color': frame, 'line-width': 0.75 } },
    { id: 'sectors-edge', type: 'line', source: 'sectors', filter: is('part', 'edge'), paint: { 'line-color': frame, 'line-width': 1 } },
    { id: 'roads', type: 'line', source: 'roads', minzoom: 6.5, paint: { 'line-color': frame, 'line-width': ['interpolate', ['linear'], ['zoom'], 6, 0.4, 10, 1.2], 'line-opacity': ['interpolate', ['linear'], ['zoom'], 6.5, 0.35, 9, 0.8] } },
    { id: 'outline', type: 'line', source: 'outline', paint: { 'line-color': muted, 'line-width': 1.25, 'line-dasharray': [6, 2, 1, 2] } },
    { id: 'zones', type: 'line', source: 'zones', paint: { 'line-color': ink, 'line-width': 1, 'line-dasharray': [1, 2] } },
    { id: 'lines-casing', type: 'line', source: 'lines', paint: { 'line-color': paper, 'line-width': 5 } },
    { id: 'lines', type: 'line', source: 'lines', paint: { 'line-color': ink, 'line-width': 2 } },
    { id: 'region-outlines-casing', type: 'line', source: 'region-outlines', paint: { 'line-color': map, 'line-width': 3 } },
    { id: 'region-outlines', type: 'line', source: 'region-outlines', paint: { 'line-color': muted, 'line-width': 1.5, 'line-dasharray': [3, 3] } },
    { id: 'posts', type: 'circle', source: 'posts', minzoom: 6, paint: { 'circle-radius': 2, 'circle-color': map, 'circle-stroke-color': muted, 'circle-stroke-width': 1 } },

    { id: 'cells', type: 'fill', source: 'marks', filter: is('part', 'cell'), paint: { 'fill-color': ['step', ['get', 'count'], colours['ramp-1'], 3, colours['ramp-2'], 10, colours['ramp-3'], 30, colours['ramp-4'], 100, colours['ramp-5'], 300, colours['ramp-6']], 'fill-outline-color': map } },
    { id: 'discs', type: 'fill', source: 'marks', filter: is('part', 'disc'), paint: { 'fill-color': ['match', ['get', 'mark'], 'breach', faint(breach, 0.3), 'established', faint(ink, 0.28), faint(ink, 0.02)] } },
    { id: 'discs-unknown', type: 'fill', source: 'marks', filter: ['all', is('part', 'disc'), is('mark', 'unknown')], paint: { 'fill-pattern': `hatch-${step}` } },
    { id: 'discs-edge', type: 'line', source: 'marks', filter: ['all', is('part', 'disc'), ['!=', ['get', 'mark'], 'proposed']], paint: { 'line-color': ['match', ['get', 'mark'], 'breach', breach, 'unknown', hatch, ink], 'line-width': 1.5 } },
    { id: 'discs-proposed', type: 'line', source: 'marks', filter: ['all', is('part', 'disc'), is('mark', 'proposed')], paint: { 'line-color': ink, 'line-width': 1.5, 'line-dasharray': [2.5, 1.75] } },
    { id: 'strikes', type: 'line', source: 'marks', filter: is('part', 'strike'), paint: { 'line-color': ink, 'line-width': 1.5 } },

    { id: 'region-names', type: 'symbol', source: 'regions', minzoom: 5, layout: { 'text-field': name, 'text-font': plain, 'text-size': 12, 'text-letter-spacing': 0.12, 'text-max-width': 8, 'text-padding': 8 }, paint: { 'text-color': muted, ...halo } },
    { id: 'place-names', type: 'symbol', source: 'places', filter: ['<=', ['get', 'class'], ['step', ['zoom'], 1, 6, 2, 8, 3, 9.5, 4]], layout: { 'text-field': name, 'text-font': plain, 'text-size': ['match', ['get', 'class'], 1, 13, 12], 'text-offset': [0, 0.7], 'text-anchor': 'top', 'symbol-sort-key': ['get', 'class'] }, paint: { 'text-color': ['match', ['get', 'class'], 1, ink, muted], ...halo } },
    { id: 'place-dots', type: 'circle', source: 'places', filter: ['<=', ['get', 'class'], ['step', ['zoom'], 1, 6, 2, 8, 3, 9.5, 4]], paint: { 'circle-radius': 1.5, 'circle-color': muted } },
    { id: 'post-names', type: 'symbol', source: 'posts', minzoom: 7.5, layout: { 'text-field': ['get', 'id'], 'text-font': plain, 'text-size': 12, 'text-offset': [0.6, 0], 'text-anchor': 'left' }, paint: { 'text-color': muted, ...halo } },

    { id: 'cell-counts', type: 'symbol', source: 'marks', filter: is('part', 'cell'), layout: { 'text-field': ['to-string', ['get', 'count']], 'text-font': plain, 'text-size': 12, 'text-allow-overlap': true }, paint: { 'text-color': ink, 'text-halo-color': map, 'text-halo-width': 1.5 } },
    { id: 'marks', type: 'symbol', source: 'marks', filter: ['any', is('part', 'mark'), is('part', 'sign')], layout: { 'icon-image': ['get', 'icon'], 'icon-allow-overlap': true, 'icon-ignore-placement': true } },

    { id: 'line-names', type: 'symbol', source: 'line-middles', layout: { 'text-field': name, 'text-font': plain, 'text-size': 12, 'text-offset': [0, -0.4], 'text-anchor': 'bottom', 'text-allow-overlap': true }, paint: { 'text-color': ink, ...halo } },
    { id: 'selection-edge', type: 'line', source: 'selection', filter: edge, paint: { 'line-color': ink, 'line-width': 2, 'line-gap-width': 5 } },
    { id: 'selection', type: 'line', source: 'selection', filter: edge, paint: { 'line-color': paper, 'line-width': 5 } },
    { id: 'selection-core', type: 'line', source: 'selection', filter: edge, paint: { 'line-color': ink, 'line-width': 1.5 } },
    { id: 'meeting-halo', type: 'line', source: 'selection', filter: is('part', 'meeting'), paint: { 'line-color': paper, 'line-width': 4 } },
    { id: 'meeting', type: 'line', source: 'selection', filter: is('part', 'meeting'), paint: { 'line-color': ink, 'line-width': 1.5, 'line-dasharray': [1, 1.5] } },
    { id: 'selection-post', type: 'circle', source: 'selection', filter: is('part', 'post'), paint: { 'circle-radius': 4, 'circle-color': ink, 'circle-stroke-color': paper, 'circle-stroke-width': 1.5 } },
    { id: 'selection-point-inner', type: 'circle', source: 'selection', filter: spot, paint: { 'circle-radius': 9, 'circle-color': faint(map, 0), 'circle-stroke-color': paper, 'circle-stroke-width': 3 } },
    { id: 'selection-point', type: 'circle', source: 'selection', filter: spot, paint: { 'circle-radius': 12, 'circle-color': faint(map, 0), 'circle-stroke-color': ink, 'circle-stroke-width': 2 } },
  ];

  return {
    version: 8,
    sources: {
      ...Object.fromEntries(BASE.map((layer) => [layer, source(basemap.layers[layer])])),
      zones: source(edges(basemap.layers['zones'])),
      'line-middles': source(middles(basemap.layers['lines'])),
      ...Object.fromEntries(DRAWN.map((layer) => [layer, source(drawn[layer])])),
    },
    layers,
    transition: { duration: 0 },
  };
}

/** How sectors are filled; the widest first, so that a narrower zone shows its own state. */
function sectorPattern(step: number): ExpressionSpecification {
  return ['concat', ['get', 'watch'], `-${step}`];
}

/** What of the style changes with the step of the patterns. */
export function patterns(step: number): [layer: string, pattern: string | ExpressionSpecification][] {
  return [
    ['sectors', sectorPattern(step)],
    ['discs-unknown', `hatch-${step}`],
  ];
}

/** Layers in which a press finds an incident. */
export const PICKED = ['marks', 'discs'];
