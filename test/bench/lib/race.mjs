/**
 * Compares contenders: each runs in its own process, so that V8's optimisations do not carry over, and in
 * turns, so that other load on the machine affects all of them equally.
 */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { median, summary } from "./stats.mjs";

const CHILD = fileURLToPath(new URL("child.mjs", import.meta.url));

/** Runs one contender of a suite in its own process; resolves with the measurement. */
export function inChild(job, { flags = [] } = {}) {
  return new Promise((resolve, reject) => {
    // Libraries that copy or freeze in development are measured in production mode.
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
 * @param measure resolves with a number, or an object with the number as `value`, for a contender
 * @returns for each contender its median and spread, and the medians of its other figures
 */
export async function race(contenders, measure, { rounds }) {
  const taken = new Map(contenders.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    // Each round starts with another contender, because the first one may find an idle machine.
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

/** Shows the current measurement on a terminal. */
export function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text.slice(0, 78)}`);
}

/** Medians of the other figures of the rounds. */
function besides(all) {
  if (typeof all[0] === "number") return {};
  const { value: _, ...more } = all[0];
  const middle = (name) => Number(median(all.map((one) => one[name])).toPrecision(4));
  return Object.fromEntries(Object.keys(more).map((name) => [name, middle(name)]));
}

/**
 * Adds the ratio of each row to a baseline: the median of the ratios of each round, which is robust against
 * noise that lasts longer than one turn.
 */
export function withRatios(rows, baseline) {
  const base = rows.find(({ name }) => name === baseline);
  if (!base) throw new Error(`no contender is called ${baseline}`);
  return rows.map(({ values, all: _, ...row }) => {
    const ratios = values.map((value, round) => value / base.values[round]);
    return { ...row, ratio: summary(ratios).median };
  });
}

/** The same for contenders that measure their own baseline and return it as `base`. */
export function withOwnRatios(rows) {
  return rows.map(({ values, all, base: _, ...row }) => ({
    ...row,
    ratio: summary(all.map(({ value, base }) => value / base)).median,
  }));
}
