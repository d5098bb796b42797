import { asMicrotask, realOf } from "./real-timers.ts";

const { process } = globalThis as {
  process?: { nextTick?: (run: () => void) => void; versions?: { node?: string } };
};

/**
 * Runs a function after the current tick and before the event loop waits for I/O. Outside of Node.js, runs it as a
 * microtask.
 */
export const afterTick: (run: () => void) => void =
  process?.nextTick && process.versions?.node ? realOf("nextTick" as never, process) : asMicrotask;
