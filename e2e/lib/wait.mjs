// Waiting for conditions. Nothing in these tests waits for a length of time.
import { setTimeout as pause } from "node:timers/promises";

/**
 * Asks until the answer is neither null, undefined nor false, and returns it.
 * Fails after `timeout` milliseconds with what was waited for and the last error, or at once if `abort` answers.
 */
export async function until(what, ask, { timeout = 30_000, interval = 25, abort = () => undefined } = {}) {
  const end = performance.now() + timeout;
  let last;
  for (;;) {
    const reason = abort();
    if (reason) throw new Error(`gave up waiting for ${what}: ${reason}`);
    try {
      const answer = await ask();
      if (answer !== null && answer !== undefined && answer !== false) return answer;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) {
      throw new Error(`waited ${timeout} ms in vain for ${what}${last ? `: ${last.message}` : ""}`, { cause: last });
    }
    await pause(interval);
  }
}
