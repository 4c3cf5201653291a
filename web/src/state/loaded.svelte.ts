// Takes a question to the server; gives its newest answer, what went wrong, and whether one is on its way. A new
// question ends the old one; the same question asked again waits for the one on its way, so answers are never starved.

export class Loaded<T> {
  value = $state.raw<T | null>(null);
  problem = $state.raw<(Error & { status?: number }) | null>(null);
  /** The question that `value` answers. */
  answered = $state('');
  private asked = '';
  private again: (() => void) | null = null;
  private running: AbortController | null = null;

  ask(question: string, fetch: (signal: AbortSignal) => Promise<T>): void {
    if (this.running !== null && this.asked === question) {
      this.again = () => this.ask(question, fetch);
      return;
    }
    this.running?.abort();
    this.again = null;
    this.asked = question;
    const control = new AbortController();
    this.running = control;
    fetch(control.signal)
      .then((value) => {
        if (this.running !== control) return;
        this.value = value;
        this.problem = null;
        this.answered = question;
      })
      .catch((problem: unknown) => {
        if (this.running !== control || control.signal.aborted) return;
        this.problem = problem instanceof Error ? problem : new Error(String(problem));
        // A thing that is not there, or not for this asker, is an answer; the old one must not stand for it.
        if ([401, 404].includes((this.problem as { status?: number }).status ?? 0)) this.value = null;
      })
      .finally(() => {
        if (this.running !== control) return;
        this.running = null;
        const next = this.again;
        this.again = null;
        next?.();
      });
  }
}
