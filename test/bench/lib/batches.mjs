/**
 * The time of one call, from batches of many.
 *
 * Time of the processor, not of the wall: another process that takes the core for a while does not count, and
 * what the garbage collector does on threads of its own does.
 */
import { createHook } from "node:async_hooks";
import { median } from "./stats.mjs";

const microseconds = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

/** How long the loop is optimised for, and then measured, in milliseconds of the processor. */
const WARM_UP = 120;
const MEASURED = 160;
const BATCH = 4;

/**
 * @param run calls `n` times, and gives something made of all results, so that none can be left out
 * @returns nanoseconds a call
 */
export async function nanoseconds(run, { warmUp = WARM_UP, measured = MEASURED } = {}) {
  let calls = 256;
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

/** The same for what changes with each batch: `before` makes it ready, and is not measured. */
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

/** Bytes that a call of so many nanoseconds allocates; its process has to be run with {@link ROOM}, so that none are collected meanwhile. */
export async function bytes(run, took) {
  // Where a call takes long, fewer of them tell as much.
  const calls = Math.min(100_000, Math.ceil(2e8 / took));
  await run(calls);
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  await run(calls);
  return Math.round((process.memoryUsage().heapUsed - before) / calls);
}

export const ROOM = ["--expose-gc", "--min-semi-space-size=128", "--max-semi-space-size=128"];

/** Promises that a call makes, those of `await` included. */
export async function promises(run) {
  const calls = 1024;
  let made = 0;
  const hook = createHook({ init: (_id, type) => (made += type === "PROMISE" ? 1 : 0) });
  hook.enable();
  await run(calls);
  hook.disable();
  return Number((made / calls).toPrecision(2));
}
