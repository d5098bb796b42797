/**
 * Cached functions in memory, and `memory()` itself, do what a small model predicts: every answer, run, event and count,
 * while the clock moves and runs are in flight.
 *
 * The same operations in each run. `HISTORY_SECONDS=600 npx vitest run memory-model` tries others; a failure prints the
 * seed and the operations.
 */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { cached, memory, type CacheEventName } from "aotcache";
import { deferred, type Deferred } from "../support/deferred.ts";
import { random } from "../support/random.ts";
import { eachSeed } from "../support/seeds.ts";
import { Model, type ModelOptions, type Outcome } from "./memory-model.ts";

type Value = { id: number; isChanged?: boolean } | null;

const STEPS = 120;
const KEYS = 3;
/** Seeds of each form in the gate. */
const SEEDS = 12;

beforeEach(() => vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => vi.useRealTimers());

/** Runs everything that waits for a turn of the event loop. */
async function drain(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const FORMS: Readonly<Record<string, Omit<ModelOptions, "retry"> & { readonly copy?: "clone" }>> = {
  plain: { ttl: Infinity },
  ttl: { ttl: 40 },
  swr: { ttl: 40, swr: 60 },
  sie: { ttl: 40, sie: 80 },
  "swr and sie": { ttl: 40, swr: 30, sie: 90 },
  "lock=none": { ttl: 40, swr: 30, lock: "none" },
  skip: { ttl: 40, swr: 30, skip: "null" },
  "copy=clone": { ttl: 40, swr: 30, sie: 60, copy: "clone" },
};
const RETRY_MS = 25;

const secondsOf = (ms: number): number | "forever" => (ms === Infinity ? "forever" : ms / 1000);

/** One random history of a cached function and its model. */
async function compare(form: string, isAsync: boolean, isHeard: boolean, seed: number): Promise<void> {
  const { copy, ...modelled } = FORMS[form]!;
  const options: ModelOptions = { ...modelled, retry: RETRY_MS };
  const chance = random(seed);
  const log: string[] = [];
  const model = new Model<Value>(options, () => Date.now());
  const cache = memory({ namespace: "model" });
  const events: string[] = [];
  if (isHeard)
    for (const name of ["hit", "miss", "stale", "set", "error", "bypass"] satisfies CacheEventName[])
      cache.on(name, ({ key }) => events.push(`${name} ${/\((\d)\)/.exec(key!)![1]}`));

  const outcomes: Outcome<Value>[] = [];
  const outcomeOf = (index: number): Outcome<Value> => {
    while (outcomes.length <= index) {
      const [id, roll] = [outcomes.length, chance()];
      outcomes.push(roll < 0.25 ? { error: new Error(`${id}`) } : { value: roll < 0.4 ? null : { id } });
    }
    return outcomes[index]!;
  };
  const copyOf = (value: Value): Value => value && { ...value };
  const runs: { readonly key: number; readonly end: Deferred<Value> }[] = [];
  const work = (key: number): Value | Promise<Value> => {
    const end = deferred<Value>();
    const index = runs.push({ key, end }) - 1;
    if (isAsync) return end.promise;
    const outcome = outcomeOf(index);
    if ("error" in outcome) throw outcome.error;
    return copyOf(outcome.value);
  };
  const { ttl, swr, sie, lock, skip } = options;
  const fn = cached(work, {
    ...{ backend: cache, name: "work", ttl: secondsOf(ttl) },
    ...(swr !== undefined && { swr: swr / 1000 }),
    ...(sie !== undefined && { sie: sie / 1000 }),
    ...((swr ?? sie) !== undefined && { retry: RETRY_MS / 1000 }),
    ...(lock && { lock }),
    ...(skip && { skip }),
    ...(copy && { copy }),
  });

  const answers: string[] = [];
  const predicted: string[] = [];
  const textOf = (outcome: Outcome<Value>): string =>
    "error" in outcome ? `throws ${(outcome.error as Error).message}` : JSON.stringify(outcome.value);
  /** Calls the function and the model. A caller of a copy changes it. */
  const ask = (call: () => unknown, callModel: (caller: (outcome: Outcome<Value>) => void) => void): void => {
    const index = answers.push("") - 1;
    predicted[index] = "";
    callModel((outcome) => (predicted[index] = textOf(outcome)));
    const settle = (outcome: Outcome<Value>): void => {
      answers[index] = textOf(outcome);
      if (copy && "value" in outcome && outcome.value) outcome.value.isChanged = true;
    };
    try {
      const answer = call();
      if (answer instanceof Promise)
        answer.then(
          (value: Value) => settle({ value }),
          (error: unknown) => settle({ error }),
        );
      else settle({ value: answer as Value });
    } catch (error) {
      settle({ error });
    }
  };
  const ended = new Set<number>();
  const end = (index: number): void => {
    ended.add(index);
    const outcome = outcomeOf(index);
    model.end(model.runs[index]!, outcome);
    if (!isAsync) return;
    if ("error" in outcome) runs[index]!.end.reject(outcome.error);
    else runs[index]!.end.resolve(copyOf(outcome.value));
  };
  /** Sync runs end at once. */
  const endSync = (): void => {
    if (!isAsync) for (let index = ended.size; index < model.runs.length; index++) end(index);
  };

  const operations: Readonly<Record<string, (key: number) => unknown>> = {
    call: (key) =>
      ask(
        () => fn(key),
        (caller) => model.call(key, caller),
      ),
    "call twice": (key) => {
      for (let i = 0; i < 2; i++) {
        ask(
          () => fn(key),
          (caller) => model.call(key, caller),
        );
        // A refresh in the background begins in a later turn, and a run that a call needs at once.
        if (!isAsync && model.runs.at(-1)?.kind !== "background") endSync();
      }
    },
    refresh: (key) =>
      ask(
        () => fn.cache.refresh(key),
        (caller) => model.refresh(key, caller),
      ),
    bypass: (key) =>
      ask(
        () => fn.cache.bypass(key),
        (caller) => model.bypass(key, caller),
      ),
    peek: (key) =>
      ask(
        () => fn.cache.peek(key),
        (caller) => caller({ value: model.peek(key)! }),
      ),
    invalidate: async (key) => expect(await fn.cache.invalidate(key)).toBe(model.invalidate(key)),
    prime: async (key) => {
      const value = { id: 1000 + log.length };
      model.prime(key, copyOf(value));
      await fn.cache.prime([key], value);
    },
    clear: async () => {
      model.clear();
      await fn.cache.clear();
    },
    "clear the cache": async () => {
      model.clearCache();
      await cache.clear();
    },
    wait: () => vi.setSystemTime(Date.now() + Math.ceil(chance() * 50)),
    end: () => {
      const open = runs.flatMap((_, index) => (ended.has(index) ? [] : [index]));
      if (open.length > 0) end(open[Math.floor(chance() * open.length)]!);
    },
  };
  const often = ["call", "call", "call", "call", "end", "end", "wait", "wait"];
  const names = [...often, ...Object.keys(operations).filter((name) => isAsync || name !== "end")];

  for (let step = 0; step < STEPS; step++) {
    const [name, key] = [names[Math.floor(chance() * names.length)]!, Math.floor(chance() * KEYS)];
    log.push(`${Date.now() % 1e6} ${name} ${key}`);
    await operations[name]!(key);
    endSync();
    await drain();
    const { hits, misses, stale, errors, sets, runs: count, inFlight, entries } = fn.cache.stats();
    const about = `${form}, seed ${seed}\n${log.slice(-30).join("\n")}\n`;
    const real = { hits, misses, stale, errors, sets, runs: count };
    expect({ answers, keys: runs.map((run) => run.key) }, about).toEqual({
      answers: predicted,
      keys: model.runs.map((run) => run.key),
    });
    expect(real, about).toEqual(model.stats);
    expect(inFlight, about).toBe(model.inFlight);
    expect(entries, about).toBeGreaterThanOrEqual(model.fresh);
    if (isHeard) expect(events, about).toEqual(model.events);
  }
}

describe.each([
  ["async", true],
  ["sync", false],
])("%s functions", (_, isAsync) => {
  test.each(Object.keys(FORMS))("%s", { timeout: 0 }, async (form) => {
    await eachSeed((seed) => compare(form, isAsync, seed % 2 === 0, seed), SEEDS);
  });
});

/** One random history of the operations on string keys, and of a `Map`. */
async function compareKeys(seed: number): Promise<void> {
  const chance = random(seed);
  const cache = memory({ namespace: "model" });
  const entries = new Map<string, { value: unknown; expires: number }>();
  const log: string[] = [];
  const find = (key: string): { value: unknown; expires: number } | undefined => {
    const entry = entries.get(key);
    return entry && entry.expires > Date.now() ? entry : undefined;
  };
  const expiryOf = (ms: number): number => Date.now() + ms;
  type Step = (key: string, n: number, ms: number) => readonly [real: unknown, predicted: unknown];
  const store = (key: string, value: unknown, ms: number): void =>
    void entries.set(key, { value, expires: expiryOf(ms) });
  const operations: Readonly<Record<string, Step>> = {
    get: (key) => [cache.get(key), find(key)?.value],
    exists: (key) => [cache.exists(key), find(key) !== undefined],
    ttl: (key) => [cache.ttl(key), find(key) && (find(key)!.expires - Date.now()) / 1000],
    multiGet: (key) => [cache.multiGet([key, "b"]), [find(key)?.value, find("b")?.value]],
    set: (key, n, ms) => {
      store(key, n, ms);
      return [cache.set(key, n, { ttl: secondsOf(ms) }), undefined];
    },
    "set a text": (key, n, ms) => {
      store(key, `${n}`, ms);
      return [cache.set(key, `${n}`, { ttl: secondsOf(ms) }), undefined];
    },
    add: (key, n, ms) => {
      const isMissing = !find(key);
      if (isMissing) store(key, n, ms);
      return [cache.add(key, n, { ttl: secondsOf(ms) }), isMissing];
    },
    delete: (key) => {
      const isThere = find(key) !== undefined;
      entries.delete(key);
      return [cache.delete(key), isThere];
    },
    increment: (key, n) => {
      const { value = 0, expires = Infinity } = find(key) ?? {};
      if (typeof value !== "number") return [cache.increment(key, n), "TypeError"];
      entries.set(key, { value: value + n, expires });
      return [cache.increment(key, n), value + n];
    },
    expire: (key, _, ms) => {
      const entry = find(key);
      if (entry) entry.expires = expiryOf(ms);
      return [cache.expire(key, secondsOf(ms)), entry !== undefined];
    },
    clear: () => {
      if (chance() < 0.8) return [undefined, undefined];
      entries.clear();
      return [cache.clear(), undefined];
    },
    wait: (_, n) => [vi.setSystemTime(Date.now() + n) && undefined, undefined],
  };
  const names = Object.keys(operations);
  for (let step = 0; step < STEPS; step++) {
    const name = names[Math.floor(chance() * names.length)]!;
    const key = ["a", "b", ""][Math.floor(chance() * 3)]!;
    const [n, ms] = [Math.ceil(chance() * 50), [20, 60, Infinity][Math.floor(chance() * 3)]!];
    log.push(`${Date.now() % 1e6} ${name} "${key}" ${n} ${ms}`);
    const [real, predicted] = operations[name]!(key, n, ms);
    const answer = await Promise.resolve(real).catch((error: Error) => error.name);
    expect(answer, `seed ${seed}\n${log.slice(-30).join("\n")}\n`).toEqual(predicted);
  }
}

test("operations on string keys", { timeout: 0 }, () => eachSeed(compareKeys, 10 * SEEDS));
