/**
 * The time of one call, from batches of many.
 *
 * This is processor time, not wall time: it does not include other processes on the core, but it includes the
 * threads of the garbage collector.
 */
import { createHook } from "node:async_hooks";
import { median } from "./stats.mjs";

const microseconds = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

/** How long the loop is warmed up and then measured, in milliseconds of processor time. */
const WARM_UP_MS = 120;
const MEASURED_MS = 160;
const BATCH = 4;

/**
 * @param run calls `n` times, and returns a value made of all results, so that none is optimised away
 * @param calls the number of the first calls: few if one takes milliseconds
 * @returns nanoseconds per call
 */
export async function nanoseconds(run, { warmUp = WARM_UP_MS, measured = MEASURED_MS, calls = 256 } = {}) {
  const start = microseconds();
  while (microseconds() - start < warmUp * 1000) await run(calls);
  for (let took = 0; took < BATCH * 1000; calls *= 2) {
    const before = microseconds();
    await run(calls);
    took = microseconds() - before;
  }
  const times = [];
  for (let sum = 0; sum < measured * 1000;) {
    const before = microseconds();
    await run(calls);
    const took = microseconds() - before;
    sum += took;
    times.push((took * 1000) / calls);
  }
  return median(times);
}

/** The same with a preparation before each batch: `before` is not measured. */
export async function nanosecondsEach(run, { calls, before, batches = 30, warmUp = 10 }) {
  const times = [];
  for (let batch = 0; batch < batches + warmUp; batch++) {
    await before?.();
    const start = microseconds();
    await run(calls);
    if (batch >= warmUp) times.push(((microseconds() - start) * 1000) / calls);
  }
  return median(times);
}

/**
 * Bytes that a call allocates. The process must run with {@link ROOM}, so that nothing is collected
 * meanwhile.
 */
export async function bytes(run, took) {
  // For slow calls, fewer of them are enough.
  const calls = Math.min(100_000, Math.ceil(2e8 / took));
  await run(calls);
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  await run(calls);
  return Math.round((process.memoryUsage().heapUsed - before) / calls);
}

export const ROOM = ["--expose-gc", "--min-semi-space-size=128", "--max-semi-space-size=128"];

/** Promises that a call creates, including those of `await`. */
export async function promises(run) {
  const calls = 1024;
  let made = 0;
  const hook = createHook({ init: (_id, type) => (made += type === "PROMISE" ? 1 : 0) });
  hook.enable();
  await run(calls);
  hook.disable();
  return Number((made / calls).toPrecision(2));
}
