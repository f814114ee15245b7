// Asks again and again, as often as it is worth: the work itself says when it wants to be called next.

export const WATCHING_MS = 3_000;
export const RESTING_MS = 60_000;

/**
 * Calls `work` at once and then after as many milliseconds as it resolves to; never in a hidden tab, at once when
 * the tab is seen again or the connection is back. A failure goes to `failed`, and the next call waits longer.
 * Ends with `signal`. Returns a function that makes the next call happen now.
 */
export function poll(work, { signal, failed }) {
  let timer = 0;
  let running = false;
  let again = false;
  let failures = 0;

  async function run() {
    clearTimeout(timer);
    if (signal.aborted || document.hidden) return;
    if (running) {
      again = true;
      return;
    }
    running = true;
    let wait = RESTING_MS;
    try {
      wait = await work();
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      wait = Math.min(RESTING_MS, WATCHING_MS * 2 ** failures);
      failed(error);
    } finally {
      running = false;
    }
    if (signal.aborted) return;
    if (again) {
      again = false;
      run();
    } else {
      timer = setTimeout(run, wait);
    }
  }

  document.addEventListener("visibilitychange", run, { signal });
  window.addEventListener("online", run, { signal });
  signal.addEventListener("abort", () => clearTimeout(timer));
  run();
  return run;
}
