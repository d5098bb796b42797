/** An awaited hit of an async function: 1,024 stored keys; (number, string). */
import { nestedAsync, templateAsync } from "../lib/by-hand.mjs";
import { bytes, nanoseconds, promises, ROOM } from "../lib/batches.mjs";
import { FORMS } from "../lib/calls.mjs";
import { compileFixture } from "../lib/compile.mjs";
import { versions } from "../lib/machine.mjs";
import { own } from "../lib/own.mjs";
import { PEERS, peersInMemory } from "../lib/peers.mjs";
import { inChild, race, withRatios } from "../lib/race.mjs";

export const title = "Async hits";

const BASELINE = "by hand: template key, Map, stored promise";

const { key, awaited } = FORMS.pair;
const fn = async (id, name) => id + name.length;

const CONTENDERS = {
  "an async function without a cache": () => fn,
  "aotcache, compiled async": async ({ fixture }) => (await import(fixture)).pairAsync,
  "aotcache, compiled, gives a promise": async ({ fixture }) => (await import(fixture)).pairPromise,
  "aotcache, uncompiled cached()": async () =>
    (await own("aotcache")).cached(fn, { max: 100_000, ttl: "10m" }),
  [BASELINE]: () => templateAsync(fn, key),
  "by hand: nested Maps, stored promise": () => nestedAsync(fn),
  ...Object.fromEntries(PEERS.map((peer) => [peer, () => peersInMemory[peer](fn, key)])),
};

export async function contend({ contender, fixture, allocation }) {
  const run = awaited(await CONTENDERS[contender]({ fixture }));
  if ((await run(1024)) !== (await awaited(fn)(1024))) throw new Error("it gives other results");
  const value = await nanoseconds(run, allocation ? { measured: 20 } : {});
  return allocation ? { bytes: await bytes(run, value), promises: await promises(run) } : { value };
}

export async function suite({ rounds }) {
  const fixture = await compileFixture("hits");
  const measure = (contender) => inChild({ suite: "hits-async", contender, fixture });
  const rows = await race(Object.keys(CONTENDERS), measure, { rounds });
  for (const row of rows) {
    const job = { suite: "hits-async", contender: row.name, fixture, allocation: true };
    Object.assign(row, await inChild(job, { flags: ROOM }));
  }
  const table = {
    id: "async",
    title: "(number, string), awaited",
    unit: "ns",
    ratioTo: "by hand",
    extras: [
      { of: "promises", title: "promises made" },
      { of: "bytes", title: "bytes allocated" },
    ],
    rows: withRatios(rows, BASELINE),
  };
  return { tables: [table], versions: versions(...PEERS.map((name) => name.split(" ")[0])) };
}
