import { Cluster, Redis } from "ioredis";
import { describe, expect, test } from "vitest";
import { CacheError } from "../../../runtime/contract/errors.ts";
import { loadOptionalPeer } from "../../../runtime/platform/optional-peer.ts";
import { createRedisDriver } from "../../../runtime/redis/driver.ts";
import type { RedisOptions } from "../../../runtime/redis/options.ts";
import { thrown } from "../../support/caught.ts";

const node = { host: "127.0.0.1", port: 7000 };
/** The options of the driver's client. Nothing connects before the first command. */
const made = (options: RedisOptions): Record<string, unknown> =>
  (createRedisDriver(options).raw as Redis).options as Record<string, unknown>;

describe("the options of redis()", () => {
  test.each<[string, RedisOptions, object]>([
    [
      "a URL",
      { url: "redis://me:secret@10.0.0.1:7000/2" },
      { host: "10.0.0.1", port: 7000, password: "secret" },
    ],
    ["a URL and more", { url: "redis://10.0.0.1", db: 3 }, { host: "10.0.0.1", port: 6379, db: 3 }],
    ["a URL with TLS", { url: "rediss://10.0.0.1" }, { tls: true }],
    ["host and port", node, node],
    ["numbers of the environment, as text", { port: "7000", db: "2" } as object, { port: 7000, db: 2 }],
    ["a socket", { path: "/tmp/redis.sock" }, { path: "/tmp/redis.sock" }],
    ["nothing", {}, { host: "localhost", port: 6379 }],
    ["sentinels", { sentinels: [node], name: "main" }, { sentinels: [node], name: "main" }],
  ])("name the server: %s", (_, options, expected) => {
    expect(made(options)).toMatchObject(expected);
  });

  test("accept any option of ioredis, which overrides the defaults", () => {
    const options = made({ ...node, connectTimeout: 5000, keyPrefix: "a:", lazyConnect: true, db: 1 });
    expect(options).toMatchObject({ connectTimeout: 5000, keyPrefix: "a:", db: 1, maxRetriesPerRequest: 0 });
  });

  test("are ignored when they are undefined", () => {
    const options = { ...node, connectTimeout: undefined, url: undefined, client: undefined };
    expect(made(options as object)).toMatchObject({ ...node, connectTimeout: 2000 });
  });

  test("include those of every cache, which are read elsewhere", () => {
    expect(
      made({ ...node, namespace: "a", ttl: 1, timeout: 1, serializer: "json" } as RedisOptions),
    ).not.toHaveProperty("namespace");
  });

  test("create a cluster client from its nodes and their options", () => {
    const driver = createRedisDriver({
      cluster: [node],
      password: "secret",
      scaleReads: "all",
      redisOptions: { connectTimeout: 7 },
    });
    expect(driver.raw).toBeInstanceOf(Cluster);
    expect((driver.raw as Cluster).options).toMatchObject({
      scaleReads: "all",
      redisOptions: { password: "secret", connectTimeout: 7, enableReadyCheck: false },
    });
  });

  test("are passed to ioredis unchanged when aotcache does not know them", () => {
    const xyzzy = { an: "option of a later ioredis" };
    expect(made({ ...node, xyzzy } as object)["xyzzy"]).toBe(xyzzy);
    expect(made({ sentinels: [node], name: "main", xyzzy } as object)["xyzzy"]).toBe(xyzzy);
  });

  test("are passed to a cluster and to its nodes when aotcache does not know which of them they are for", () => {
    const xyzzy = { an: "option of a later ioredis" };
    const options = made({ cluster: [node], xyzzy } as object);
    expect(options["xyzzy"]).toBe(xyzzy);
    expect((options["redisOptions"] as typeof options)["xyzzy"]).toBe(xyzzy);
    const ofNodes = made({ cluster: [node], redisOptions: { xyzzy } } as object);
    expect(ofNodes).toMatchObject({ redisOptions: { xyzzy } });
    expect(ofNodes).not.toHaveProperty("xyzzy");
  });

  test("apply to the cluster, not to its nodes, when both have them", () => {
    const { redisOptions, ...ofCluster } = made({
      cluster: [node],
      keyPrefix: "a:",
      enableReadyCheck: true,
      enableAutoPipelining: true,
    });
    expect(ofCluster).toMatchObject({ keyPrefix: "a:", enableReadyCheck: true, enableAutoPipelining: true });
    expect(redisOptions).toMatchObject({ enableReadyCheck: false });
    expect(redisOptions).not.toHaveProperty("keyPrefix");
    expect(redisOptions).not.toHaveProperty("enableAutoPipelining");
  });

  const client = new Redis({ lazyConnect: true });
  const nodes = new Cluster([node], { lazyConnect: true });
  const ofOneServer = ["host", "port", "name", "db", "sentinels"];
  test.each(
    Object.entries({ ...client.options, ...nodes.options }).filter(
      ([name, value]) => value !== undefined && !ofOneServer.includes(name),
    ),
  )("are not mistaken for misspelled options of aotcache: %s", (name, value) => {
    expect(made({ ...node, [name]: value })).toHaveProperty(name);
    expect(made({ cluster: [node], [name]: value })).toHaveProperty(name);
  });

  test.each<[code: string, options: object, says: string]>([
    ["option-unknown", { namespaces: "a" }, "`namespaces` is not an option of redis(). Write `namespace`."],
    ["option-unknown", { uri: "redis://a" }, "Write `url`"],
    ["option-unknown", { clutser: [node] }, "Write `cluster`"],
    ["option-unknown", { cluster: [node], timeuot: 1 }, "Write `timeout`"],
    ["option-unknown", { sentinels: [node], name: "a", leese: 1 }, "Write `lease`"],
    ["option-unknown", { max: 10 }, "`max` is an option of memory(), not of redis(). Remove it."],
    ["option-unknown", { client, namepsace: "a" }, "Write `namespace`"],
    ["option-conflict", { client, host: "a" }, "`host` has no effect next to `client`"],
    ["option-conflict", { client, url: "redis://a" }, "`url` has no effect next to `client`"],
    ["option-conflict", { url: "redis://a", host: "b" }, "`host` has no effect next to `url`"],
    ["option-conflict", { cluster: [node], url: "redis://a" }, "`url` has no effect next to `cluster`"],
    ["option-conflict", { cluster: [node], port: 1 }, "`port` has no effect next to `cluster`"],
    [
      "option-conflict",
      { sentinels: [node], name: "a", host: "b" },
      "`host` has no effect next to `sentinels`",
    ],
    ["option-conflict", { client, xyzzy: "a" }, "`xyzzy` has no effect next to `client`"],
    ["option-conflict", { cluster: [node], db: 1 }, "`db` has no effect next to `cluster`"],
    ["option-value", { url: 6379 }, "`url` is not a Redis URL"],
    ["option-value", { url: "" }, "`url` is not a Redis URL"],
    ["option-value", { url: "http://127.0.0.1:6379" }, "`url` is not a Redis URL"],
    ["option-value", { url: "not a url" }, '"redis://user:password@host:6379/0"'],
    ["option-value", { url: "redis://me:100%@127.0.0.1" }, "percent-encoded"],
    ["option-value", { url: "redis://127.0.0.1/main" }, "`db` cannot be"],
    ["option-value", { url: "redis://127.0.0.1?db=main" }, "`db` cannot be"],
    ["option-value", { db: NaN }, "`db` cannot be"],
    ["option-value", { db: 1.5 }, "`db` cannot be"],
    ["option-value", { db: -1 }, "`db` cannot be"],
    ["option-value", { port: 0 }, "`port` cannot be"],
    ["option-value", { port: "abc" }, "`port` cannot be"],
    ["option-value", { port: 70000 }, "`port` cannot be"],
    ["option-value", { cluster: [] }, "`cluster` is not a list of nodes"],
    ["option-value", { client: {} }, "`client` is not a client of ioredis"],
    ["option-value", { client: null }, "`client` is not a client of ioredis"],
    ["option-value", { sentinels: [node] }, "name of master"],
    ["option-value", { sentinels: [], name: "a" }, "at least one sentinel"],
    ["option-value", { cluster: [node], scaleReads: "some" }, "scaleReads"],
  ])("are rejected as $0: $2", (code, options, says) => {
    const error = thrown(() => createRedisDriver(options as RedisOptions)) as CacheError;
    expect(error).toBeInstanceOf(CacheError);
    expect(error.code).toBe(code);
    expect(error.message).toContain(says);
  });

  test.each([null, "redis://127.0.0.1", 6379])("must be an object, not %o", (options) => {
    expect(() => createRedisDriver(options as never)).toThrow("redis() takes an object");
  });
});

describe("a package that is not installed", () => {
  const peer = { entry: "aotcache/redis", name: "ioredis" };
  const noRequire = new ReferenceError("require is not defined");
  const failing = (code: string, message: string) => () => {
    throw Object.assign(new Error(message), { code });
  };

  test("is named, with the command that installs it", () => {
    const error = thrown(() =>
      loadOptionalPeer(
        peer,
        noRequire,
        failing("MODULE_NOT_FOUND", "Cannot find module 'ioredis'\nRequire stack: …"),
      ),
    );
    expect(error).toMatchObject({
      code: "peer-missing",
      message: "aotcache/redis needs ioredis; install it with `npm install ioredis`.",
    });
  });

  test("differs from an installed package that fails to load", () => {
    const broken = failing("MODULE_NOT_FOUND", "Cannot find module 'debug'");
    expect(() => loadOptionalPeer(peer, noRequire, broken)).toThrow("Cannot find module 'debug'");
  });
});
