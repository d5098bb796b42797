/**
 * One of several processes that share a store. It calls a cached function on request and reports each run; a
 * run ends on request. See processes.ts.
 */
import { cached, type Cache, type Cached } from "aotcache";
import { memcached } from "aotcache/memcached";
import { redis } from "aotcache/redis";
import { writesDone } from "./context.ts";
import type { Order, StoreLocation, Report } from "./processes.ts";

type Work = (n: number) => Promise<string>;

let cache: Cache;
let fn: Cached<Work>;
let batch: (ids: readonly number[]) => Promise<string[]>;
const runs = new Map<number, { resolve(value: string): void; reject(error: Error): void }>();
let count = 0;

const report = (message: Report): void => void process.send!(message);

const work: Work = async (n) => {
  const run = ++count;
  report({ run, n });
  return new Promise((resolve, reject) => runs.set(run, { resolve, reject }));
};

const open = ({ kind, options }: StoreLocation): Cache =>
  kind === "redis" ? redis(options) : memcached(options as { servers: string });

const orders: { readonly [K in Order["do"]]: (order: Extract<Order, { do: K }>) => unknown } = {
  async define({ location, options }) {
    await (cache as Cache | undefined)?.close();
    cache = open(location);
    const all = { ...options, backend: cache, namespace: "processes" };
    if (options.multi === undefined) fn = cached(work, all);
    else batch = cached((ids: readonly number[]) => Promise.all(ids.map(work)), all);
  },
  callBatch: ({ ids }) => batch(ids),
  async call({ n, times }) {
    const calls = await Promise.allSettled(Array.from({ length: times }, () => fn(n)));
    const answers = new Set(
      calls.map((call) => (call.status === "fulfilled" ? call.value : String(call.reason))),
    );
    return [...answers];
  },
  peek: ({ n }) => fn.cache.peek(n),
  invalidate: ({ n }) => fn.cache.invalidate(n),
  clear: () => fn.cache.clear(),
  written: () => writesDone(cache),
  /** Moves the clock from now on. */
  clock({ ms }) {
    const { now } = Date;
    Date.now = () => now() + ms;
  },
  end({ run, value, error }) {
    const { resolve, reject } = runs.get(run)!;
    if (error === undefined) resolve(value!);
    else reject(new Error(error));
  },
};

process.on("message", ({ id, order }: { id: number; order: Order }) => {
  const act = orders[order.do] as (order: Order) => unknown;
  Promise.resolve()
    .then(() => act(order))
    .then(
      (answer) => report({ id, answer }),
      (error: unknown) => report({ id, error: String(error) }),
    );
});
process.on("disconnect", () => process.exit());
