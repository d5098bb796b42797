import { builtinModule } from "./builtin-module.ts";
import { performance, realOf, setTimeout as setTimer } from "./real-timers.ts";
import { unref } from "./timer.ts";

/**
 * Whether a `Date` tells the time: that of the platform, or that of Next.js, which reports its reads. The prototype of
 * one of fake timers is another, or does not name it.
 */
const isReal = (date: DateConstructor): boolean =>
  date.prototype.constructor === date && Object.hasOwn(date.prototype, Symbol.toPrimitive);

/** The last `Date` that was found, and what tells the time while it is there. */
let seen: DateConstructor | undefined;
let source: Pick<DateConstructor, "now"> = Date;

/**
 * Returns the time of the wall clock, for what other processes read, in milliseconds since the epoch.
 *
 * With Cache Components, Next.js fails a page whose prerender reads `Date`, which it replaces. What a cache reads for
 * itself is not part of a page.
 */
export function now(): number {
  if (Date !== seen) {
    source = isReported(Date) ? unreportedDate() : Date;
    seen = Date;
  }
  return source.now();
}

/** Whether a `Date` tells the time and is not that of the platform. */
const isReported = (date: DateConstructor): boolean =>
  isReal(date) && !Function.prototype.toString.call(date).includes("[native code]");

/** Another global object of the process has a `Date` of its own. */
function unreportedDate(): Pick<DateConstructor, "now"> {
  const vm = builtinModule("node:vm") as { runInNewContext(code: string): unknown } | undefined;
  if (vm) return vm.runInNewContext("Date") as DateConstructor;
  return { now: () => performance.timeOrigin + performance.now() };
}

/** `Date` of the platform; `undefined` if it was replaced before this module was loaded, and cannot be found. */
const realDate: DateConstructor | undefined = /* @__PURE__ */ [realOf("Date")].find(isReal);

/**
 * Whether fake timers stand in for the clock (Vitest, Jest, `node:test`): they replace `Date`. Another `Date.now` alone
 * is a wall clock that was set.
 */
export const isClockFake = (): boolean => Date !== realDate && !isReal(Date);

/**
 * Returns the time by which memory expires, in milliseconds. It is monotonic: setting the wall clock does not change it.
 * Fake timers move it. Near the time since the epoch, so that both can follow each other in a test.
 */
export function memoryTime(): number {
  // Old and minimal platforms have no `performance`.
  const isWall = isClockFake() || !(performance as unknown);
  return isWall ? Date.now() : performance.timeOrigin + performance.now();
}

/**
 * The time after which an entry must expire for a hit to serve it without reading the clock.
 *
 * While hits follow each other within a millisecond, the horizon is one second ahead of the last time that was read. A
 * timer takes it back as soon as the event loop turns, and each function reads the clock at least at every 64th hit. So
 * expiry is exact to the millisecond, with one exception. An entry is served past its expiry only if all of these hold:
 *
 * - Two reads of the clock were at most a millisecond apart (a burst of hits).
 * - After that, the event loop did not reach its timers for more than a second.
 * - The entry expired during that time, more than a second after the last read.
 *
 * Each function then serves at most 63 such hits before it reads the clock.
 *
 * Measured on Node.js 20, as medians of ratios: if every hit that can expire reads the clock, a hit takes 2.7 times as
 * long for `(number)`, 2.1 times for `(number, string)`, 1.5 times for an object, and 1.4 times if it is awaited. A read
 * takes 45 ns, and the rest of a hit 19 ns. `performance.now()` is not faster. Every clock reads the counter of the
 * processor, which alone takes 23 ns even in C. Without a read, nothing shows how long synchronous code has been
 * running, so no exact way is cheaper.
 *
 * Two ways to narrow the exception were slower, too. Reading the clock at every 16th hit takes 1.12 times as long. Using
 * the horizon only until the end of a turn of the event loop (`process.nextTick` takes it back) costs nothing in a loop
 * of hits, but 2.7 times as much with 10 hits per turn.
 */
export const clock: { horizon: number } = { horizon: Number.MAX_VALUE };

/** How far the horizon is ahead of the time that was last read. */
const HORIZON_MS = 1000;

/** Maximum time between two reads of the clock in a burst. Only in a burst does the cost of reading matter. */
const MAX_BURST_GAP_MS = 1;

/** A timer that has not fired after this time counts as cleared, or as never set. */
const LOST_TIMER_MS = 10_000;

/** Tells whether an entry is fresh. Reads the clock, and moves the horizon, only if the entry can expire. */
export function isFresh(expires: number): boolean {
  if (expires === Infinity) return true;
  const time = memoryTime();
  if (hasReliableTimers && !isClockFake()) moveHorizon(time);
  return expires > time;
}

/** Takes the horizon back. */
let timer: unknown;
/** The time at which the timer was set, and the time that was last read. */
let timerSetAt = 0;
let lastRead = 0;

function moveHorizon(time: number): void {
  const isBurst = time - lastRead <= MAX_BURST_GAP_MS;
  lastRead = time;
  if (timer === undefined) timerSetAt = time;
  if (!isBurst || time - timerSetAt > LOST_TIMER_MS || page?.hidden) {
    clock.horizon = Number.MAX_VALUE;
    return;
  }
  try {
    timer ??= setTimer(() => {
      timer = undefined;
      clock.horizon = Number.MAX_VALUE;
    }, 1);
  } catch {
    // The platform has no timers, or forbids them at this point. That must not make a hit fail.
    hasReliableTimers = false;
    return;
  }
  clock.horizon = time + HORIZON_MS;
  unref(timer);
}

/** In a hidden page, timers may fire a minute late, although messages arrive in time. */
const { document: page } = globalThis as { document?: { hidden?: boolean } };

/**
 * Whether timers always fire; otherwise the horizon is not used. On edge platforms, a timer ends with its request or is
 * not allowed at all. The horizon is not used either if fake timers were installed before this module was loaded.
 */
export let hasReliableTimers: boolean = realDate !== undefined && isKnownHost();

function isKnownHost(): boolean {
  const { navigator, process: host } = globalThis as {
    navigator?: { userAgent?: string };
    process?: { release?: { name?: string } };
  };
  if (page) return true;
  return /^(?:node|bun|deno)/i.test(navigator?.userAgent ?? host?.release?.name ?? "");
}
