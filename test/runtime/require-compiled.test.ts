/** `configure({ requireCompiled: true })` and `AOTCACHE_REQUIRE_COMPILED=1` refuse functions that were not compiled. */
import { afterEach, expect, test, vi } from "vitest";
import { cached, configure } from "aotcache";
import { thrown } from "../support/caught.ts";

afterEach(() => {
  configure({ requireCompiled: false });
  vi.unstubAllEnvs();
});

const double = (n: number): number => 2 * n;
const REFUSAL = {
  code: "not-compiled",
  message:
    "double was not compiled, and `requireCompiled` asks for that; add aotcache to the build of its module, or mark it there. `npx aotcache check --built dist` finds all such functions.",
};

test("cached() throws after configure()", () => {
  configure({ requireCompiled: true });
  expect(thrown(() => cached(double))).toMatchObject(REFUSAL);
});

test("a function that was defined before configure() throws when it is called", () => {
  const fn = cached(double);
  expect(fn(2)).toBe(4);
  configure({ requireCompiled: true });
  expect(thrown(() => fn(2))).toMatchObject(REFUSAL);
  configure({});
  expect(thrown(() => fn(3))).toMatchObject(REFUSAL);
  configure({ requireCompiled: false });
  expect(fn(3)).toBe(6);
});

test("an async function rejects", async () => {
  const fn = cached(async (n: number) => 2 * n, { name: "double" });
  configure({ requireCompiled: true });
  await expect(fn(2)).rejects.toMatchObject(REFUSAL);
});

test("cached() throws with the environment variable", () => {
  vi.stubEnv("AOTCACHE_REQUIRE_COMPILED", "1");
  expect(thrown(() => cached(double))).toMatchObject(REFUSAL);
});

test("compiled functions run", async () => {
  configure({ requireCompiled: true });
  const marked = (await import("../stores/functions/marked.ts?compiled" as string)) as {
    getUser: (id: number) => Promise<unknown>;
  };
  await marked.getUser(1).catch((error: { code: string }) => expect(error.code).toBe("backend-unknown"));
});

test("another value is refused", () => {
  expect(thrown(() => configure({ requireCompiled: "yes" as never }))).toMatchObject({
    code: "option-value",
    message: "`requireCompiled` is neither `true` nor `false`; write one of them.",
  });
});
