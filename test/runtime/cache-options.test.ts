import { Redis } from "ioredis";
import { describe, expect, it } from "vitest";
import { memory } from "aotcache";
import { memcached } from "aotcache/memcached";
import { redis } from "aotcache/redis";
import { codecNamed } from "../../runtime/codec/codec.ts";
import { SERIALIZER_NAMES } from "../../runtime/cache/options.ts";
import { CacheError } from "../../runtime/contract/errors.ts";
import { createRedisDriver } from "../../runtime/redis/driver.ts";
import { RemoteCache } from "../../runtime/remote/cache.ts";
import { thrown } from "../support/caught.ts";

/** Functions that create caches. Nothing connects before the first operation. */
const MAKERS: readonly [name: string, make: (options: any) => RemoteCache | ReturnType<typeof memory>][] = [
  ["memory()", memory],
  ["redis()", redis as never],
  ["memcached()", memcached as never],
];
const REMOTE = MAKERS.slice(1);

function refused(make: (options: any) => unknown, options: unknown): { code: string; message: string } {
  const error = thrown(() => make(options));
  expect(error).toBeInstanceOf(CacheError);
  return error as CacheError;
}

const ENCODING = { encode: String, decode: String };

describe.each(MAKERS)("the options of %s", (name, make) => {
  it("may be omitted", () => {
    expect(make(undefined).namespace).toBeUndefined();
    expect(make({ namespace: undefined, ttl: undefined, timeout: undefined }).namespace).toBeUndefined();
  });

  it.each<[string, object]>([
    ["namespace", { namespace: "a:b" }],
    ["ttl", { ttl: "1h" }],
    ["ttl", { ttl: "forever" }],
    ["timeout", { timeout: 0.5 }],
    ["timeout", { timeout: "forever" }],
    ["serializer", { serializer: "json" }],
    ["serializer", { serializer: { name: "own", ...ENCODING } }],
  ])("are accepted: %s %o", async (_, options) => {
    await expect(make(options).close()).resolves.toBeUndefined();
  });

  it.each<[code: string, options: unknown, says: string]>([
    ["option-value", null, "takes an object"],
    ["option-value", "redis://127.0.0.1", "takes an object"],
    ["option-value", [], "takes an object"],
    ["option-unknown", { namepsace: "a" }, "write `namespace`"],
    ["option-unknown", { serialiser: "json" }, "write `serializer`"],
    ["option-value", { namespace: "" }, "`namespace` is not a non-empty string"],
    ["option-value", { namespace: 7 }, "`namespace` is not a non-empty string"],
    ["ttl-invalid", { ttl: 0 }, "is not a ttl"],
    ["ttl-invalid", { ttl: "10 s" }, "is not a ttl"],
    ["option-value", { timeout: 0 }, "`timeout` is 0"],
    ["option-value", { timeout: "soon" }, '`timeout` is "soon"'],
    ["option-value", { timeout: null }, "`timeout` is null"],
    ["option-value", { timeout: {} }, "`timeout` is an object"],
    ["option-value", { serializer: "jsn" }, 'write "json"'],
    ["option-value", { serializer: "xyzzy" }, "known are generic, json, msgpack, v8, string, none"],
    ["option-value", { serializer: null }, "{ name, encode, decode }"],
    ["option-value", { serializer: { name: "own" } }, "{ name, encode, decode }"],
    ["option-value", { serializer: { name: "", ...ENCODING } }, "{ name, encode, decode }"],
  ])("are rejected as %s: %o", (code, options, says) => {
    const error = refused(make, options);
    expect(error.code).toBe(code);
    expect(error.message.replace("Write", "write")).toContain(says);
    if (code !== "ttl-invalid") expect(error.message).toContain(name);
    expect(error.message).toMatch(/^[^\n]*\.$/);
  });
});

describe.each(REMOTE)("the options of %s, a remote store,", (_, make) => {
  it("have a lease that ends", async () => {
    await make({ lease: "30s" }).close();
    expect(refused(make, { lease: "forever" })).toMatchObject({ code: "option-value" });
    expect(refused(make, { lease: "forever" }).message).toContain("`lease` is longer than 24 days");
    expect(refused(make, { lease: 0 }).message).toContain("`lease` is 0");
    expect(refused(make, { leese: 10 }).message).toMatch(/rite `lease`/);
  });

  it("have a serializer, because only memory stores values by reference", () => {
    const error = refused(make, { serializer: "none" });
    expect(error.code).toBe("option-value");
    expect(error.message).toContain("only memory can");
  });

  it("do not include those of memory", () => {
    expect(refused(make, { maxBytes: 10 }).code).toBe("option-unknown");
  });
});

describe("the options of memory()", () => {
  it.each([
    ["max", 0],
    ["max", 1.5],
    ["max", "10"],
    ["maxBytes", 0],
    ["maxBytes", -1],
    ["maxBytes", Infinity],
    ["maxBytes", "1mb"],
  ])("have bounds that are positive integers: not %s %o", (name, value) => {
    const error = refused(memory, { [name]: value });
    expect(error.code).toBe("option-value");
    expect(error.message).toContain(
      `\`${name}\` is ${JSON.stringify(value) === "null" ? "Infinity" : JSON.stringify(value)};`,
    );
  });

  it("have no lease", () => {
    expect(refused(memory, { lease: 10 }).code).toBe("option-unknown");
  });

  it("accept the serializer none", async () => {
    const value = { kept: () => 1 };
    const cache = memory({ serializer: "none" });
    await cache.set("key", value);
    expect(await cache.get("key")).toBe(value);
  });
});

describe("serializers", () => {
  it.each(SERIALIZER_NAMES.filter((name) => name !== "none"))(
    "that options may name are there: %s",
    async (name) => {
      expect((await codecNamed(name)).name).toBe(name);
    },
  );

  it("are accepted by name, and no other name except `none`", () => {
    const error = refused(codecNamed, "xyzzy");
    expect(error.message).toContain(
      `Write one of ${SERIALIZER_NAMES.filter((name) => name !== "none").join(", ")},`,
    );
  });

  it("with a missing package make operations reject, and nothing else", async () => {
    const codec = Promise.reject(new CacheError("unavailable", "npm install msgpackr"));
    const client = new Redis({ lazyConnect: true });
    const cache = new RemoteCache(createRedisDriver({ client }), {
      ...{ namespace: "a", ttl: Infinity, timeout: 250, lease: 1000, codec },
    });
    await new Promise(setImmediate);
    for (const run of [
      () => cache.set("key", "text"),
      () => cache.add("key", {}),
      () => cache.multiSet({ a: [] }),
    ]) {
      await expect(run()).rejects.toMatchObject({ code: "unavailable", message: "npm install msgpackr" });
    }
    expect(cache.stats()).toMatchObject({ errors: 3, sets: 0 });
    await cache.close();
    expect(client.status).toBe("wait");
    client.disconnect();
  });
});
