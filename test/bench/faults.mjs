/**
 * Measures what callers of a cached function see of a store that fails, and prints the table of the README:
 *
 *   node test/bench/faults.mjs             each fault three times, the middle of each figure; five minutes
 *   node test/bench/faults.mjs --runs=1    once
 *   node test/bench/faults.mjs --write     puts the table between the README's <!-- faults --> markers
 */
import { tsImport } from "tsx/esm/api";

const { measure } = await tsImport("./faults.ts", import.meta.url);
await measure(process.argv.slice(2));
