/** Where the time of the compiler goes, for `aotcache check --timing` and `AOTCACHE_TIMING=1`. */
import { writeSync } from "node:fs";

/** In the order of the table. */
const PHASES = {
  "stored results": "file",
  parsing: "file",
  programs: "program",
  types: "file",
  output: "file",
} as const;

type Phase = keyof typeof PHASES;

interface Spent {
  /** Milliseconds, without the time of other phases inside this one. */
  time: number;
  count: number;
}

const spent = new Map<Phase, Spent>();
/** The time of the phases inside the current one, in milliseconds. */
let inner = 0;
let isStarted = false;

/** Runs a part of the work and adds its time to that of its phase. */
export function timed<T>(phase: Phase, work: () => T): T {
  if (!isStarted && process.env["AOTCACHE_TIMING"]) process.once("exit", printTimings);
  isStarted = true;
  const outer = inner;
  inner = 0;
  const start = performance.now();
  try {
    return work();
  } finally {
    const total = performance.now() - start;
    const known = spent.get(phase) ?? { time: 0, count: 0 };
    spent.set(phase, { time: known.time + total - inner, count: known.count + 1 });
    inner = outer + total;
  }
}

/**
 * Returns a table of where the time of the compiler went in this thread: seconds, and how many files or programs.
 *
 * @example
 * import { createCompiler, timingText } from "aotcache/compiler";
 *
 * (await createCompiler()).compile("src/a.ts", "// @cached ttl=10\nexport const f = (n: number) => [n];");
 * console.log(timingText());
 */
export function timingText(): string {
  const names = Object.keys(PHASES) as Phase[];
  const width = Math.max(...names.map((name) => name.length));
  const lines = names.map((name) => {
    const { time, count } = spent.get(name) ?? { time: 0, count: 0 };
    return `  ${name.padEnd(width)} ${seconds(time)}  ${count} ${PHASES[name]}${count === 1 ? "" : "s"}`;
  });
  const sum = [...spent.values()].reduce((total, { time }) => total + time, 0);
  return `${"aotcache".padEnd(width + 2)} ${seconds(sum)}\n${lines.join("\n")}\n`;
}

const seconds = (time: number): string => `${(time / 1000).toFixed(2).padStart(7)} s`;

/** Prints the table. Synchronous, because the thread may end before a stream has written. */
export function printTimings(): void {
  writeSync(2, timingText());
}
