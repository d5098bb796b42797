import { afterAll, beforeAll, expect, test } from "vitest";
import { cached } from "aotcache";
import { memcached } from "aotcache/memcached";
import { startMemcached, type Memcached } from "../../support/servers/index.ts";
import { recordEvents, writesDone } from "./context.ts";
import { remoteContract } from "./contract.ts";
import { processesContract } from "./processes-contract.ts";

let servers: Memcached;
beforeAll(async () => {
  servers = await startMemcached();
});
afterAll(() => servers.stop());

remoteContract({ name: "Memcached", make: (options) => memcached({ servers: servers.servers, ...options }) });

processesContract("Memcached", () => ({ kind: "memcached", options: { servers: servers.servers } }));

test("a result above the item size of Memcached is returned, not stored, and emits an error", async () => {
  await using cache = memcached({ servers: servers.servers, namespace: "large", timeout: "20s" });
  const events = recordEvents(cache);
  const large = "x".repeat(1_100_000);
  const runs: number[] = [];
  const fn = cached(async (n: number) => (runs.push(n), n === 1 ? large : "small"), {
    backend: cache,
    name: "large",
  });
  for (let time = 0; time < 5; time++) {
    expect(await fn(1)).toBe(large);
    await writesDone(cache);
  }
  expect(runs).toEqual([1, 1, 1, 1, 1]);
  const errors = events.filter(({ type }) => type === "error");
  expect(errors.map(({ error }) => (error as { code?: string }).code)).toEqual(runs.map(() => "unstorable"));
  // This does not concern the health of the store.
  await fn(2);
  await writesDone(cache);
  expect(await fn.cache.peek(2)).toBe("small");
});
