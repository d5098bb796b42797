/** One of several processes that do random operations on one store, and report what they did. See processes.ts. */
import { machineTime } from "./clock.ts";
import { setTimeout as pause } from "node:timers/promises";
import { cached, type Cache, type Cached } from "aotcache";
import { keyv } from "aotcache/keyv";
import { memcached } from "aotcache/memcached";
import { redis } from "aotcache/redis";
import { random } from "../../support/random.ts";
import { KINDS, type Entry, type Operation, type Value } from "./history.ts";
import { MIN_OPERATIONS, type Plan } from "./processes.ts";
import { operateOnKeys } from "./key-worker.ts";
import { SharedFiles } from "./shared-files.ts";

type Work = (key: number) => Promise<Value>;

/** The error of a run. */
class RunError extends Error {
  readonly value: Value;
  constructor(value: Value) {
    super(`${value.id} failed`);
    this.value = value;
  }
}

let unsent: unknown[] = [];
function report(entry: unknown): void {
  if (unsent.length === 0) setTimeout(flush, 5);
  unsent.push(entry);
}
function flush(): void {
  process.send!({ entries: unsent });
  unsent = [];
}

function open({ location, seed }: Plan): Cache {
  const { kind, options } = location;
  if (kind === "redis") return redis(options);
  if (kind === "memcached") return memcached(options as { servers: string });
  const { folder, faults = 0, ...rest } = options;
  return keyv(new SharedFiles(folder!, random(seed + 1), faults), rest);
}

/** Calls, invalidates, clears, refreshes and primes cached functions. */
async function operateOnFunctions(plan: Plan, cache: Cache): Promise<void> {
  const chance = random(plan.seed);
  const choose = <T>(items: readonly T[]): T => items[Math.floor(chance() * items.length)]!;
  const { process: index, until } = plan;
  let count = 0;
  const valueOf = (fn: string, key: number, what: string): Value => {
    const id = `${what} ${index}.${plan.generation}.${++count}`;
    return { fn, key, process: index, id, begun: machineTime() };
  };
  cache.on("error", ({ error }) => {
    const time = machineTime();
    report({ kind: "disturbance", process: index, what: String(error), start: time, end: time });
  });

  const work = (fn: string): Work => {
    return async (key) => {
      const value = valueOf(fn, key, "run");
      if (chance() < 0.8) await pause(chance() * chance() * 80);
      const hasFailed = chance() < (fn === "sie" ? 0.4 : 0.1);
      report({ kind: "run", ...value, ended: machineTime(), hasFailed } satisfies Entry);
      if (hasFailed) throw new RunError(value);
      return value;
    };
  };
  const functions = new Map<string, Cached<Work>>();
  for (const [name, options] of Object.entries(KINDS)) {
    if (options.lock === "distributed" && plan.location.kind === "keyv") continue;
    functions.set(name, cached(work(name), { ...options, name, namespace: "histories", backend: cache }));
  }
  const names = [...functions.keys()];

  const operations: Record<Operation["op"], (fn: Cached<Work>, key: number, primed: Value) => unknown> = {
    call: (fn, key) => fn(key),
    peek: (fn, key) => fn.cache.peek(key),
    invalidate: (fn, key) => fn.cache.invalidate(key),
    refresh: (fn, key) => fn.cache.refresh(key),
    prime: (fn, key, primed) => fn.cache.prime([key], primed),
    clear: (fn) => fn.cache.clear(),
    "clear all": () => cache.clear(),
  };

  async function operate(op: Operation["op"], fn: string, key: number): Promise<void> {
    const primed = op === "prime" ? valueOf(fn, key, "prime") : undefined;
    const start = machineTime();
    let outcome: Pick<Operation, "value" | "error" | "failed">;
    try {
      const answer = await operations[op](functions.get(fn)!, key, primed!);
      outcome = { value: primed ?? (typeof answer === "object" ? (answer as Value) : undefined) };
    } catch (error) {
      const failed = error instanceof RunError ? error.value : undefined;
      outcome = { value: primed, failed, error: (error as { code?: string }).code ?? String(error) };
    }
    report({ kind: "operation", op, process: index, fn, key, start, end: machineTime(), ...outcome });
  }

  async function client(): Promise<void> {
    for (let done = 0; machineTime() < until || done < MIN_OPERATIONS; done++) {
      const [fn, key, roll] = [choose(names), Math.floor(chance() * 2), chance()];
      if (roll < 0.6) await operate("call", fn, key);
      else if (roll < 0.75) {
        // A stampede: most of these calls join one run.
        await Promise.all(Array.from({ length: 5 }, () => operate("call", fn, key)));
      } else if (roll < 0.8) await operate("peek", fn, key);
      else if (roll < 0.9) await operate("invalidate", fn, key);
      else if (roll < 0.94) await operate("refresh", fn, key);
      else if (roll < 0.975) await operate("prime", fn, key);
      else if (roll < 0.998) await operate("clear", fn, key);
      else await operate("clear all", fn, key);
      if (chance() < 0.5) await pause(chance() * 20);
    }
  }
  await Promise.all(Array.from({ length: plan.clients }, client));
}

process.once("message", (plan: Plan) => {
  const cache = open(plan);
  const operate = plan.program === "functions" ? operateOnFunctions : operateOnKeys(report);
  void operate(plan, cache).then(() => {
    flush();
    process.send!({ done: true });
  });
});
process.on("disconnect", () => process.exit());
process.send!({ ready: true });
