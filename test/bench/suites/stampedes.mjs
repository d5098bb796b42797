/** Many callers of one missing key: the number of runs, the time, and the results when the function fails. */
import { setImmediate } from "node:timers/promises";
import { compileFixture } from "../lib/compile.mjs";
import { versions } from "../lib/machine.mjs";
import { own } from "../lib/own.mjs";
import { PEERS, peersInMemory } from "../lib/peers.mjs";
import { inChild, race, withRatios } from "../lib/race.mjs";

export const title = "Stampedes";

const CALLERS = 10_000;
const FAILING = 300;
const BASELINE = "by hand: Map of promises";

const CONTENDERS = {
  "aotcache, compiled": async (fn, fixture) => {
    const { stampede, setWork } = await import(fixture);
    setWork(fn);
    return stampede;
  },
  "aotcache, uncompiled cached()": async (fn) => (await own("aotcache")).cached(fn, { ttl: "10m" }),
  [BASELINE]: (fn) => {
    const promises = new Map();
    return (id, name) => {
      const key = `${id}:${name}`;
      let promise = promises.get(key);
      if (promise) return promise;
      promise = fn(id, name);
      promises.set(key, promise);
      promise.catch(() => promises.delete(key));
      return promise;
    };
  },
  ...Object.fromEntries(
    PEERS.map((name) => [name, (fn) => peersInMemory[name](fn, (id, key) => `${id}:${key}`)]),
  ),
};

const milliseconds = ({ user, system }) => (user + system) / 1000;

export async function contend({ contender, fixture }) {
  let runs = 0;
  let fails = false;
  const fn = async (id, name) => {
    runs++;
    for (let i = 0; i < 3; i++) await setImmediate();
    if (fails) throw new Error("it failed");
    return id + name.length;
  };
  const call = await CONTENDERS[contender](fn, fixture);
  // Three stampedes to warm up, each with a different key.
  for (const id of [1, 2, 3]) await stampedeOf(call, id);
  runs = 0;
  const before = process.cpuUsage();
  await stampedeOf(call, 4);
  const value = milliseconds(process.cpuUsage(before));
  const cold = runs;
  runs = 0;
  fails = true;
  const calls = Array.from({ length: FAILING }, () => call(5, "failing").catch(() => "failed"));
  const answers = await Promise.all(calls);
  return { value, runs: cold, failures: runs, told: answers.filter((answer) => answer === "failed").length };
}

const stampedeOf = (call, id) => Promise.all(Array.from({ length: CALLERS }, () => call(id, "missing")));

export async function suite({ rounds }) {
  const fixture = await compileFixture("stampede");
  const measure = (contender) => inChild({ suite: "stampedes", contender, fixture });
  const rows = await race(Object.keys(CONTENDERS), measure, { rounds });
  const table = {
    id: "stampedes",
    title: `${CALLERS.toLocaleString("en-US")} concurrent calls of one missing key; ${FAILING} of a failing function`,
    unit: "ms of CPU",
    ratioTo: "by hand",
    extras: [
      { of: "runs", title: "runs" },
      { of: "failures", title: `runs of ${FAILING} failing calls` },
      { of: "told", title: "callers that get the error" },
    ],
    rows: withRatios(rows, BASELINE),
  };
  return { tables: [table], versions: versions(...PEERS.map((name) => name.split(" ")[0])) };
}
