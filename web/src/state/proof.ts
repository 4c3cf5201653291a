// Takes the proof with which a guarantor or party shows who it is; gives it to questions about guarantees. Kept for this visit in this
// tab alone, never in an address, and sent to this origin only.
const NAME = 'backstop.proof';

export function proof(): string {
  try {
    return sessionStorage.getItem(NAME) ?? '';
  } catch {
    return '';
  }
}

/** Keeps a proof, or forgets it when it is empty; whether this browser could. */
export function keepProof(token: string): boolean {
  try {
    if (token === '') sessionStorage.removeItem(NAME);
    else sessionStorage.setItem(NAME, token);
    return true;
  } catch {
    return token === '';
  }
}
