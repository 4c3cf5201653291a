// Takes and keeps what a reader prefers on this machine: language, light or dark, zone, keys. Never anything of the
// record, never sent anywhere.

export type Language = 'en' | 'uk';
export type Theme = 'system' | 'light' | 'dark';

function kept<T extends string>(name: string, allowed: readonly T[], otherwise: T): T {
  try {
    const found = localStorage.getItem(`backstop.${name}`) as T | null;
    return found !== null && allowed.includes(found) ? found : otherwise;
  } catch {
    return otherwise;
  }
}

function keep(name: string, value: string): void {
  try {
    localStorage.setItem(`backstop.${name}`, value);
  } catch {
    // A browser that refuses storage forgets the preference at the end of the visit; nothing else is lost.
  }
}

class Preferences {
  language = $state<Language>(kept('language', ['en', 'uk'], navigator.language.startsWith('uk') ? 'uk' : 'en'));
  theme = $state<Theme>(kept('theme', ['system', 'light', 'dark'], 'system'));
  zone = $state<'mission' | 'utc'>(kept('zone', ['mission', 'utc'], 'mission'));
  keys = $state<'on' | 'off'>(kept('keys', ['on', 'off'], 'on'));
  private systemDark = $state(matchMedia('(prefers-color-scheme: dark)').matches);

  /** What is drawn now. */
  drawn = $derived<'light' | 'dark'>(this.theme === 'system' ? (this.systemDark ? 'dark' : 'light') : this.theme);

  constructor() {
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', (event) => {
      this.systemDark = event.matches;
    });
  }

  set<N extends 'language' | 'theme' | 'zone' | 'keys'>(name: N, value: Preferences[N]): void {
    (this as Preferences)[name] = value;
    keep(name, value);
  }
}

export const preferences = new Preferences();
