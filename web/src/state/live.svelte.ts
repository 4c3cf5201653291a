// Takes the server's status, once a second; gives it to the frame, and a version that changes when anything did.
// Never fetches what a screen shows: screens ask again when the version moves.
import { get, type Status } from '../api/client';
import { preferences } from './preferences.svelte';

const POLL_MS = 1000;
/** After this long without an answer the page says that it is stale. */
export const STALE_MS = 5000;

class Live {
  status = $state.raw<Status | null>(null);
  /** Why the last poll failed, or empty. */
  failure = $state('');
  /** How long ago the last answer came, ms. */
  silence_ms = $state(0);
  /** How often the server came back after a silence; what failed meanwhile is asked again. */
  private returns = $state(0);
  private answered_ms = performance.now();

  /** Moves when the log grew, the instant shown moved, or the server came back. */
  version = $derived(this.status === null ? '' : `${this.status.log.size} ${this.status.as_of} ${this.returns}`);
  /** The zone in which times are shown. */
  zone = $derived(preferences.zone === 'utc' ? 'UTC' : (this.status?.time_zone ?? 'UTC'));
  /** The instant of the page, ms; 0 before the first answer. */
  as_of_ms = $derived(this.status === null ? 0 : Date.parse(this.status.as_of));
  demo = $derived(this.status?.data_class === 'simulated' && this.status.replay != null);
  stale = $derived(this.silence_ms >= STALE_MS);

  start(): () => void {
    let stopped = false;
    let timer: ReturnType<typeof setTimeout>;
    const poll = async () => {
      try {
        const status = await get('/status');
        this.answered_ms = performance.now();
        if (this.failure !== '') this.returns += 1;
        this.failure = '';
        this.status = status;
      } catch (problem) {
        this.failure = problem instanceof Error ? problem.message : String(problem);
      }
      if (!stopped) timer = setTimeout(poll, POLL_MS);
    };
    void poll();
    const watch = setInterval(() => (this.silence_ms = performance.now() - this.answered_ms), POLL_MS);
    return () => {
      stopped = true;
      clearTimeout(timer);
      clearInterval(watch);
    };
  }
}

export const live = new Live();
