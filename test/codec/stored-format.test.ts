/**
 * Compares the examples of runtime/STORED-FORMAT.md with what the caches write and read, byte by byte. A change of the
 * format fails here; describe it on the page.
 */
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { cached, configure, type Cache, type Cached, type CachedOptions } from "aotcache";
import { keyv } from "aotcache/keyv";
import { memcached } from "aotcache/memcached";
import { redis, type RedisClient } from "aotcache/redis";
import { DECIMAL, Decimal } from "../support/foreign-classes.ts";
import { RecordingMemcached, RecordingRedis, type MemcachedItem } from "../support/recording-clients.ts";

const page = readFileSync(new URL("../../runtime/STORED-FORMAT.md", import.meta.url), "utf8");

/** The time at which the tests store everything. */
const NOW = 1_700_000_000_000;
const MEMCACHED_FLAGS = 0x616f7463;
/** The revision of every entry: the base64 of the bytes from 0 to 8. */
const REVISION = "AAECAwQFBgcI";
/** The token of a lease holder: a UUID. */
const TOKEN = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The table or code block after `<!-- examples:NAME -->`. */
function examples(name: string): string {
  const found = new RegExp(`<!-- examples:${name} -->\n(?:\`\`\`text\n)?([^]+?)\n(?:\`\`\`\n|\n)`).exec(page);
  if (!found) throw new Error(`The page has no examples:${name}.`);
  return found[1]!;
}

/** The rows of a table of examples. A cell in backquotes is its code, any other cell its text. */
function rows(name: string): string[][] {
  const [, , ...lines] = examples(name).split("\n");
  return lines.map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => /^`(.+)`$/.exec(cell.trim())?.[1] ?? cell.trim()),
  );
}

/** Evaluates an expression of the page. */
const valueOf = (expression: string, scope: object = {}): unknown =>
  new Function(...Object.keys(scope), `return (${expression});`)(...(Object.values(scope) as unknown[]));

const x600 = "x".repeat(600);
const encode = (value: string): string => value;
const decode = encode;

type GetUser = Cached<(id: unknown) => Promise<{ id: unknown }>>;

const getUserOn = (cache: Cache, options: CachedOptions = {}, run = vi.fn()): GetUser =>
  cached(
    async (id: unknown) => {
      run(id);
      return { id };
    },
    { namespace: "shop/users", name: "getUser", version: "3f9a2c1d", ...options, backend: cache },
  );

let writes: Promise<void>[] = [];

/** Runs the operation of an example and waits for its writes. */
async function perform(operation: string, cache: Cache, options?: CachedOptions): Promise<void> {
  const set = (key: string, value: unknown = "hello"): Promise<void> => cache.set(key, value);
  const increment = (key: string): Promise<number> => cache.increment(key);
  const long = getUserOn(cache, { name: x600 });
  await valueOf(operation, { set, increment, getUser: getUserOn(cache, options), long, x600 });
  await Promise.all(writes);
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: NOW });
  vi.spyOn(Object.getPrototypeOf(crypto) as typeof crypto, "getRandomValues").mockImplementation((bytes) => {
    (bytes as Uint8Array).forEach((_, index) => ((bytes as Uint8Array)[index] = index));
    return bytes;
  });
  writes = [];
  configure({ waitUntil: (write) => void writes.push(write) });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const redisOn = (client: RecordingRedis, options: object): Cache =>
  redis({ client: client as unknown as RedisClient, ...options });

describe("the name of an item is that of the page", () => {
  test.each(rows("names"))("in namespace %s, for %s on %s", async (namespace, operation, store, name) => {
    const client = store === "Redis" ? new RecordingRedis() : new RecordingMemcached();
    const options = { namespace: valueOf(namespace!, { x600 }) as string };
    const cache =
      client instanceof RecordingRedis ? redisOn(client, options) : memcached({ client, ...options });
    await perform(operation!, cache);
    const [first] = [...client.items.keys()].filter((each) => !each.startsWith("\x01"));
    expect(first).toBe(name);
  });
});

describe("an entry is that of the page", () => {
  test.each(rows("entries"))("for %s with %s", async (operation, options, entry) => {
    const given = valueOf(options!, { encode, decode }) as object;
    const client = new RecordingRedis();
    const isCall = operation!.startsWith("getUser");
    const cache = redisOn(client, { namespace: "main", ...(isCall ? {} : given) });
    await perform(operation!, cache, isCall ? given : undefined);
    const [stored] = client.items.values();
    expect(stored?.value).toBe(entry);
  });

  test.each(rows("values"))("for the value %s", async (expression, form) => {
    const client = new RecordingRedis();
    const cache = redisOn(client, { namespace: "main" });
    configure({ classes: [DECIMAL] });
    const make = (): unknown => valueOf(expression!, { Decimal });
    await cache.set("value", make());
    const entry = client.items.get("main:k:value")!.value;
    expect(entry.replace(/^=[0-9a-f]{8} /, "")).toBe(`generic/1 ${form!.length}:${form!}`);
    expect(await cache.get("value")).toStrictEqual(make());
  });
});

describe("on Redis", () => {
  test("an entry expires after its ttl and the longer of swr and sie", async () => {
    const client = new RecordingRedis();
    await perform("getUser(42)", redisOn(client, {}), { ttl: 60, swr: 30, sie: "10s" });
    await perform('set("greeting")', redisOn(client, {}));
    const [result, , value] = client.items.values();
    expect([result?.px, value?.px]).toEqual([90_000, undefined]);
  });

  test("a run stores a placeholder, which its result replaces, and a lease", async () => {
    const client = new RecordingRedis();
    await perform("getUser(42)", redisOn(client, { namespace: "main" }), { ttl: 60, lock: "distributed" });
    const [lease, placeholder] = client.added;
    expect(lease).toEqual({
      key: "main:l:shop/users:getUser@3f9a2c1d(42)",
      value: expect.stringMatching(TOKEN) as string,
      px: 10_000,
    });
    expect(placeholder).toEqual({
      key: "main:f:shop/users:getUser@3f9a2c1d(42)",
      value: `=86bfb5e8/${REVISION} `,
      px: 60_000,
    });
    expect([...client.items.keys()]).toEqual([placeholder!.key]);
  });
});

describe("on Memcached", () => {
  const NAME = "main:f:shop/users:getUser@3f9a2c1d(42)";
  const EPOCH = bytesOfPage().readUInt32BE(8);
  const item = (value: Buffer, flags = MEMCACHED_FLAGS): MemcachedItem => ({ value, flags, exptime: 0 });

  /** The bytes of the page. Each line starts with their offset. */
  function bytesOfPage(): Buffer {
    const lines = examples("bytes").split("\n");
    let bytes = Buffer.alloc(0);
    for (const line of lines) {
      const [, offset, hex] = /^([0-9a-f]{4}) {2}((?:[0-9a-f]{2} ?)+)(?: {2,}|$)/.exec(line)!;
      expect(parseInt(offset!, 16)).toBe(bytes.length);
      bytes = Buffer.concat([bytes, Buffer.from(hex!.replaceAll(" ", ""), "hex")]);
    }
    return bytes;
  }

  /** A server with the epoch and the count of the page. The log has one row: a clear of a prefix. */
  function serverOfPage(prefix = "other:"): RecordingMemcached {
    const client = new RecordingMemcached();
    const stamp = bytesOfPage().subarray(8, 16);
    client.items.set("\x01stamp", item(stamp));
    client.items.set("\x01clears", item(Buffer.from(JSON.stringify([EPOCH, [2, prefix]]))));
    return client;
  }

  interface Change {
    readonly flags?: number;
    readonly expires?: number;
    readonly epoch?: number;
    readonly count?: number;
    readonly prefix?: string;
    readonly checksum?: string;
    /** Replaces the serializer, its version and the length. */
    readonly head?: string;
  }

  function changed(bytes: Buffer, { expires, epoch, count, checksum, head }: Change): Buffer {
    const header = Buffer.from(bytes.subarray(0, 0x10));
    if (expires !== undefined) header.writeDoubleBE(expires);
    if (epoch !== undefined) header.writeUInt32BE(epoch, 8);
    if (count !== undefined) header.writeUInt32BE(count, 12);
    let entry = bytes.toString("utf8", 0x10);
    if (checksum !== undefined) entry = entry.replace(/^=[0-9a-f]{8}\/\S+ /, checksum);
    if (head !== undefined) entry = entry.replace("generic/1 10:", head);
    return Buffer.concat([header, Buffer.from(entry)]);
  }

  test("an entry has the bytes of the page", async () => {
    const client = serverOfPage();
    const cache = memcached({ client, namespace: "main" });
    await perform("getUser(42)", cache, { ttl: 60, swr: 30 });
    const { value, flags, exptime } = client.items.get(NAME)!;
    expect(value.toString("hex")).toBe(bytesOfPage().toString("hex"));
    expect([flags, exptime]).toEqual([MEMCACHED_FLAGS, 91]);
  });

  test("the bytes after the header are the entry on Redis", async () => {
    const client = new RecordingRedis();
    await perform("getUser(42)", redisOn(client, { namespace: "main" }), { ttl: 60, swr: 30 });
    expect(client.items.get(NAME)?.value).toBe(bytesOfPage().toString("utf8", 0x10));
  });

  test.each([
    ["is a hit", {}, 0],
    ["is a miss with other flags", { flags: 0 }, 1],
    ["is a miss in another epoch", { epoch: 1 }, 1],
    ["is a miss if a clear of its prefix has a higher count", { count: 1, prefix: "main:" }, 1],
    ["is a hit if a clear of another prefix has a higher count", { count: 1 }, 0],
    ["is a miss with an expiry in the past", { expires: NOW - 1 }, 1],
    ["is a miss with another checksum", { checksum: "=00000000 " }, 1],
    ["is a hit without a revision", { checksum: "=86bfb5e8 " }, 0],
    ["is a hit without a checksum", { checksum: "" }, 0],
    ["is a miss with another version", { head: "generic/2 10:" }, 1],
    ["is a miss with another length", { head: "generic/1 11:" }, 1],
  ] as const)("an entry with the bytes of the page %s", async (_, change: Change, runs) => {
    const client = serverOfPage(change.prefix);
    client.items.set(NAME, item(changed(bytesOfPage(), change), change.flags));
    const run = vi.fn();
    const getUser = getUserOn(memcached({ client, namespace: "main" }), { ttl: 60, swr: 30 }, run);
    expect(await getUser(42)).toEqual({ id: 42 });
    expect(run).toHaveBeenCalledTimes(runs);
  });

  test("a lease is an item with the token of its holder", async () => {
    const client = serverOfPage();
    let lease: Buffer | undefined;
    const run = vi.fn(() => void (lease = client.items.get(NAME.replace(":f:", ":l:"))?.value));
    const cache = memcached({ client, namespace: "main" });
    await getUserOn(cache, { lock: "distributed" }, run)(42);
    expect(lease?.readDoubleBE()).toBe(NOW + 10_000);
    expect(lease?.toString("utf8", 0x10)).toMatch(TOKEN);
  });

  test("a clear adds a row to the log and raises the stamp", async () => {
    const client = serverOfPage();
    await getUserOn(memcached({ client, namespace: "main" })).cache.clear();
    const log: unknown = JSON.parse(client.items.get("\x01clears")!.value.toString());
    const head = "main:f:shop/users:getUser@3f9a2c1d(";
    expect(log).toEqual([EPOCH, [2, "other:"], [3, head]]);
    expect(client.items.get("\x01stamp")!.value.toString("hex")).toBe(
      `${EPOCH.toString(16).padStart(8, "0")}00000003`,
    );
  });

  test("a counter is digits after the header", async () => {
    const client = serverOfPage();
    await memcached({ client, namespace: "main" }).increment("visits", 41);
    expect(client.items.get("main:k:visits")!.value.toString("utf8", 0x10)).toBe("41");
  });
});

describe("on Keyv", () => {
  test("an entry is written as on the page, and read from there", async () => {
    const map = new Map<string, unknown>();
    const cache = keyv(map, { namespace: "main" });
    await perform("getUser(42)", cache, { ttl: 60, swr: 30 });
    const name = "main:f:shop/users:getUser@3f9a2c1d(42)";
    const [placeholder, result] = examples("keyv").split(/\n(?=aotcache)/);
    const hour = 3_600_000;
    expect([...map].map(([key, text]) => [key, JSON.parse(text as string)])).toEqual([
      [`=${name}`, { value: placeholder, expires: NOW + 90_000 + hour }],
      [`>${name}`, { value: result, expires: NOW + 90_000 }],
    ]);

    const run = vi.fn();
    const texts = [placeholder, result].map((value) => JSON.stringify({ value }));
    const other = new Map([
      [`=${name}`, texts[0]!],
      [`>${name}`, texts[1]!],
    ]);
    const getUser = getUserOn(keyv(other, { namespace: "main" }), { ttl: 60, swr: 30 }, run);
    expect(await getUser(42)).toEqual({ id: 42 });
    expect(run).not.toHaveBeenCalled();
    await getUser.cache.invalidate(42);
    expect([...other.keys()]).toEqual([]);
  });
});
