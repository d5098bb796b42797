/**
 * Next.js with Cache Components fails a page that reads the clock or chance while it is prerendered. It replaces `Date`,
 * `Math.random()` and `crypto` as here (`next/dist/server/node-environment-extensions`), before it loads any module.
 */
import { afterEach, expect, it, vi } from "vitest";

const original = { Date, random: Math.random };

afterEach(() => {
  Object.defineProperty(original.Date.prototype, "constructor", { value: original.Date });
  globalThis.Date = original.Date;
  Math.random = original.random;
  for (const name of ["getRandomValues", "randomUUID"] as const) Reflect.deleteProperty(crypto, name);
});

/** Returns the reads that are reported from now on. */
function reported(): string[] {
  const reads: string[] = [];
  const properties = Object.getOwnPropertyDescriptors(original.Date);
  properties.now.value = (() => {
    reads.push("Date.now");
    return original.Date.now();
  }).bind(null);
  function Reported(this: unknown, ...args: []): unknown {
    if (args.length === 0) reads.push("new Date");
    return new.target ? Reflect.construct(original.Date, args, new.target) : original.Date();
  }
  globalThis.Date = Object.defineProperties(Reported, properties) as unknown as DateConstructor;
  Object.defineProperty(original.Date.prototype, "constructor", { value: Date });
  Math.random = (() => {
    reads.push("Math.random");
    return original.random();
  }).bind(null);
  for (const name of ["getRandomValues", "randomUUID"] as const) {
    const method = crypto[name] as (...args: unknown[]) => unknown;
    (crypto as unknown as Record<string, unknown>)[name] = (...args: unknown[]) => {
      reads.push(name);
      return method.apply(crypto, args);
    };
  }
  return reads;
}

it("does not report the reads of a cache, and goes by the monotonic clock", async () => {
  const reads = reported();
  vi.resetModules();
  const { cached, configure } = await import("aotcache");
  const { keyv } = await import("aotcache/keyv");
  const clock = await import("../../runtime/platform/clock.ts");
  configure({ verify: 0.5 });
  const shared = keyv(new Map(), { namespace: "x" });
  const near = cached((at: { x: string }) => at.x, { ttl: "1m", jitter: "10%", swr: "1m" });
  const far = cached(async (n: number) => n, { ttl: "1m", jitter: "10%", backend: shared, name: "far" });
  for (const _ of [1, 2]) expect([near({ x: "y".repeat(300) }), await far(1)]).toEqual(["y".repeat(300), 1]);
  await shared.set("key", 1, { ttl: 60 });
  await shared.close();
  expect(reads).toEqual([]);
  expect([clock.isClockFake(), clock.hasReliableTimers]).toEqual([false, true]);
  expect(Math.abs(clock.now() - original.Date.now())).toBeLessThan(1000);
});
