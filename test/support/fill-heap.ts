/** A thread that fills caches with results, and reports how many are kept. */
import { parentPort, workerData } from "node:worker_threads";
import { cached, memory } from "aotcache";

const { results, kilobytes } = workerData as { results: number; kilobytes: number };
const make = (n: number): string[] => Array.from({ length: kilobytes }, (_, i) => String(n + i).padEnd(976));
const builtIn = [1, 2].map((id) => cached((n: number) => make(n), { name: `builtIn${id}` }));
const own = cached((n: number) => make(n), { name: "own", backend: memory() });
for (let n = 0; n < results; n++) for (const fn of [...builtIn, own]) fn(n);
const entries = (fn: (typeof builtIn)[number]): number => fn.cache.stats().entries;
parentPort!.postMessage({ builtIn: builtIn.map(entries), own: entries(own) });
