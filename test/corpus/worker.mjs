/** Calls functions in both forms, each with every set of arguments, forwards and backwards. */
import { join } from "node:path";
import { isDeepStrictEqual, inspect } from "node:util";
import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";

const { jobs, forms } = workerData;

/** A promise that waits for more than a moment waits for the world. */
const MAX_WAIT_MS = 1000;

async function compared({ module, path, sets }) {
  const report = { calls: 0, thrown: 0, differences: [] };
  const [plain, cached] = await Promise.all(
    [forms.plain, forms.cached].map((form) => functionAt(form, module, path)),
  );
  const expected = [];
  for (const set of sets) expected.push(await outcomeOf(plain, set));
  const order = [...sets.keys()];
  for (const index of [...order, ...order.reverse()]) {
    const outcome = await outcomeOf(cached, sets[index]);
    report.calls++;
    if (outcome.threw) report.thrown++;
    if (isSame(expected[index], outcome)) continue;
    const shown = [sets[index], expected[index], outcome].map((each) =>
      inspect(each, { depth: 4, breakLength: Infinity }),
    );
    report.differences.push(`(${shown[0]}) gives ${shown[2]} in place of ${shown[1]}`);
  }
  return report;
}

async function functionAt(form, module, path) {
  let value = await import(pathToFileURL(join(form, module)).href);
  let owner;
  for (const name of path) [owner, value] = [value, value[name]];
  return path.length > 1 ? value.bind(owner) : value;
}

async function outcomeOf(fn, set) {
  try {
    const value = fn(...structuredClone(set));
    return { value: isThenable(value) ? await inTime(value) : value };
  } catch (error) {
    // Bundlers number names: "date2.getTime is not a function".
    return { threw: `${error?.name}: ${error?.message}`.replace(/\b([a-z]+)\d\b/gi, "$1") };
  }
}

const isThenable = (value) => typeof value?.then === "function";

function inTime(promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("late")), MAX_WAIT_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Each form has classes and functions of its own: instances are compared by the names of their classes. */
function isSame(one, other) {
  return isDeepStrictEqual(one, other) || isDeepStrictEqual(withoutClasses(one), withoutClasses(other));
}

function withoutClasses(value, seen = new Map()) {
  if (typeof value === "function") return "a function"; // Bundlers rename functions.
  if (typeof value !== "object" || value === null) return value;
  const name = value.constructor?.name;
  if (/^(?:Date|RegExp|URL|\w*Array(?:Buffer)?)$/.test(name) && name !== "Array") return value;
  if (seen.has(value)) return seen.get(value);
  if (value instanceof Map || value instanceof Set)
    return [name, [...value].map((each) => withoutClasses(each, seen))];
  const copy = Array.isArray(value) ? [] : { class: name };
  seen.set(value, copy);
  for (const key of Reflect.ownKeys(value)) {
    const { enumerable, value: held } = Object.getOwnPropertyDescriptor(value, key);
    // Some classes bind a method when it is first read.
    const isBound = typeof held === "function" && name !== "Object";
    if (enumerable && !isBound) copy[key] = withoutClasses(value[key], seen);
  }
  return copy;
}

for (const job of jobs) parentPort.postMessage(await compared(job));
// Timers and sockets of the sources must not hold the worker.
process.exit();
