/**
 * Fails when compiled functions have become several times slower, relative to code by hand that is measured
 * in the same run. The limits are far above the budgets in `test/bench/budgets.mjs`, so that a busy machine
 * does not fail it. `npm run bench` measures the actual speed.
 */
import { expect, it } from "vitest";
import { decodeGeneric, encodeGeneric } from "../../runtime/codec/generic.ts";

type Cached = (id: number, name: string) => unknown;

const compiled = (await import("./fixtures/hits.ts?compiled" as string)) as Record<string, Cached>;
const { number, pairTtl, pairAsync, pairByDefault } = compiled;
const object = compiled.objectTtl as unknown as (at: object) => unknown;

const keys = (await import("./fixtures/keys.ts?compiled" as string)) as Record<
  string,
  (value: unknown) => unknown
>;
const { valuesOf } = (await import("./lib/key-values.mjs" as string)) as {
  valuesOf(form: string): unknown[];
};

const names = Array.from({ length: 1024 }, (_, i) => `customer-${1000 + i}`);

/** A key text, one `Map`, and a clock read at each hit. */
function byHand(fn: Cached): Cached {
  const entries = new Map<string, { value: unknown; expires: number }>();
  return (id, name) => {
    const key = `${id}:${name}`;
    const entry = entries.get(key);
    if (entry && entry.expires > Date.now()) return entry.value;
    const value = fn(id, name);
    entries.set(key, { value, expires: Date.now() + 600_000 });
    return value;
  };
}

const plain: Cached = (id, name) => id + name.length;
const promised: Cached = async (id, name) => id + name.length;

/** Calls with the same 1,024 keys repeatedly, or with a new key each time. */
const hits = (fn: Cached) => async (): Promise<void> => {
  for (let i = 0; i < 20_000; i++) fn(i & 1023, names[i & 1023]!);
};
const awaitedHits = (fn: Cached) => async (): Promise<void> => {
  for (let i = 0; i < 10_000; i++) await fn(i & 1023, names[i & 1023]!);
};
const objects = names.map((b, a) => ({ a, b }));
const objectHits = async (): Promise<void> => {
  for (let i = 0; i < 20_000; i++) object(objects[i & 1023]!);
};
/** Calls with each value of a form in turn. */
const keyed = (fn: (value: unknown) => unknown, form: string, calls: number) => {
  const values = valuesOf(form);
  return async (): Promise<void> => {
    for (let i = 0; i < calls; i++) fn(values[i & 15]);
  };
};
let fresh = 0;
const misses = (fn: Cached) => async (): Promise<void> => {
  for (let i = 0; i < 5000; i++) fn(fresh++, names[i & 1023]!);
};

const rows = Array.from({ length: 20 }, (_, i) => ({
  id: i,
  name: `customer-${i}`,
  at: new Date(1_700_000_000_000 + i),
  prices: new Map([["EUR", i / 4]]),
}));
const written = async (): Promise<void> => {
  for (let i = 0; i < 100; i++) decodeGeneric(encodeGeneric(rows));
};
/** The same value as plain JSON. */
const plainRows = rows.map(({ at, prices, ...row }) => ({ ...row, at: at.toJSON(), prices: [...prices] }));
const writtenPlain = async (): Promise<void> => {
  for (let i = 0; i < 100; i++) JSON.parse(JSON.stringify(plainRows));
};

/** Microseconds of processor time, which other processes affect little. */
async function timeOf(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** The ratio of the two times: the minimum of several alternating turns, after a warm-up. */
async function ratioOf(one: () => Promise<void>, other: () => Promise<void>): Promise<number> {
  const least = [Infinity, Infinity];
  for (let turn = 0; turn < 40; turn++) {
    for (const [index, work] of [one, other].entries()) {
      const took = await timeOf(work);
      if (turn >= 10) least[index] = Math.min(least[index]!, took);
    }
  }
  return least[0]! / least[1]!;
}

it.each([
  { what: "a sync hit of a number", one: hits(number!), other: hits(byHand(plain)), most: 2 },
  { what: "a sync hit of a number and a string", one: hits(pairTtl!), other: hits(byHand(plain)), most: 2 },
  { what: "a sync hit of an object", one: objectHits, other: hits(byHand(plain)), most: 3 },
  {
    what: "an async hit",
    one: awaitedHits(pairAsync!),
    other: awaitedHits(byHand(promised)),
    most: 2.4,
  },
  { what: "a miss", one: misses(pairByDefault!), other: misses(byHand(plain)), most: 6 },
  { what: "a value with dates and maps, written and read,", one: written, other: writtenPlain, most: 5 },
  ...[
    { form: "record", calls: 5000, most: 1.3 },
    { form: "numbers", calls: 64, most: 0.5 },
    { form: "points", calls: 64, most: 1.5 },
    { form: "tree", calls: 64, most: 2.5 },
  ].map(({ form, calls, most }) => ({
    what: `a hit keyed by ${form}`,
    one: keyed(keys[form]!, form, calls),
    other: keyed(JSON.stringify, form, calls),
    most,
  })),
])("$what takes at most $most times as long as by hand", async ({ one, other, most }) => {
  expect(await ratioOf(one, other)).toBeLessThan(most);
});
