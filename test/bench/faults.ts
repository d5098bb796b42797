import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import type { Fault } from "../stores/faults/fault.ts";
import { live, type Seen } from "../stores/faults/live.ts";
import { MEMCACHED_FAULTS } from "../stores/faults/memcached-faults.ts";
import { FAILOVERS, REDIS_FAULTS } from "../stores/faults/redis-faults.ts";
import { ensurePrograms } from "../support/servers/index.ts";

const README = new URL("../../README.md", import.meta.url);
const MARKED = /<!-- faults -->[\s\S]*?<!-- \/faults -->/;
const HEAD = [
  "| store | fault | right answers | added delay, first calls | then | back after |",
  "| --- | --- | --- | --- | --- | --- |",
];

/** Lives through every fault, prints a line for each, and writes the table if it is told to. */
export async function measure(args: readonly string[]): Promise<void> {
  const runs = Number(/^--runs=(\d+)$/m.exec(args.join("\n"))?.[1] ?? 3);
  await ensurePrograms();
  const table = [...HEAD];
  console.log(HEAD.join("\n"));
  for (const fault of [...REDIS_FAULTS, ...FAILOVERS, ...MEMCACHED_FAULTS]) {
    const seen: Seen[] = [];
    for (let run = 0; run < runs; run++) seen.push(await live(fault));
    table.push(row(fault, seen));
    console.log(table.at(-1));
  }
  const what = `Node.js ${process.versions.node}, ${cpus().length} cores; the middle of ${runs} runs.`;
  console.log(`\n${what}`);
  if (!args.includes("--write")) return;
  const text = readFileSync(README, "utf8");
  if (!MARKED.test(text)) throw new Error("the README has no <!-- faults --> … <!-- /faults -->");
  const marked = `<!-- faults -->\n${table.join("\n")}\n\n${what}\n<!-- /faults -->`;
  writeFileSync(
    README,
    text.replace(MARKED, () => marked),
  );
}

function row({ store, name }: Fault, seen: readonly Seen[]): string {
  const calls = sum(seen.map((each) => each.calls));
  const right = calls - sum(seen.map(({ wrong }) => wrong.length));
  const cells = [
    store,
    name,
    `${right.toLocaleString("en")} of ${calls.toLocaleString("en")}`,
    ms(middle(seen.map(({ first }) => first))),
    ms(middle(seen.map(({ after }) => after))),
    `${(middle(seen.map(({ back }) => back)) / 1000).toFixed(1)} s`,
  ];
  return `| ${cells.join(" | ")} |`;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

const middle = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

const ms = (time: number): string => (time < 1 ? "< 1 ms" : `${Math.round(time)} ms`);
