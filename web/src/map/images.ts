// Takes colours; gives the patterns and marks of the map as pixels. The same shapes as `parts/Mark.svelte`.
import type { Tokens } from './tokens';

const RATIO = 2;

function draw(size: number, paint: (context: CanvasRenderingContext2D) => void): ImageData {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = size * RATIO;
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.scale(RATIO, RATIO);
  paint(context);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/** Patterns grow with the map between two whole zooms, so each comes in steps that undo this. */
export const PATTERN_STEPS = 4;

/** Which step of a pattern fits a zoom. */
export function patternStep(zoom: number): number {
  return Math.floor((zoom - Math.floor(zoom)) * PATTERN_STEPS);
}

function shrink(step: number): number {
  return 2 ** ((step + 0.5) / PATTERN_STEPS);
}

// One tile of 45-degree lines: about 8.5 px square, so that lines lie 6 px apart; crossed, the same the other way as well.
function hatch(colours: Tokens, step: number, ground: boolean, crossed = false): ImageData {
  const tile = Math.round((8.5 / shrink(step)) * RATIO) / RATIO;
  return draw(tile, (context) => {
    if (ground) cover(context, colours, tile);
    context.strokeStyle = colours.hatch;
    context.lineWidth = 1 / shrink(step);
    for (const shift of [-tile, 0, tile]) {
      context.beginPath();
      context.moveTo(shift - 2, tile + 2);
      context.lineTo(shift + tile + 2, -2);
      if (crossed) {
        context.moveTo(shift - 2, -2);
        context.lineTo(shift + tile + 2, tile + 2);
      }
      context.stroke();
    }
  });
}

// The pattern of a sector hides that of a wider one under it.
function cover(context: CanvasRenderingContext2D, colours: Tokens, tile: number): void {
  context.fillStyle = colours.map;
  context.fillRect(0, 0, tile, tile);
}

function stepped(name: string, paint: (colours: Tokens, step: number) => ImageData): Record<string, (colours: Tokens) => ImageData> {
  return Object.fromEntries(Array.from({ length: PATTERN_STEPS }, (_, step) => [`${name}-${step}`, (colours: Tokens) => paint(colours, step)]));
}

function dots(colours: Tokens, step: number): ImageData {
  const tile = Math.round((9 / shrink(step)) * RATIO) / RATIO;
  return draw(tile, (context) => {
    cover(context, colours, tile);
    context.fillStyle = colours.hatch;
    context.beginPath();
    context.arc(tile / 2, tile / 2, 0.7 / shrink(step), 0, 2 * Math.PI);
    context.fill();
  });
}

function ring(paint: (context: CanvasRenderingContext2D) => void): ImageData {
  return draw(16, (context) => {
    context.translate(8, 8);
    paint(context);
  });
}

const circle = (context: CanvasRenderingContext2D, radius: number) => {
  context.beginPath();
  context.arc(0, 0, radius, 0, 2 * Math.PI);
};

function hollow(context: CanvasRenderingContext2D, colours: Tokens, dash: number[]): void {
  circle(context, 4.5);
  context.strokeStyle = colours.map;
  context.lineWidth = 3.5;
  context.stroke();
  context.strokeStyle = colours.ink;
  context.lineWidth = 1.5;
  context.setLineDash(dash);
  context.stroke();
  context.setLineDash([]);
}

/** Every image a style may name. */
export const IMAGES: Record<string, (colours: Tokens) => ImageData> = {
  ...stepped('hatch', (colours, step) => hatch(colours, step, false)),
  ...stepped('blind', (colours, step) => hatch(colours, step, true, true)),
  ...stepped('unseen', (colours, step) => hatch(colours, step, true)),
  ...stepped('partly', dots),
  ...stepped('watched', (colours) => draw(8, (context) => cover(context, colours, 8))),
  'mark-proposed': (colours) => ring((context) => hollow(context, colours, [2.4, 1.6])),
  'mark-established': (colours) =>
    ring((context) => {
      circle(context, 5);
      context.fillStyle = colours.ink;
      context.strokeStyle = colours.map;
      context.fill();
      context.stroke();
    }),
  'mark-struck': (colours) =>
    ring((context) => {
      hollow(context, colours, []);
      context.beginPath();
      context.moveTo(-6, 6);
      context.lineTo(6, -6);
      context.stroke();
    }),
  'mark-unknown': (colours) =>
    ring((context) => {
      context.beginPath();
      context.rect(-5, -5, 10, 10);
      context.fillStyle = colours.map;
      context.fill();
      context.save();
      context.clip();
      context.strokeStyle = colours.hatch;
      for (const shift of [-8, -4, 0, 4, 8]) {
        context.beginPath();
        context.moveTo(shift - 6, 6);
        context.lineTo(shift + 6, -6);
        context.stroke();
      }
      context.restore();
      context.strokeStyle = colours.hatch;
      context.strokeRect(-5, -5, 10, 10);
    }),
  'mark-breach': (colours) =>
    ring((context) => {
      context.beginPath();
      context.moveTo(0, -6.5);
      context.lineTo(6.5, 5.5);
      context.lineTo(-6.5, 5.5);
      context.closePath();
      context.fillStyle = colours.breach;
      context.strokeStyle = colours.map;
      context.lineWidth = 1;
      context.fill();
      context.stroke();
    }),
};
export const IMAGE_RATIO = RATIO;
