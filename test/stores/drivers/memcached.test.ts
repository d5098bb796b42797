import { createRequire } from "node:module";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { createMemcachedDriver } from "../../../runtime/memcached/driver.ts";
import type { Data, Driver } from "../../../runtime/contract/driver.ts";
import { startMemcached, type Memcached } from "../../support/servers/index.ts";
import { driverContract } from "./contract.ts";

const memjs = createRequire(import.meta.url)("memjs") as {
  Client: { create(servers: string, options?: object): { servers: Wire[]; close(): void } };
};
interface Wire {
  write(packets: Buffer): void;
}

/** Timeout of the servers in milliseconds: a busy machine must not look like a lost server. */
const SERVER_TIMEOUT_MS = 5000;

let one: Memcached;
let another: Memcached;
let three: Memcached;
const clients: { close(): void }[] = [];

beforeAll(async () => {
  [one, another, three] = await Promise.all([startMemcached(), startMemcached(), startMemcached(3)]);
});
afterAll(async () => {
  for (const client of clients) client.close();
  await Promise.all([one.stop(), another.stop(), three.stop()]);
});

function memjsClient(servers: string) {
  const client = memjs.Client.create(servers, { timeout: SERVER_TIMEOUT_MS / 1000 });
  clients.push(client);
  return client;
}

const text = (data: Data | undefined): string | undefined => data && Buffer.from(data as string).toString();

driverContract("memcached", () => createMemcachedDriver({ servers: one.servers }, SERVER_TIMEOUT_MS));
driverContract("memcached on three servers", () =>
  createMemcachedDriver({ servers: three.servers }, SERVER_TIMEOUT_MS),
);
driverContract("memcached with a client that memjs made", () =>
  createMemcachedDriver({ client: memjsClient(another.servers) }),
);

test("of several clients that delete a value, one finds it", async () => {
  // With several threads, as by default, the commands of clients interleave.
  await using server = await startMemcached(1, { args: ["-t", "4"] });
  const drivers = Array.from({ length: 4 }, () => createMemcachedDriver({ servers: server.servers }));
  for (let round = 0; round < 400; round++) {
    await drivers[0]!.set([{ key: "key", data: "value", ttl: Infinity }]);
    const answers = await Promise.all(drivers.map((driver) => driver.delete(["key"])));
    expect(answers.flat().filter(Boolean)).toEqual([true]);
  }
  await Promise.all(drivers.map((driver) => driver.close()));
});

describe("memcached round trips", () => {
  /** A driver, and the number of writes to its servers since the last count. */
  function counted(servers: string) {
    const client = memjsClient(servers);
    let trips = 0;
    for (const server of client.servers) {
      const write = server.write.bind(server);
      server.write = (packets) => {
        trips++;
        write(packets);
      };
    }
    return { driver: createMemcachedDriver({ client }), roundTrips: () => [trips, (trips = 0)][0] };
  }
  const items = Array.from({ length: 60 }, (_, index) => ({
    key: `trips:${index}`,
    data: "1",
    ttl: Infinity,
  }));
  const keys = items.map(({ key }) => key);

  test("a read, a write and an add take one round trip each, once the server is known", async () => {
    const { driver, roundTrips } = counted(one.servers);
    await driver.get(["trips:a"]);
    expect(roundTrips()).toBe(1);
    await driver.get(["trips:a"]);
    expect(roundTrips()).toBe(1);
    await driver.set(items);
    expect(roundTrips()).toBe(1);
    expect(await driver.get(keys)).toHaveLength(60);
    expect(roundTrips()).toBe(1);
    await driver.add({ key: "trips:added", data: "1", ttl: 1000 });
    expect(roundTrips()).toBe(1);
  });

  test("many keys take one round trip for each server", async () => {
    const { driver, roundTrips } = counted(three.servers);
    await driver.get(keys);
    roundTrips();
    await driver.set(items);
    expect(roundTrips()).toBe(3);
    await driver.get(keys);
    expect(roundTrips()).toBe(3);
  });

  test("a clear by another client costs the next read one more round trip", async () => {
    const [{ driver, roundTrips }, other] = [counted(one.servers), counted(one.servers)];
    await driver.set(items);
    await other.driver.clear("trips:");
    roundTrips();
    expect(await driver.get(["trips:1"])).toEqual([undefined]);
    expect(roundTrips()).toBe(2);
    await driver.get(["trips:1"]);
    expect(roundTrips()).toBe(1);
  });
});

describe("memcached's memory is shared with other programs", () => {
  const make = () => createMemcachedDriver({ servers: one.servers }, SERVER_TIMEOUT_MS);
  const command = (line: string): Promise<string[]> => one.nodes[0]!.command(line);

  test("an item of another program is a miss, and is overwritten", async () => {
    const driver = make();
    for (const key of ["foreign:get", "foreign:add", "foreign:increment"]) {
      expect(await command(`set ${key} 0 0 40\r\n${"7".repeat(40)}`)).toEqual(["STORED"]);
    }
    expect(await driver.get(["foreign:get"])).toEqual([undefined]);
    expect(await driver.exists("foreign:get")).toBe(false);
    expect(await driver.add({ key: "foreign:add", data: "1", ttl: Infinity })).toBe(true);
    expect(await driver.increment("foreign:increment", 3, Infinity)).toBe(3);
    await driver.close();
  });

  test("clear leaves items of other programs", async () => {
    const driver = make();
    await command("set foreign:kept 0 0 1\r\n7");
    await driver.clear("");
    expect(await command("get foreign:kept")).toEqual(["VALUE foreign:kept 0 1", "7", "END"]);
    await driver.close();
  });

  test.each([
    ["the stamp", ["\x01stamp"]],
    ["the log", ["\x01clears"]],
    ["stamp and log", ["\x01stamp", "\x01clears"]],
  ])("cleared entries stay cleared when memcached evicts %s", async (_, lost) => {
    const [driver, other] = [make(), make()];
    await driver.set(["lost:a", "kept:a"].map((key) => ({ key, data: "old", ttl: Infinity })));
    await driver.clear("lost:");
    for (const key of lost) expect(await command(`delete ${key}`)).toEqual(["DELETED"]);
    expect(await other.get(["lost:a"])).toEqual([undefined]);
    expect(await driver.get(["lost:a"])).toEqual([undefined]);
    await other.set([{ key: "lost:a", data: "new", ttl: Infinity }]);
    expect((await driver.get(["lost:a"])).map(text)).toEqual(["new"]);
    await driver.clear("lost:");
    expect(await other.get(["lost:a"])).toEqual([undefined]);
    await Promise.all([driver.close(), other.close()]);
  });

  test.each(["", "null", "{}", "[1,[2]]", '[1,["x","y"]]', "\0\0\0\0\0\0\0\0"])(
    "garbage in the stamp and the log is a fresh start, not an error: %j",
    async (junk) => {
      const driver = make();
      await driver.set([{ key: "junk:a", data: "old", ttl: Infinity }]);
      await driver.clear("junk:");
      for (const key of ["\x01stamp", "\x01clears"]) {
        expect(await command(`set ${key} 0 0 ${junk.length}\r\n${junk}`)).toEqual(["STORED"]);
      }
      expect(await driver.get(["junk:a"])).toEqual([undefined]);
      await driver.set([{ key: "junk:a", data: "new", ttl: Infinity }]);
      expect((await driver.get(["junk:a"])).map(text)).toEqual(["new"]);
      await driver.clear("junk:");
      expect(await driver.get(["junk:a"])).toEqual([undefined]);
      await driver.close();
    },
  );

  test("writes survive concurrent clears of other prefixes, and every clear takes effect", async () => {
    const drivers = [make(), make(), make()];
    const prefixes = Array.from({ length: 30 }, (_, index) => `many${index}:`);
    const items = prefixes.map((prefix) => ({ key: `${prefix}a`, data: "old", ttl: Infinity }));
    const others = prefixes.map((_, index) => ({ key: `others:${index}`, data: "new", ttl: Infinity }));
    await drivers[0]!.set(items);
    await Promise.all([
      ...prefixes.map((prefix, index) => drivers[index % 3]!.clear(prefix)),
      ...others.map((item, index) => drivers[index % 3]!.set([item])),
    ]);
    for (const driver of drivers) {
      expect(await driver.get(items.map(({ key }) => key))).toEqual(items.map(() => undefined));
      expect((await driver.get(others.map(({ key }) => key))).map(text)).toEqual(others.map(() => "new"));
      await driver.close();
    }
  });

  test.each<[string, (driver: Driver, key: string) => Promise<unknown>]>([
    ["set", (driver, key) => driver.set([{ key, data: "1", ttl: Infinity }])],
    ["add", (driver, key) => driver.add({ key, data: "1", ttl: Infinity })],
    ["increment", (driver, key) => driver.increment(key, 1, Infinity)],
  ])("a write after a clear that the writer has not seen remains: %s", async (name, write) => {
    const [driver, other] = [make(), make()];
    const key = `unknown:${name}`;
    await driver.get([key]);
    await other.clear("unknown:");
    await write(driver, key);
    expect((await other.get([key])).map(text)).toEqual(["1"]);
    await Promise.all([driver.close(), other.close()]);
  });

  test("a flush_all by another program causes misses only", async () => {
    const driver = make();
    await driver.set([{ key: "flushed:a", data: "1", ttl: Infinity }]);
    await command("flush_all");
    expect(await driver.get(["flushed:a"])).toEqual([undefined]);
    await driver.set([{ key: "flushed:a", data: "2", ttl: Infinity }]);
    expect((await driver.get(["flushed:a"])).map(text)).toEqual(["2"]);
    await driver.close();
  });

  test("rejects a value above the item size with its name, and stores the others", async () => {
    const driver = make();
    const large = { key: "large:a", data: new Uint8Array(2_000_000), ttl: Infinity };
    const small = { key: "large:b", data: "1", ttl: Infinity };
    await expect(driver.set([large, small])).rejects.toMatchObject({ code: "unstorable" });
    expect((await driver.get(["large:a", "large:b"])).map(text)).toEqual([undefined, "1"]);
    await driver.close();
  });
});

describe("a comparison on memcached", () => {
  test.each<[string, (other: Driver, key: string) => Promise<unknown>]>([
    ["removal", (other, key) => other.delete([key])],
    ["clear", (other, key) => other.clear(key)],
  ])("a %s between the comparison and the write wins", async (name, remove) => {
    const client = memjsClient(one.servers);
    const driver = createMemcachedDriver({ client });
    const other = createMemcachedDriver({ servers: one.servers }, SERVER_TIMEOUT_MS);
    const item = { key: `between:${name}`, data: "=old ", ttl: Infinity };
    await driver.set([item]);
    const server = client.servers[0]!;
    const write = server.write.bind(server);
    let writes = 0;
    server.write = (packets) => {
      // The first write is the comparison, the second one stores.
      if (++writes === 2) void remove(other, item.key).then(() => write(packets));
      else write(packets);
    };
    await driver.setIf({ ...item, data: "=new " }, "=old ");
    expect(writes).toBeGreaterThan(1);
    expect(await other.get([item.key])).toEqual([undefined]);
    expect(await driver.get([item.key])).toEqual([undefined]);
    await other.close();
  });

  test("a lease is taken until memcached has removed it, whatever the clock of this process says", async () => {
    const driver = createMemcachedDriver({ servers: one.servers }, SERVER_TIMEOUT_MS);
    const lease = { key: "lease", data: "holder", ttl: 60_000, isLease: true };
    expect(await driver.add(lease)).toBe(true);
    const clock = vi.spyOn(Date, "now").mockReturnValue(Date.now() + 3_600_000);
    onTestFinished(() => clock.mockRestore());
    expect(await driver.add({ ...lease, data: "other" })).toBe(false);
    await driver.close();
  });

  test("finds what has expired by the clock of this process only", async () => {
    const driver = createMemcachedDriver({ servers: one.servers }, SERVER_TIMEOUT_MS);
    const item = { key: "expired", data: "=old ", ttl: 60_000 };
    await driver.set([item]);
    const clock = vi.spyOn(Date, "now").mockReturnValue(Date.now() + 3_600_000);
    onTestFinished(() => clock.mockRestore());
    expect(await driver.setIf({ ...item, data: "=new " }, "=old ")).toBe(true);
    expect(await driver.deleteIf(item.key, "=new ")).toBe(true);
    clock.mockRestore();
    expect(await driver.get([item.key])).toEqual([undefined]);
    await driver.close();
  });
});
