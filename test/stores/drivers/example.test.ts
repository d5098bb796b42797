import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { MapDriver, maps, MapServer } from "../../../fixtures/apps/driver/map-driver.ts";
import { createCache } from "../../../runtime/driver.ts";
import type { Driver, Item } from "../../../runtime/contract/driver.ts";
import { driverSuite, type TestRunner } from "../../../runtime/testing.ts";
import { driverContract } from "./contract.ts";

const server = new MapServer();
driverContract("the driver to copy", () => new MapDriver(server));

interface Registered {
  readonly title: string;
  readonly run: () => Promise<void>;
}

/** Registers the suite with a runner that only records. */
function registered(make: () => Driver): {
  tests: Registered[];
  before: Registered["run"][];
  after: Registered["run"][];
} {
  const suite = {
    tests: [] as Registered[],
    before: [] as Registered["run"][],
    after: [] as Registered["run"][],
  };
  driverSuite(
    {
      describe: (_, register) => register(),
      it: (title, run) => suite.tests.push({ title, run }),
      before: (run) => suite.before.push(run),
      after: (run) => suite.after.push(run),
    },
    { name: "broken", make },
  );
  return suite;
}

/** Returns the titles of the tests that a driver fails. */
async function failures(make: () => Driver): Promise<string[]> {
  const { tests, before, after } = registered(make);
  for (const run of before) await run();
  const failed = await Promise.all(
    tests.map(({ title, run }) =>
      run().then(
        () => [],
        () => [title],
      ),
    ),
  );
  for (const run of after) await run();
  return failed.flat();
}

describe("the suite for drivers", () => {
  test("runs under node:test in its own process, with the imports of users", async () => {
    const root = fileURLToPath(new URL("../../..", import.meta.url));
    if (!existsSync(join(root, "dist"))) throw new Error("dist is missing. Run `npm run build` first.");
    const file = join(root, "fixtures/apps/driver/map-driver.test.ts");
    const flags = ["--import", "tsx", "--test", "--test-reporter=tap", file];
    const { stdout } = await promisify(execFile)(process.execPath, flags, {
      cwd: root,
      env: withoutVitest(),
    });
    const { tests } = registered(() => new MapDriver(new MapServer()));
    expect(tests.length).toBeGreaterThan(80);
    expect(stdout).toMatch(/^# fail 0$/m);
    expect(stdout).toContain(`\n# pass ${tests.length}\n`);
  });

  test("leaves no entries in the store", async () => {
    const server = new MapServer();
    server.values.set("theirs", { value: "1", expires: Infinity });
    expect(await failures(() => new MapDriver(server))).toEqual([]);
    expect([...server.values.keys()]).toEqual(["theirs"]);
  });

  test("reports what a runner lacks", () => {
    const runner = { describe: () => undefined } as unknown as TestRunner;
    expect(() => driverSuite(runner, { name: "maps", make: () => new MapDriver(server) })).toThrow(
      'driverSuite() found no `it`; pass what your test runner exports, as in `import * as runner from "vitest"`.',
    );
  });

  const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  class UnorderedReads extends MapDriver {
    override async get(keys: readonly string[]) {
      return super.get([...keys].sort());
    }
  }
  class Overwriting extends MapDriver {
    override async add(item: Item) {
      const added = await super.add(item);
      await this.set([item]);
      return added;
    }
  }
  class RacingAdd extends MapDriver {
    override async add(item: Item) {
      if (await this.exists(item.key)) return false;
      await pause();
      await this.set([item]);
      return true;
    }
  }
  class RacingIncrement extends MapDriver {
    override async increment(key: string, delta: number, ttl: number) {
      const found = await this.get([key]);
      await pause();
      await this.set([{ key, data: String(Number(found[0] ?? 0) + delta), ttl }]);
      return Number((await this.get([key]))[0]);
    }
  }
  class ForgettingTtl extends MapDriver {
    override async set(items: readonly Item[]) {
      await super.set(items.map((item) => ({ ...item, ttl: Math.min(item.ttl, 3_600_000) })));
    }
  }
  class GreedyClear extends MapDriver {
    override async clear(prefix: string) {
      await super.clear(prefix.slice(0, -1));
    }
  }
  class PatternClear extends MapDriver {
    override async clear(prefix: string) {
      const pattern = new RegExp(`^${prefix.replace(/[[\](){}\\^]/g, "\\$&").replaceAll("*", ".*")}`);
      for (const key of this.raw.values.keys()) if (pattern.test(key)) this.raw.values.delete(key);
    }
  }
  class Forgiving extends MapDriver {
    override async setIf(item: Item) {
      await this.set([item]);
      return true;
    }
  }
  class RacingSetIf extends MapDriver {
    override async setIf(item: Item, start: string) {
      const found = await this.get([item.key]);
      await pause();
      if (!String(found[0]).startsWith(start)) return false;
      await this.set([item]);
      return true;
    }
  }
  class SharedLeases extends MapDriver {
    override async deleteIf(key: string) {
      return (await this.delete([key]))[0]!;
    }
  }
  class FoldedKeys extends MapDriver {
    override async get(keys: readonly string[]) {
      return super.get(keys.map((key) => key.toLowerCase()));
    }
    override async set(items: readonly Item[]) {
      await super.set(items.map((item) => ({ ...item, key: item.key.toLowerCase() })));
    }
  }

  test.each<[string, new (server: MapServer) => Driver, string]>([
    [
      "returns reads in another order",
      UnorderedReads,
      "values are read in the order of their keys, with undefined for a missing one",
    ],
    ["overwrites in add", Overwriting, "add stores under a free key, and changes nothing under a taken one"],
    ["looks before it adds", RacingAdd, "of many concurrent adds, one succeeds"],
    ["looks before it counts", RacingIncrement, "of many concurrent increments, none is lost"],
    ["keeps nothing longer than an hour", ForgettingTtl, "the ttl is applied: 40 days"],
    [
      "clears keys that only start with the same letters",
      GreedyClear,
      "clear removes a namespace, and no other that starts or ends with the same text",
    ],
    ["clears by a pattern", PatternClear, "clear takes * literally"],
    [
      "stores results of removed keys",
      Forgiving,
      "setIf is refused once the key was removed, cleared or replaced by another client",
    ],
    ["looks before it compares", RacingSetIf, "of many concurrent setIf with one start, one succeeds"],
    ["ends the lease of another", SharedLeases, "deleteIf removes a key only if its value has the start"],
    ["takes A for a", FoldedKeys, "keys with different characters are different keys, also A and a"],
  ])("finds a driver that %s", async (_, Broken, title) => {
    const server = new MapServer();
    expect(await failures(() => new Broken(server))).toContain(title);
  });

  test("does not require more than a driver promises", async () => {
    class PerProcess extends RacingAdd {
      readonly #turns: Promise<unknown>[] = [];
      override readonly limits = {
        keyBytes: 100,
        plainKeys: true,
        ttlGranularity: 1,
        atomic: "process" as const,
      };
      override async add(item: Item) {
        const before = this.#turns.at(-1);
        const mine = Promise.resolve(before).then(() => super.add(item));
        this.#turns.push(mine);
        return mine;
      }
    }
    const server = new MapServer();
    expect(await failures(() => new PerProcess(server))).toEqual([]);
  });
});

describe("a cache on a custom driver", () => {
  test("has the operations and options of every cache", async () => {
    await using cache = maps(new MapServer(), { namespace: "main", ttl: "1h", serializer: "json" });
    await cache.set("key", { a: [1, null] });
    expect(await cache.get("key")).toEqual({ a: [1, null] });
    expect(await cache.ttl("key")).toBeGreaterThan(3590);
    await expect(cache.set("date", new Date())).rejects.toMatchObject({ code: "unstorable" });
  });

  test.each<[string, object, string]>([
    ["an unknown option", { namespce: "a" }, "createCache() has no option `namespce`; write `namespace`."],
    ["an invalid ttl", { ttl: -1 }, "`-1` is not a ttl"],
    ["the serializer none", { serializer: "none" }, "only memory can"],
  ])("rejects %s", (_, options, message) => {
    expect(() => createCache(new MapDriver(server), options)).toThrow(message);
  });

  test.each<[string, object | undefined, string]>([
    ["undefined", undefined, "has no method `get`"],
    ["an incomplete driver", { get: () => [], set: () => undefined }, "has no method `add`"],
    ["a driver without a name", Object.assign(new MapDriver(server), { name: undefined }), "has no `name`"],
    [
      "a driver without limits",
      Object.assign(new MapDriver(server), { limits: {} }),
      "has no number `limits.keyBytes`",
    ],
  ])("rejects %s as a driver, and names what is missing", (_, driver, message) => {
    expect(() => createCache(driver as Driver)).toThrow(message);
  });
});

/** A nested run would use the reporter of the outer test runner. */
function withoutVitest(): NodeJS.ProcessEnv {
  const { NODE_TEST_CONTEXT: _, NODE_OPTIONS: __, ...env } = process.env;
  return env;
}
