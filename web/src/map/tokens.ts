// Takes the style sheet as it is drawn now; gives its colours to the map, so that they are written down once.

const NAMES = ['ink', 'muted', 'paper', 'map', 'sea', 'rule', 'frame', 'breach', 'disputed', 'hatch', 'ramp-1', 'ramp-2', 'ramp-3', 'ramp-4', 'ramp-5', 'ramp-6'] as const;
export type Tokens = Record<(typeof NAMES)[number], string>;

export function tokens(): Tokens {
  const probe = document.createElement('span');
  document.body.append(probe);
  const found = Object.fromEntries(
    NAMES.map((name) => {
      probe.style.color = `var(--${name})`;
      return [name, getComputedStyle(probe).color];
    }),
  ) as Tokens;
  probe.remove();
  return found;
}

/** A colour `rgb(r, g, b)` with an opacity. */
export function faint(colour: string, opacity: number): string {
  return colour.replace(/^rgb\((.*)\)$/, `rgba($1, ${opacity})`);
}
