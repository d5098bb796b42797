/** The operations on string keys of worker.ts. */
import { setTimeout as pause } from "node:timers/promises";
import type { Cache } from "aotcache";
import { random } from "../../support/random.ts";
import { machineTime } from "./clock.ts";
import { MIN_OPERATIONS, type Plan } from "./processes.ts";
import type { KeyOperation, KeyOperationName } from "./registers.ts";

/** Milliseconds for which all processes use the same keys. */
const EPOCH_MS = 30;

/** Errors of operations that were not sent, and so have no effect. */
const UNSENT = /Calls skip it|cannot be reached|commands skip it/;

export const operateOnKeys =
  (report: (operation: KeyOperation) => void) =>
  async (plan: Plan, cache: Cache): Promise<void> => {
    const chance = random(plan.seed);
    const names: readonly KeyOperationName[] =
      plan.location.kind === "keyv"
        ? ["get", "get", "set", "delete"]
        : ["get", "get", "set", "delete", "add", "increment", "increment", "exists", "expire", "ttl"];
    const operations: Record<KeyOperationName, (key: string, n: number) => Promise<unknown>> = {
      get: (key) => cache.get(key),
      set: (key, n) => cache.set(key, valueOf(n), n % 2 === 0 ? { ttl: 1000 } : {}),
      add: (key, n) => cache.add(key, valueOf(n), n % 2 === 0 ? { ttl: 1000 } : {}),
      delete: (key) => cache.delete(key),
      increment: (key, n) => cache.increment(key, n),
      exists: (key) => cache.exists(key),
      expire: (key, n) => cache.expire(key, n % 2 === 0 ? 1000 : "forever"),
      ttl: (key) => cache.ttl(key),
    };
    async function client(): Promise<void> {
      for (let done = 0; machineTime() < plan.until || done < MIN_OPERATIONS; done++) {
        const key = `${Math.floor(machineTime() / EPOCH_MS)}.${Math.floor(chance() * 2)}`;
        const [op, n] = [names[Math.floor(chance() * names.length)]!, Math.ceil(chance() * 1000)];
        const start = machineTime();
        let outcome: Pick<KeyOperation, "answer" | "error">;
        try {
          const answer = await operations[op](key, n);
          // Only whether a key expires is checked.
          outcome = { answer: op === "ttl" && answer !== undefined ? answer === Infinity : answer };
        } catch (error) {
          const { code, message } = error as { code: string; message: string };
          if (UNSENT.test(message)) continue;
          outcome = { error: error instanceof TypeError ? "TypeError" : code };
        }
        report({ process: plan.process, op, key, n, start, end: machineTime(), ...outcome });
        if (chance() < 0.7) await pause(chance() * 10);
      }
    }
    await Promise.all(Array.from({ length: plan.clients }, client));
  };

/** A number, or a text, which cannot be incremented. */
export const valueOf = (n: number): number | string => (n % 5 === 0 ? `text ${n}` : n);
