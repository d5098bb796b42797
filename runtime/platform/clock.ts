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
 * What expires behind `horizon` is fresh. The horizon is a second ahead of the time that was last read, as long as
 * hits follow each other within a millisecond, and is taken back by a timer when the event loop turns; each function
 * reads the time at every 64th hit at the latest. So an entry is served past its time only if the event loop was held
 * up for a whole second right behind a burst of hits, and then at most 63 times by a function.
 */
export const clock: { horizon: number } = { horizon: Number.MAX_VALUE };

/** Milliseconds that a hit may be ahead of the time that was last read. */
const AHEAD = 1000;

/** Milliseconds between two reads, at the most, for hits to be so many that reading the time would tell. */
const BURST = 1;

/** Milliseconds after which a timer is not waited for any more: somebody has cleared it, or it was none. */
const LOST = 10_000;

/** The clock of the machine. Another one, of fake timers say, is read at every hit. */
export const native: () => number = Date.now;

/** Whether an entry is fresh, by the time itself. What `forever` is kept needs none. */
export function isFresh(expires: number): boolean {
  if (expires === Infinity) return true;
  const time = Date.now();
  if (canWait && Date.now === native) look(time);
  return expires > time;
}

let timer: unknown;
/** When the timer was set, and when the time was last read. */
let since = 0;
let last = 0;

function look(time: number): void {
  const isBurst = time - last <= BURST;
  last = time;
  if (timer === undefined) since = time;
  if (!isBurst || time - since > LOST || page?.hidden) {
    clock.horizon = Number.MAX_VALUE;
    return;
  }
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
  clock.horizon = time + AHEAD;
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
