/**
 * A hit of one cached function, and of one of twenty in a module: shared call sites must not slow them down.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { template } from "../lib/by-hand.mjs";
import { nanoseconds } from "../lib/batches.mjs";
import { compileFixture, temporary } from "../lib/compile.mjs";
import { inChild, race, withRatios } from "../lib/race.mjs";

export const title = "Siblings in a module";

const SIBLING_COUNT = 20;
/** The total number of entries is the same for any number of functions. */
const KEYS = 1020;

const RETURNS = [
  ["number", "a + b.length"],
  ["string", "b + a"],
  ["{ a: number; b: string }", "{ a, b }"],
  ["string[]", "[b]"],
];

/** Functions with different parameters and results, like those of a real module. */
const source = (count) =>
  Array.from({ length: count }, (_, i) => {
    const [type, result] = RETURNS[i % RETURNS.length];
    return `// @cached ttl=10m\nexport function f${i}(a: number, b: string): ${type} {\n  return ${result};\n}\n`;
  }).join("");

/** Calls each function in turn, each from its own call site. */
const caller = (count) => `
const NAMES = Array.from({ length: ${KEYS / count} }, (_, i) => \`customer-\${1000 + i}\`);
export const loop = ({ ${Array.from({ length: count }, (_, i) => `f${i}`).join(", ")} }) => (n) => {
  let last;
  for (let i = 0, k = 0; i < n; i += ${count}) {
${Array.from({ length: count }, (_, i) => `    last = f${i}(k, NAMES[k]);`).join("\n")}
    if (++k === ${KEYS / count}) k = 0;
  }
  return last;
};
`;

const ALONE = "aotcache, one function";
const AMONG = `aotcache, one of ${SIBLING_COUNT}`;
const BY_HAND = `by hand: template key, Map, Date.now(), one of ${SIBLING_COUNT}`;
const COUNTS = { [ALONE]: 1, [AMONG]: SIBLING_COUNT, [BY_HAND]: SIBLING_COUNT };

export async function contend({ contender, modules, callers }) {
  const count = COUNTS[contender];
  const { loop } = await import(callers[count]);
  let functions = await import(modules[count]);
  if (contender === BY_HAND) {
    const fns = [(a, b) => a + b.length, (a, b) => b + a, (a, b) => ({ a, b }), (a, b) => [b]];
    functions = Object.fromEntries(
      Array.from({ length: count }, (_, i) => [
        `f${i}`,
        template(fns[i % fns.length], (a, b) => `${i}:${a}:${b}`),
      ]),
    );
  }
  return { value: await nanoseconds(loop(functions)) };
}

export async function suite({ rounds }) {
  const [modules, callers] = [{}, {}];
  for (const count of [1, SIBLING_COUNT]) {
    modules[count] = await compileFixture(`siblings-${count}`, source(count));
    const file = join(temporary("caller"), "caller.mjs");
    writeFileSync(file, caller(count));
    callers[count] = pathToFileURL(file).href;
  }
  const measure = (contender) => inChild({ suite: "siblings", contender, modules, callers });
  const rows = await race(Object.keys(COUNTS), measure, { rounds });
  const table = { id: "siblings", title, unit: "ns", ratioTo: "alone", rows: withRatios(rows, ALONE) };
  return { tables: [table], versions: {} };
}
