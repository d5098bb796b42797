/**
 * The one place where the runtime reads the time, in milliseconds since the epoch.
 *
 * `Date.now` is looked up at every read, so that fake timers (Vitest, Jest, `node:test`) move it.
 */
export function now(): number {
  return Date.now();
}

/**
 * What a hit looks at in place of the time, which takes longer to read than all else that it does: 45 ns of 55.
 *
 * What expires behind `horizon` is fresh. The horizon is a second ahead of the time that was last read, and is
 * taken back within a millisecond by a timer; so an entry is served past its time only if the event loop was held
 * up for a whole second right behind a hit, and then at most 64 times, since that often a function reads the time.
 */
export const clock: { horizon: number } = { horizon: Number.MAX_VALUE };

/** Milliseconds that a hit may be ahead of the time that was last read. */
const AHEAD = 1000;

/** The clock of the machine. Another one, of fake timers say, is read at every hit. */
export const native: () => number = Date.now;

/** Whether an entry is fresh, by the time itself. What `forever` is kept needs none. */
export function isFresh(expires: number): boolean {
  if (expires === Infinity) return true;
  const time = Date.now();
  if (canWait && Date.now === native && page?.hidden !== true) look(time + AHEAD);
  return expires > time;
}

let timer: unknown;

function look(horizon: number): void {
  try {
    timer ??= setTimer(() => {
      timer = undefined;
      clock.horizon = Number.MAX_VALUE;
    }, 1);
  } catch {
    // Where there are no timers, or none now: a hit is no reason to fail.
    canWait = false;
    return;
  }
  clock.horizon = horizon;
  (timer as { unref?: () => void }).unref?.();
}

const { setTimeout: setTimer } = globalThis;

/** The timers of a page that nobody sees may go off a minute late, while messages still arrive in time. */
const { document: page } = globalThis as { document?: { hidden?: boolean } };

/**
 * Where a timer that was set is sure to go off: not so at the edge, where one ends with its request or may not be
 * set at all. Nor is a clock taken for the machine's that was another one when this module was loaded.
 */
let canWait: boolean =
  /^function now\(\)\s*\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(native)) && isHost();

function isHost(): boolean {
  const { navigator, process: host } = globalThis as {
    navigator?: { userAgent?: string };
    process?: { release?: { name?: string } };
  };
  if (page) return true;
  return /^(?:node|bun|deno)/i.test(navigator?.userAgent ?? host?.release?.name ?? "");
}
