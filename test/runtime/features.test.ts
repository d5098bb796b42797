/** A function enables the runtime features that it needs, also if nothing else was loaded before. */
import { beforeEach, expect, it, vi } from "vitest";

// Each test has its own runtime: a feature enabled by one would affect the next.
beforeEach(() => {
  vi.resetModules();
});

const spec = (mode: "sync" | "async") =>
  ({ id: ["x", "find", "1"], mode, parts: [{ name: "id", type: "number" }], seen: [] }) as const;

it.each([
  ["skip", { skip: (result: unknown) => result === 1 }],
  ["sie", { ttl: 1, sie: 60 }],
  ["swr", { ttl: 1, swr: 60 }],
  ["copy", { copy: "clone" }],
] as const)("options known only at run time enable their features: %s", async (_, given) => {
  const { ABI, options, define } = await import("../../runtime/internal.ts");
  const { features } = await import("../../runtime/call/features.ts");
  const own = define(ABI, spec("sync"));
  own.configure(options([], given));
  expect(own.run([1], { find: (id: number) => id })).toBe(1);
  expect(features).toMatchObject({
    isSkipped: expect.any(Function) as unknown,
    protect: expect.any(Function) as unknown,
    stale: expect.anything() as unknown,
  });
});

it("a cache known only at run time is used by the function", async () => {
  const { ABI, options, define } = await import("../../runtime/internal.ts");
  const { memory } = await import("../../runtime/cache/memory.ts");
  const cache = memory();
  const own = define(ABI, spec("sync"));
  own.configure(options([], { backend: cache }));
  own.run([1], { find: (id: number) => id });
  expect(cache.stats()).toMatchObject({ sets: 1, entries: 1 });
});
