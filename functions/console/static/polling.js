// Asks again and again, as often as it is worth: the work itself says when it wants to be called next.

export const WATCHING_MS = 3_000;
export const RESTING_MS = 60_000;

/** How soon syncs are worth asking for again: soon while a run moves, and one that is paused does not. */
export const paceOf = (...syncs) =>
  syncs.some(({ current_run: run }) => run && run.status !== "paused") ? WATCHING_MS : RESTING_MS;

/**
 * Calls `work` at once and then after as many milliseconds as it resolves to; never in a hidden tab, at once when
 * the tab is seen again or the connection is back. A failure goes to `failed`, and the next call waits longer.
 * Ends with `signal`. Returns a function that makes the next call happen now and resolves when it is over.
 */
export function poll(work, { signal, failed }) {
  let timer = 0;
  let failures = 0;
  let current = null;
  let following = null; // asked for while `current` was under way, which may have read what is now old

  async function once() {
    clearTimeout(timer);
    if (signal.aborted || document.hidden) return;
    let wait;
    try {
      wait = await work();
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      wait = Math.min(RESTING_MS, WATCHING_MS * 2 ** failures);
      failed(error);
    }
    if (!signal.aborted && !following) timer = setTimeout(run, wait);
  }

  function run() {
    if (current) {
      following ??= current.then(() => {
        following = null;
        return run();
      });
      return following;
    }
    current = once().finally(() => {
      current = null;
    });
    return current;
  }

  document.addEventListener("visibilitychange", run, { signal });
  window.addEventListener("online", run, { signal });
  signal.addEventListener("abort", () => clearTimeout(timer));
  run();
  return run;
}
