/** One of several processes that change values and read them through near tiers. See lag.test.ts. */
import { machineTime } from "../histories/clock.ts";
import { setImmediate as nextTurn, setTimeout as pause } from "node:timers/promises";
import { Redis } from "ioredis";
import { cached, cacheOf } from "aotcache";
import { redis, type RedisCacheOptions } from "aotcache/redis";
import { random } from "../../support/random.ts";
import type { Plan } from "../histories/processes.ts";

/** A change or an answer of version `n` of a value. Times are those of `machineTime()`. */
export interface LagEntry {
  readonly process: number;
  readonly value: string;
  readonly n: number;
  /** When the change was complete. */
  readonly changed?: number;
  /** When the call began, for an answer. */
  readonly began?: number;
  /** Calls of the process that the near tier has answered so far. */
  readonly nearHits?: number;
}

const KEYS = [0, 1, 2];
const MIN_NEAR_HITS = 200;
const MIN_CHANGES = 10;
/** How long a busy machine has for them behind the end of the plan. */
const GRACE_MS = 10_000;

async function work({ seed, process: index, until, clients, location }: Plan): Promise<LagEntry[]> {
  const { sourcePort, ...options } = location.options as RedisCacheOptions & { sourcePort: number };
  const chance = random(seed);
  const source = new Redis(sourcePort);
  const cache = redis(options);
  const entries: LagEntry[] = [];
  const read = async (value: string): Promise<number> => Number(await source.get(`source:${value}`));

  const plain = cached((key: number) => read(`plain${key}`), { name: "plain", backend: cache });
  const tagged = cached((key: number) => read(`tagged${key}`), {
    name: "tagged",
    backend: cache,
    tags: (key: number) => [`tag${key}`],
  });
  const readers = { plain, tagged };
  const changes = {
    plain: (key: number) => cacheOf(plain).invalidate(key),
    tagged: (key: number) => cache.invalidateTags(`tag${key}`),
  };

  let changed = 0;
  const isBusy = (): boolean => cache.stats().nearHits < MIN_NEAR_HITS || changed < MIN_CHANGES;
  async function client(): Promise<void> {
    while (machineTime() < until || (isBusy() && machineTime() < until + GRACE_MS)) {
      const name = chance() < 0.5 ? "plain" : "tagged";
      const key = KEYS[Math.floor(chance() * KEYS.length)]!;
      const value = `${name}${key}`;
      try {
        if (chance() < 0.02) {
          const n = await source.incr(`source:${value}`);
          await changes[name](key);
          entries.push({ process: index, value, n, changed: machineTime() });
          changed++;
        } else {
          const began = machineTime();
          const n = await readers[name](key);
          entries.push({ process: index, value, n, began, nearHits: cache.stats().nearHits });
        }
      } catch {
        // The store is down, so the change is not complete.
        await pause(5);
      }
      // In a later turn, so that a process that was stopped reads the clock.
      await (chance() < 0.1 ? pause(chance() * 10) : nextTurn());
    }
  }
  await Promise.all(Array.from({ length: clients }, client));
  return entries;
}

process.once("message", (plan: Plan) => {
  void work(plan).then((entries) => {
    while (entries.length > 0) process.send!({ entries: entries.splice(0, 1000) });
    process.send!({ done: true });
  });
});
process.on("disconnect", () => process.exit());
process.send!({ ready: true });
