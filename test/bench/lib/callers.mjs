/** Concurrent callers of a store: how much they get, and how long each waits. */
import { written } from "./user.mjs";
import { median, quantile } from "./stats.mjs";

const KEYS = 1000;

/** Has every key in the store, and whatever is written behind the callers written. */
export async function fill(call) {
  await Promise.all(Array.from({ length: KEYS }, (_, id) => call(id)));
  await written();
}

/** Lets some callers call for some time, each one call after the other. */
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

/** Does something until V8 has had time to optimise it: time of the processor, of which a busy machine gives little. */
async function warmUp(work, milliseconds = 600) {
  const before = process.cpuUsage();
  for (;;) {
    const { user, system } = process.cpuUsage(before);
    if (user + system > milliseconds * 1000) return;
    await work();
  }
}

/**
 * How much callers get, and how much from the bare client: in turns in one process, so that both share what the
 * machine has to give at the time.
 *
 * @param weight how many keys one call asks for
 * @returns keys a second, microseconds of this process's processor a key, and how long calls wait, in milliseconds
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
    // Of the bare client, next to it.
    cpuBase: other.taken.cpu / other.taken.waits.length,
    p99Base: quantile(other.taken.waits, 0.99),
  };
}

/**
 * How long one caller waits, and how long for the bare client. In turns in one process, so that both wait for the
 * same server on the same machine in the same mood.
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

/** What tables of throughput say besides. */
export const EXTRAS = [
  { of: "p50", title: "p50, ms" },
  { of: "p99", title: "p99, ms" },
  { of: "p99Base", title: "p99 beside it" },
  { of: "cpu", title: "µs of processor a hit" },
  { of: "cpuBase", title: "beside it" },
];
