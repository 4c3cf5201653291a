// Takes nothing; gives MapLibre with its worker as a file of this origin, ready for a strict policy.
import * as maplibregl from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import 'maplibre-gl/dist/maplibre-gl.css';

maplibregl.setWorkerUrl(workerUrl);

/** The font that labels are drawn with must be there before the first label. */
export async function fonts(): Promise<void> {
  await document.fonts.load('16px "IBM Plex Sans"', 'Kyiv Київ');
}

export { maplibregl };
