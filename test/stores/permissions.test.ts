/** Redis servers that allow a user less: by key, or by command. */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { cached, type CacheEvent } from "aotcache";
import { redis, type RedisCache } from "aotcache/redis";
import { startRedis, until, type RedisServer } from "../support/servers/index.ts";
import { recordEvents, writesDone } from "./functions/context.ts";

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

let users = 0;

/** A cache of a user with some rules, its events, and what was written to the console. */
async function cacheOfUser(...rules: string[]) {
  const [user, namespace] = [`user${++users}`, `ns${users}`];
  const keys = rules.some((rule) => rule.startsWith("~")) ? [] : ["~*"];
  const own = rules.map((rule) => rule.replaceAll("NAMESPACE", namespace));
  await server.command("ACL", "SETUSER", user, "reset", "on", ">pw", "&*", "+@all", ...keys, ...own);
  const { host, port } = server;
  const cache = redis({ host, port, username: user, password: "pw", namespace });
  const events = recordEvents(cache);
  const warned = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  return {
    ...{ cache, namespace, warned },
    errors: (): CacheEvent[] => events.filter(({ type }) => type === "error"),
    async [Symbol.asyncDispose]() {
      await cache.close();
      warned.mockRestore();
    },
  };
}

function counted(cache: RedisCache, options = {}) {
  let runs = 0;
  const fn = cached(async (n: number) => ({ n, run: ++runs }), { backend: cache, name: "fn", ...options });
  return { fn, runs: () => runs };
}

const ALLOWED: readonly (readonly [title: string, ...rules: string[]])[] = [
  ["keys of the namespace only", "~NAMESPACE:*"],
  ["no scripts", "-@scripting"],
  ["no scripts, and keys of the namespace only", "-@scripting", "~NAMESPACE:*"],
  ["no MGET", "-mget"],
  ["no UNLINK", "-unlink"],
  ["only the commands of the page", "-@all", ...commandsOfThePage()],
];

/** The commands that the page asks for, and those that ioredis sends to connect. */
function commandsOfThePage(): string[] {
  const names = "mget get set getrange unlink exists pexpire persist pttl scan eval evalsha setrange del";
  return [...names.split(" "), "hello", "auth", "client", "info", "ping", "quit"].map((name) => `+${name}`);
}

describe.each(ALLOWED)("a Redis user with %s", (_, ...rules) => {
  test("keeps the results of a batch", async () => {
    await using at = await cacheOfUser(...rules);
    const runs: (readonly number[])[] = [];
    const run = async (ids: readonly number[]) => (runs.push(ids), ids.map((id) => id * 2));
    const fn = cached(run, { backend: at.cache, name: "fn", multi: "ids" });
    expect(await fn([1, 2])).toEqual([2, 4]);
    await writesDone(at.cache);
    expect(await fn([3, 2, 1])).toEqual([6, 4, 2]);
    expect(runs).toEqual([[1, 2], [3]]);
  });

  test("keeps results, removes them, and shares runs between processes", async () => {
    await using at = await cacheOfUser(...rules);
    const { fn, runs } = counted(at.cache);
    await fn(1);
    await writesDone(at.cache);
    expect(await fn(1)).toEqual({ n: 1, run: 1 });
    expect(await fn.cache.invalidate(1)).toBe(true);
    expect(await fn(1)).toEqual({ n: 1, run: 2 });
    expect(await fn.cache.refresh(1)).toEqual({ n: 1, run: 3 });
    expect(await fn.cache.peek(1)).toEqual({ n: 1, run: 3 });
    await fn.cache.clear();
    expect(await fn.cache.peek(1)).toBeUndefined();
    expect(runs()).toBe(3);
  });

  test("takes and gives back a lease", async () => {
    await using at = await cacheOfUser(...rules);
    const { fn, runs } = counted(at.cache, { lock: "distributed" });
    for (let turn = 0; turn < 3; turn++) {
      await fn(1);
      await writesDone(at.cache);
      await fn.cache.invalidate(1);
    }
    expect(runs()).toBe(3);
    await until("no lease remains", async () => {
      const keys = (await server.command("KEYS", `${at.namespace}:l:*`)) as string[];
      return keys.length === 0;
    });
  });

  test("has all operations on keys", async () => {
    await using at = await cacheOfUser(...rules);
    const { cache } = at;
    await cache.multiSet({ a: 1, b: "two" });
    expect(await cache.multiGet(["a", "b", "c"])).toEqual([1, "two", undefined]);
    expect(await cache.add("a", 2)).toBe(false);
    expect(await cache.increment("a", 4)).toBe(5);
    await expect(cache.increment("b")).rejects.toThrow(TypeError);
    expect(await cache.increment("new")).toBe(1);
    expect(await cache.expire("a", 100)).toBe(true);
    expect(await cache.ttl("a")).toBeGreaterThan(90);
    expect(await cache.delete("a")).toBe(true);
    await cache.clear();
    expect(await cache.exists("b")).toBe(false);
  });

  test("is told once about a refused command, which others replace", async () => {
    await using at = await cacheOfUser(...rules);
    const { fn } = counted(at.cache);
    for (let n = 0; n < 5; n++) await fn(n);
    await at.cache.delete("a");
    await writesDone(at.cache);
    const refused = rules.find((rule) => rule.startsWith("-") && rule !== "-@all");
    const command = refused === "-@scripting" ? "EVALSHA" : refused?.slice(1).toUpperCase();
    expect(at.errors().map(({ reason }) => reason)).toEqual(
      command ? [expect.stringMatching(/^redis refuses a command: NOPERM.*\. Others replace it/)] : [],
    );
    expect(at.warned).toHaveBeenCalledTimes(command ? 1 : 0);
  });
});

test("increment without scripts keeps the expiry, and changes nothing beyond the safe integers", async () => {
  await using at = await cacheOfUser("-@scripting");
  await at.cache.set("n", Number.MAX_SAFE_INTEGER, { ttl: 100 });
  await expect(at.cache.increment("n")).rejects.toThrow(TypeError);
  expect(await at.cache.get("n")).toBe(Number.MAX_SAFE_INTEGER);
  expect(await at.cache.increment("n", -1)).toBe(Number.MAX_SAFE_INTEGER - 1);
  expect(await at.cache.ttl("n")).toBeLessThanOrEqual(100);
});

test("without scripts and transactions no result is kept, and that is said; keys of one's own work", async () => {
  await using at = await cacheOfUser("-@scripting", "-@transaction");
  const { fn, runs } = counted(at.cache);
  for (let turn = 0; turn < 3; turn++) {
    await fn(1);
    await writesDone(at.cache);
  }
  expect(runs()).toBe(3);
  expect(at.errors().at(-1)).toMatchObject({ reason: "the result could not be written" });
  const texts = at.warned.mock.calls.map(([text]) => String(text));
  expect(texts).toEqual([expect.stringContaining("evalsha"), expect.stringContaining("watch")]);
  await at.cache.set("a", 1);
  expect(await at.cache.increment("a")).toBe(2);
});

test("clear names the command that the server refuses", async () => {
  await using at = await cacheOfUser("-scan");
  await expect(at.cache.clear()).rejects.toMatchObject({
    code: "clear-refused",
    message: expect.stringContaining("refuses the command SCAN") as string,
  });
});

test("a user with keys of the namespace only is served again after an outage", async () => {
  await using at = await cacheOfUser("~NAMESPACE:*");
  const { fn, runs } = counted(at.cache);
  await fn(1);
  await writesDone(at.cache);
  await server.command("CLIENT", "PAUSE", 1500, "ALL");
  for (let n = 10; n < 14; n++) await fn(n);
  const before = runs();
  await until("the store is used", async () => {
    const hits = fn.cache.stats().hits;
    await fn(1);
    return fn.cache.stats().hits > hits;
  });
  expect(before).toBeGreaterThanOrEqual(5);
});
