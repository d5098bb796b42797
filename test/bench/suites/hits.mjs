/** A hit of a sync function: 1,024 stored keys. */
import * as byHand from "../lib/by-hand.mjs";
import { bytes, nanoseconds, ROOM } from "../lib/batches.mjs";
import { FORMS } from "../lib/calls.mjs";
import { compileFixture } from "../lib/compile.mjs";
import { versions } from "../lib/machine.mjs";
import { own } from "../lib/own.mjs";
import { inChild, race, withRatios } from "../lib/race.mjs";

export const title = "Sync hits";

const PEERS = [
  "lru-cache",
  "quick-lru",
  "@isaacs/ttlcache",
  "micro-memoize",
  "moize",
  "fast-memoize",
  "memoizee",
];
const TTL = 600_000;
const MAX = 100_000;
const BASELINE = "by hand: template key, Map, Date.now()";
const BASELINE_FOREVER = "by hand: template key, Map";
const COARSE = "by hand: template key, Map, coarse clock";
const NESTED = "by hand: nested Maps, Date.now()";
const NESTED_FOREVER = "by hand: nested Maps";

const isObject = (form) => form === "object" || form === "optional";

/** A store with string keys and a template key, as its users write it. */
const behind = (store) => (fn, key) => {
  if (fn.length === 1) {
    return (a) => {
      const text = key(a);
      const found = store.get(text);
      if (found !== undefined) return found;
      const value = fn(a);
      store.set(text, value);
      return value;
    };
  }
  return (a, b) => {
    const text = key(a, b);
    const found = store.get(text);
    if (found !== undefined) return found;
    const value = fn(a, b);
    store.set(text, value);
    return value;
  };
};

/**
 * Creates each contender's cached function; `form` is the form of the arguments, `expires` whether entries
 * expire.
 */
const CONTENDERS = {
  "aotcache, compiled": async ({ form, expires, fixture }) =>
    (await import(fixture))[expires ? `${form}Ttl` : form],
  "aotcache, uncompiled cached()": async ({ form, expires }) => {
    const { cached } = await own("aotcache");
    return cached(FORMS[form].fn, { max: MAX, ...(expires && { ttl: "10m" }) });
  },
  [BASELINE]: ({ form }) => byHand.template(FORMS[form].fn, FORMS[form].key),
  [BASELINE_FOREVER]: ({ form }) => byHand.templateForever(FORMS[form].fn, FORMS[form].key),
  [COARSE]: ({ form }) => byHand.templateCoarse(FORMS[form].fn, FORMS[form].key),
  [NESTED]: ({ form }) => byHand.nested(FORMS[form].fn, form),
  [NESTED_FOREVER]: ({ form }) => byHand.nestedForever(FORMS[form].fn, form),
  "lru-cache": async ({ form, expires }) => {
    const { LRUCache } = await import("lru-cache");
    const cache = new LRUCache({ max: MAX, ...(expires && { ttl: TTL }) });
    return behind(cache)(FORMS[form].fn, FORMS[form].key);
  },
  "quick-lru": async ({ form, expires }) => {
    const { default: QuickLRU } = await import("quick-lru");
    const cache = new QuickLRU({ maxSize: MAX, ...(expires && { maxAge: TTL }) });
    return behind(cache)(FORMS[form].fn, FORMS[form].key);
  },
  "@isaacs/ttlcache": async ({ form }) => {
    const { TTLCache } = await import("@isaacs/ttlcache");
    return behind(new TTLCache({ max: MAX, ttl: TTL }))(FORMS[form].fn, FORMS[form].key);
  },
  "micro-memoize": async ({ form, expires }) => {
    const { memoize } = await import("micro-memoize");
    const keys = isObject(form) ? { isKeyItemEqual: "deep" } : {};
    return memoize(FORMS[form].fn, { maxSize: 2048, ...keys, ...(expires && { expires: TTL }) });
  },
  moize: async ({ form, expires }) => {
    const { default: moize } = await import("moize");
    const keys = { isDeepEqual: isObject(form) };
    return moize(FORMS[form].fn, { maxSize: 2048, ...keys, ...(expires && { maxAge: TTL }) });
  },
  "fast-memoize": async ({ form }) => (await import("fast-memoize")).default(FORMS[form].fn),
  memoizee: async ({ form, expires }) => {
    const { default: memoize } = await import("memoizee");
    const keys = isObject(form) ? { normalizer: ([at]) => FORMS[form].key(at) } : { primitive: true };
    return memoize(FORMS[form].fn, { ...keys, ...(expires && { maxAge: TTL }) });
  },
};

const ONLY_EXPIRING = [BASELINE, COARSE, NESTED, "@isaacs/ttlcache"];
/** Contenders that are a hundred times slower with objects are measured with one form of them. */
const SLOWEST = ["micro-memoize", "moize"];
const ONLY_FOREVER = [BASELINE_FOREVER, NESTED_FOREVER, "fast-memoize"];

export async function contend(job) {
  const cached = await CONTENDERS[job.contender](job);
  const run = FORMS[job.form].loop(cached);
  const first = run(1024);
  if (first !== FORMS[job.form].loop(FORMS[job.form].fn)(1024)) throw new Error("it gives other results");
  const value = await nanoseconds(run, job.allocation ? { measured: 20 } : {});
  return job.allocation ? { bytes: await bytes(run, value) } : { value };
}

export async function suite({ rounds }) {
  const fixture = await compileFixture("hits");
  const tables = [];
  for (const form of Object.keys(FORMS)) {
    for (const expires of [true, false]) {
      const without = [...(expires ? ONLY_FOREVER : ONLY_EXPIRING), ...(form === "optional" ? SLOWEST : [])];
      const names = Object.keys(CONTENDERS).filter((name) => !without.includes(name));
      const measure = (contender) => inChild({ suite: "hits", contender, form, expires, fixture });
      const rows = await race(names, measure, { rounds: form === "optional" ? Math.min(rounds, 3) : rounds });
      for (const row of rows) {
        const job = { suite: "hits", contender: row.name, form, expires, fixture, allocation: true };
        Object.assign(row, await inChild(job, { flags: ROOM }));
      }
      tables.push({
        id: expires ? `${form}-ttl` : form,
        title: `${FORMS[form].title}, ${expires ? "with a ttl" : "without a ttl"}`,
        unit: "ns",
        ratioTo: "by hand",
        extras: [{ of: "bytes", title: "bytes allocated" }],
        rows: withRatios(rows, expires ? BASELINE : BASELINE_FOREVER),
      });
    }
  }
  return { tables, versions: versions(...PEERS) };
}
