/** Sequences of keys: generated ones, which are the same in every run, and recorded ones. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { bench } from "./own.mjs";
import { random } from "./stats.mjs";

/** Keys with a Zipf distribution: the n-th key has the frequency n^-s. */
function zipf(keys, s, seed) {
  const sums = new Float64Array(keys);
  let sum = 0;
  for (let i = 0; i < keys; i++) sums[i] = sum += (i + 1) ** -s;
  const next = random(seed);
  return () => {
    const at = next() * sum;
    let [low, high] = [0, keys - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle] < at) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

const times = (count, next) => Array.from({ length: count }, (_, i) => next(i));

/** Popular keys, mixed with scans over all keys. */
function zipfWithScans() {
  const next = zipf(50_000, 0.99, 3);
  let scanned = 1_000_000;
  return times(1_000_000, (i) => (i % 100_000 >= 80_000 ? scanned++ : next()));
}

/** Popular keys, and a loop over more keys than fit. */
function zipfWithLoop() {
  const next = zipf(50_000, 0.99, 4);
  return times(1_000_000, (i) => (i % 2 === 0 ? next() : 1_000_000 + ((i >> 1) % 15_000)));
}

/** The popular keys change over time. */
function drifting() {
  const next = zipf(50_000, 0.99, 5);
  return times(1_000_000, (i) => next() + Math.floor(i / 100_000) * 10_000);
}

/** Most keys occur once or twice, close together. */
function bursts() {
  const next = random(6);
  let fresh = 0;
  const late = [];
  return times(1_000_000, (i) => {
    if (late.length > 500 && next() < 0.5) return late.splice(Math.floor(next() * 500), 1)[0];
    if (i % 4 === 0) return 5_000_000 + Math.floor(next() ** 3 * 8_000);
    late.push(fresh);
    return fresh++;
  });
}

const recorded = (name) => () =>
  gunzipSync(readFileSync(join(bench, "traces", `${name}.trace.gz`)))
    .toString("latin1")
    .split("\n")
    .filter((line) => line !== "")
    .map(Number);

/** Each trace with its cache size; `isScan` if it has scans or loops. */
export const TRACES = {
  "zipf 0.99": { keys: () => times(1_000_000, zipf(100_000, 0.99, 1)), room: 10_000 },
  "zipf 0.99, small cache": { keys: () => times(1_000_000, zipf(100_000, 0.99, 2)), room: 1_000 },
  "zipf and scans": { keys: zipfWithScans, room: 10_000, isScan: true },
  "zipf and a loop": { keys: zipfWithLoop, room: 10_000, isScan: true },
  "drifting zipf": { keys: drifting, room: 10_000 },
  bursts: { keys: bursts, room: 5_000 },
  "loop (LIRS)": { keys: recorded("loop"), room: 500, isScan: true },
  "cpp (LIRS)": { keys: recorded("cpp"), room: 100 },
  "cs (LIRS)": { keys: recorded("cs"), room: 700, isScan: true },
  "gli (LIRS)": { keys: recorded("gli"), room: 1_500, isScan: true },
  "ps (LIRS)": { keys: recorded("ps"), room: 1_500, isScan: true },
  "multi1 (LIRS)": { keys: recorded("multi1"), room: 1_000 },
  "multi2 (LIRS)": { keys: recorded("multi2"), room: 2_000 },
  "multi3 (LIRS)": { keys: recorded("multi3"), room: 3_000 },
  "sprite (LIRS)": { keys: recorded("sprite"), room: 600 },
  "web07 (cache2k)": { keys: recorded("web07"), room: 1_000 },
  "web12 (cache2k)": { keys: recorded("web12"), room: 1_000 },
};
