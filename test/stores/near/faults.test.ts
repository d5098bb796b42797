/** The bound of a near tier while connections and servers fail. */
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { cached, type CacheEvent, type CachedOptions } from "aotcache";
import { redis } from "aotcache/redis";
import type { NearOptions } from "../../../runtime/cache/near-options.ts";
import { deferred } from "../../support/deferred.ts";
import { startProxy, type Proxy } from "../../support/proxy.ts";
import { startRedis, until, type RedisServer } from "../../support/servers/index.ts";
import { counting, type Counting } from "./context.ts";

let server: RedisServer;
let proxy: Proxy;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());
beforeEach(async () => {
  proxy = await startProxy(server);
  onTestFinished(() => proxy.close());
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  onTestFinished(() => vi.restoreAllMocks() as never);
});

const LAG_MS = 400;
let count = 0;

/** A function behind the proxy with a near tier, and the same on a client of the server. */
function setUp(
  near: NearOptions = { lag: LAG_MS / 1000 },
  options: CachedOptions = {},
  client: { readonly replyMapping?: "resp3" } = {},
) {
  const namespace = `faults${++count}`;
  const [cache, far] = [
    redis({ port: proxy.port, namespace, near, ...client }),
    redis({ port: server.port, namespace }),
  ];
  onTestFinished(async () => void (await Promise.all([cache.close(), far.close()])));
  return { cache, near: counting(cache, options), far: counting(far, options) };
}

/** Calls until the answer differs from an old one; returns how long that took. */
async function timeUntilNew({ fn }: Counting, old: unknown): Promise<number> {
  const began = performance.now();
  await until("a new answer", async () => (await fn(1)) !== old || undefined, { every: 1 });
  return performance.now() - began;
}

/** The connection that brings changes is made behind that of the cache. */
const receiver = () => proxy.connections.at(-1)!;

test("a connection for changes that stops without closing is noticed within the lag", async () => {
  const { near, far } = setUp();
  const old = await near.warm(1);
  receiver().treat("reply", { kind: "hold" });
  await far.handle.invalidate(1);
  expect(await timeUntilNew(near, old)).toBeLessThan(LAG_MS + 1000);
  expect(await near.warm(1)).not.toBe(old);
});

test("a connection for reads that the server has lost is noticed within the lag", async () => {
  const { near, far } = setUp();
  const old = await near.warm(1);
  const [reads] = proxy.connections;
  for (const direction of ["request", "reply"] as const) reads!.treat(direction, { kind: "hold" });
  await server.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
  await far.handle.invalidate(1);
  expect(await timeUntilNew(near, old)).toBeLessThan(LAG_MS + 1000);
});

test.each(["pubsub", "normal"])("CLIENT KILL TYPE %s empties the tier, which fills again", async (type) => {
  const { near, far } = setUp();
  const old = await near.warm(1);
  await server.command("CLIENT", "KILL", "TYPE", type, "SKIPME", "yes");
  await until("invalidated", () =>
    far.handle.invalidate(1).then(
      () => true,
      () => undefined,
    ),
  );
  expect(await timeUntilNew(near, old)).toBeLessThan(LAG_MS + 1000);
  expect(await near.warm(1)).not.toBe(old);
});

test.each<[string, (key: string) => Promise<unknown>]>([
  ["FLUSHALL", () => server.command("FLUSHALL")],
  ["SET by another program", (key) => server.command("SET", key, "other")],
  ["expiry", (key) => server.command("PEXPIRE", key, 1)],
  ["the end of its table of tracked keys", () => fillTrackingTable()],
])("%s takes an entry out", async (_, change) => {
  const { near } = setUp();
  const old = await near.warm(1);
  const [key] = (await server.command("KEYS", `faults${count}:f:*`)) as string[];
  await change(key!);
  await near.gone(1);
  if (!_.startsWith("the end")) expect(await near.fn(1)).not.toBe(old);
});

/** The server forgets keys that it tracks, and says so. */
async function fillTrackingTable(): Promise<void> {
  await server.command("CONFIG", "SET", "tracking-table-max-keys", 1);
  onTestFinished(
    async () => void (await server.command("CONFIG", "SET", "tracking-table-max-keys", 1_000_000)),
  );
  const other = setUp();
  await other.near.fn(2);
  await other.near.fn(3);
}

test("while the server is silent, entries answer as long as their ttl allows, and no others", async () => {
  const { near, cache } = setUp({ lag: LAG_MS / 1000, ttl: "1m" });
  const [bounded, value] = [near, await near.warm(1)];
  const unbounded = setUp();
  const other = await unbounded.near.warm(1);
  await server.pause();
  onTestFinished(() => server.resume());
  await until("the store is down", () =>
    cache.get("x").then(
      () => undefined,
      () => true,
    ),
  );
  await until(
    "the lag is over",
    async () => !(await Promise.resolve(unbounded.near.fn(1)).then((now) => now === other)) || undefined,
  );
  expect(await bounded.fn(1)).toBe(value);
});

test("while the server is silent, `sie` answers for a function that fails", async () => {
  const { near, cache } = setUp(undefined, { ttl: "1m", sie: "1h" });
  const value = await near.warm(1);
  near.fails = true;
  await server.pause();
  onTestFinished(() => server.resume());
  await until("the store is down", () =>
    cache.get("x").then(
      () => undefined,
      () => true,
    ),
  );
  await until("the lag is over", async () => near.handle.stats().stale > 0 || (await near.fn(1), undefined));
  expect(await near.fn(1)).toEqual(value);
});

type Load = (n: number) => Promise<string>;

test.each([
  [
    "an async function",
    (run: Load): Load =>
      async (n) =>
        run(n),
  ],
  [
    "a function that returns promises",
    (run: Load): Load =>
      (n) =>
        run(n),
  ],
])(
  "while the server is silent, calls of %s join no run that began longer ago than the lag",
  async (_, of) => {
    const { cache } = setUp({ lag: 2 });
    const slow = deferred<string>();
    let runs = 0;
    const fn = cached(
      of(() => (++runs === 1 ? slow.promise : Promise.resolve("new"))),
      { name: "slow", backend: cache },
    );
    const first = fn(1);
    await until("it runs", () => runs === 1);
    await server.pause();
    onTestFinished(() => server.resume());
    const joined = fn(1);
    await until("it runs again", () => (void fn(1), runs > 1));
    expect(await fn(1)).toBe("new");
    slow.resolve("old");
    expect(await Promise.all([first, joined])).toEqual(["old", "old"]);
  },
);

/** What a user may lack, as rules of an ACL. */
const REFUSALS: readonly (readonly [what: string, ...rules: string[]])[] = [
  ["run CLIENT TRACKING", "&*", "-client|tracking"],
  ["subscribe", "&*", "-subscribe"],
  ["use the channel", "resetchannels"],
];

/** A user who may not track, and the errors of a cache of that user. */
async function withoutTracking(near: NearOptions | true, rules: readonly string[]) {
  const namespace = `refused${++count}`;
  await server.command("ACL", "SETUSER", "lesser", "reset", "on", ">pw", "~*", "+@all", ...rules);
  const cache = redis({ port: server.port, username: "lesser", password: "pw", namespace, near });
  onTestFinished(() => cache.close());
  const errors: CacheEvent[] = [];
  cache.on("error", (event) => errors.push(event));
  return { near: counting(cache), errors };
}

test.each(REFUSALS)(
  "a user who may not %s has no near tier without a ttl, which is said once",
  async (_, ...rules) => {
    const { near, errors } = await withoutTracking(true, rules);
    await until("an error", async () => (await near.fn(1), errors.length > 0 || undefined));
    await near.fn(1);
    expect(await near.isNear(1)).toBe(false);
    expect(errors.map(({ reason }) => reason)).toEqual([expect.stringContaining("tracking")]);
    expect(vi.mocked(console.warn)).toHaveBeenCalledTimes(1);
  },
);

test.each(REFUSALS)("a user who may not %s has a near tier with a ttl", async (_, ...rules) => {
  const { near } = await withoutTracking({ ttl: "1m" }, rules);
  const value = await near.warm(1);
  expect(await near.fn(1)).toBe(value);
});

test("a client that reads replies of RESP3 has a near tier", async () => {
  const { near } = setUp(undefined, {}, { replyMapping: "resp3" });
  await near.warm(1);
});
