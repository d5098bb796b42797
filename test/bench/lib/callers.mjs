/** Concurrent callers of a store: throughput and latency. */
import { written } from "./user.mjs";
import { median, quantile } from "./stats.mjs";

const KEYS = 1000;

/** Stores every key, and waits for pending writes. */
export async function fill(call) {
  await Promise.all(Array.from({ length: KEYS }, (_, id) => call(id)));
  await written();
}

/** Runs a number of callers for some time; each makes one call after the other. */
async function window({ call, weight, taken }, callers, milliseconds) {
  const start = performance.now();
  const caller = async () => {
    for (;;) {
      const began = performance.now();
      if (began - start > milliseconds) return;
      await call(taken.next++ % KEYS);
      taken.waits.push(performance.now() - began);
    }
  };
  const before = process.cpuUsage();
  const calls = taken.waits.length;
  await Promise.all(Array.from({ length: callers }, caller));
  const { user, system } = process.cpuUsage(before);
  taken.rates.push(((taken.waits.length - calls) * weight * 1000) / (performance.now() - start));
  taken.cpu += user + system;
}

/** Repeats an action until V8 has had time to optimise it, in processor time. */
async function warmUp(work, milliseconds = 600) {
  const before = process.cpuUsage();
  for (;;) {
    const { user, system } = process.cpuUsage(before);
    if (user + system > milliseconds * 1000) return;
    await work();
  }
}

/**
 * Throughput of the callers and of the bare client, in turns in one process, so that both have the same
 * conditions.
 *
 * @param weight the number of keys in one call
 * @returns keys per second, microseconds of this process's CPU per key, and latency in milliseconds
 */
export async function throughput(call, bare, { callers, weight = 1, turns = 10, milliseconds = 60 }) {
  const start = () => ({ next: 0, waits: [], rates: [], cpu: 0 });
  const mine = { call, weight, taken: start() };
  const other = { call: bare, weight: 1, taken: start() };
  const turn = async () => {
    for (const each of [mine, other]) await window(each, callers, milliseconds);
  };
  await warmUp(turn);
  for (const each of [mine, other]) each.taken = start();
  for (let i = 0; i < turns; i++) await turn();
  const { waits, rates, cpu } = mine.taken;
  return {
    value: median(rates),
    base: median(other.taken.rates),
    cpu: cpu / (waits.length * weight),
    p50: quantile(waits, 0.5),
    p99: quantile(waits, 0.99),
    // The same for the bare client.
    cpuBase: other.taken.cpu / other.taken.waits.length,
    p99Base: quantile(other.taken.waits, 0.99),
  };
}

/**
 * Latency of one caller and of the bare client, in turns in one process, so that both have the same
 * conditions.
 *
 * @returns microseconds
 */
export async function latency(call, bare, { turns = 60, each = 25 } = {}) {
  let waits = [[], []];
  let id = 0;
  const turn = async () => {
    for (const [index, ask] of [call, bare].entries()) {
      for (let i = 0; i < each; i++) {
        const began = performance.now();
        await ask(id++ % KEYS);
        waits[index].push((performance.now() - began) * 1000);
      }
    }
  };
  await warmUp(turn, 500);
  waits = [[], []];
  for (let i = 0; i < turns; i++) await turn();
  const [value, base] = waits.map(median);
  return { value, base };
}

/** Additional columns of throughput tables. */
export const EXTRAS = [
  { of: "p50", title: "p50, ms" },
  { of: "p99", title: "p99, ms" },
  { of: "p99Base", title: "p99 of the bare client" },
  { of: "cpu", title: "µs of CPU per hit" },
  { of: "cpuBase", title: "beside it" },
];
