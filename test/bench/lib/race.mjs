/**
 * Measures contenders against each other: each in a process of its own, so that none runs on what V8 learnt from
 * another, and in turns, so that what else the machine does meets all of them alike.
 */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { median, summary } from "./stats.mjs";

const CHILD = fileURLToPath(new URL("child.mjs", import.meta.url));

/** Runs one contender of a suite in a process of its own; resolves with what it measured. */
export function inChild(job, { flags = [] } = {}) {
  return new Promise((resolve, reject) => {
    // Libraries that copy or freeze in development are measured as they are in production.
    const env = { ...process.env, NODE_ENV: "production", NODE_OPTIONS: "" };
    const child = fork(CHILD, { execArgv: flags, env });
    child.send(job);
    let answer;
    child.on("message", (message) => (answer = message));
    child.on("error", reject);
    child.on("exit", (code) => {
      if (answer?.result) resolve(answer.result);
      else
        reject(
          new Error(
            `${JSON.stringify(job).slice(0, 200)} ended with ${code}: ${answer?.error ?? "no answer"}`,
          ),
        );
    });
  });
}

/**
 * Runs all contenders in turns for some rounds.
 *
 * @param contenders names
 * @param measure resolves with a number, or an object whose `value` is it, for a contender
 * @returns for each contender its median and spread, and the medians of what it said besides
 */
export async function race(contenders, measure, { rounds }) {
  const taken = new Map(contenders.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    // Another one is first each time: what the first one finds may be a machine at rest.
    for (const [index] of contenders.entries()) {
      const name = contenders[(index + round) % contenders.length];
      progress(`round ${round + 1} of ${rounds}: ${name}`);
      taken.get(name).push(await measure(name));
    }
  }
  progress("");
  return [...taken].map(([name, all]) => {
    const values = all.map((one) => (typeof one === "number" ? one : one.value));
    return { name, ...summary(values), ...besides(all), values, all };
  });
}

/** Shows on a terminal what is being measured. */
export function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text.slice(0, 78)}`);
}

/** What rounds say besides the value: medians too. */
function besides(all) {
  if (typeof all[0] === "number") return {};
  const { value: _, ...more } = all[0];
  const middle = (name) => Number(median(all.map((one) => one[name])).toPrecision(4));
  return Object.fromEntries(Object.keys(more).map((name) => [name, middle(name)]));
}

/**
 * Adds each row's ratio to a baseline: the median of the ratios of each round, which noise that lasts longer than
 * one contender's turn leaves alone.
 */
export function withRatios(rows, baseline) {
  const base = rows.find(({ name }) => name === baseline);
  if (!base) throw new Error(`no contender is called ${baseline}`);
  return rows.map(({ values, all: _, ...row }) => {
    const ratios = values.map((value, round) => value / base.values[round]);
    return { ...row, ratio: summary(ratios).median };
  });
}

/** The same for contenders that measure their baseline along with themselves, and give it as `base`. */
export function withOwnRatios(rows) {
  return rows.map(({ values, all, base: _, ...row }) => ({
    ...row,
    ratio: summary(all.map(({ value, base }) => value / base)).median,
  }));
}
