/** A function brings what it needs of the runtime; nothing else may have been loaded before it. */
import { beforeEach, expect, it, vi } from "vitest";

// Each test has a runtime of its own: what one puts in place would help the next.
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
] as const)("options that are known at run time alone bring what they need: %s", async (_, given) => {
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

it("a cache that is known at run time alone is the function's", async () => {
  const { ABI, options, define } = await import("../../runtime/internal.ts");
  const { memory } = await import("../../runtime/cache/memory.ts");
  const cache = memory();
  const own = define(ABI, spec("sync"));
  own.configure(options([], { backend: cache }));
  own.run([1], { find: (id: number) => id });
  expect(cache.stats()).toMatchObject({ sets: 1, entries: 1 });
});
