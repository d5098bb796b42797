import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { withAotcache } from "../../../plugin/next.ts";

const GLOB = "*.{ts,tsx,mts,cts,js,jsx,mjs,cjs}";
const ITEM = { loader: "aotcache/loader", options: { strict: true } };

interface Configured {
  readonly reactStrictMode?: boolean;
  readonly turbopack: { rules: Record<string, unknown>; conditions?: Record<string, unknown>; root?: string };
  webpack(config: { module: { rules: unknown[] } }, context: object): unknown;
}

/** A project with some version of Next.js as the working directory. */
function inProjectWith(version: string): void {
  const root = mkdtempSync(join(tmpdir(), "aotcache-next-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, "node_modules/next"), { recursive: true });
  writeFileSync(join(root, "node_modules/next/package.json"), JSON.stringify({ version }));
  vi.spyOn(process, "cwd").mockReturnValue(root);
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const withStrict = (config: object): Configured => withAotcache(config, { strict: true }) as Configured;

describe("withAotcache", () => {
  it("adds the loader for files with marks, and keeps what is configured", () => {
    inProjectWith("16.1.0");
    const rules = { "*.svg": { loaders: ["svg"], as: "*.js" } };
    const config = withStrict({ reactStrictMode: true, turbopack: { root: "/app", rules } });
    expect(config).toMatchObject({ reactStrictMode: true, turbopack: { root: "/app", rules } });
    expect(Object.keys(config.turbopack.rules)).toEqual([GLOB, "*.svg"]);
    expect(config.turbopack.rules[GLOB]).toEqual([
      { condition: { all: [{ not: "foreign" }, { content: expect.any(RegExp) }] }, loaders: [ITEM] },
    ]);
  });

  it("runs before a rule for the same files", () => {
    inProjectWith("16.1.0");
    const mine = { loaders: ["mine"] };
    for (const rule of [mine, [mine]])
      expect(withStrict({ turbopack: { rules: { [GLOB]: rule } } }).turbopack.rules[GLOB]).toEqual([
        expect.objectContaining({ loaders: [ITEM] }),
        mine,
      ]);
  });

  it("writes rules that Next.js 15 takes", () => {
    inProjectWith("15.5.2");
    const { rules, conditions } = withStrict({
      turbopack: { conditions: { "#mine": { path: "a" } }, rules: { "#mine": { loaders: [] } } },
    }).turbopack;
    expect(Object.keys(rules)).toEqual(["#aotcache", "#mine"]);
    expect(rules["#aotcache"]).toEqual({ foreign: false, default: { loaders: [ITEM] } });
    expect(conditions).toEqual({
      "#mine": { path: "a" },
      "#aotcache": { path: GLOB, content: expect.any(RegExp) },
    });
  });

  it("adds a rule to webpack's, then runs a function that is configured", () => {
    const seen: unknown[] = [];
    const config = withStrict({
      webpack: (base: object, context: object) => {
        seen.push(context);
        return { ...base, mine: true };
      },
    });
    const rule = { test: expect.any(RegExp), enforce: "pre", use: [ITEM] };
    const base = { module: { rules: ["other"] } };
    expect(config.webpack(base, { dev: true })).toEqual({ module: { rules: ["other", rule] }, mine: true });
    expect(seen).toEqual([{ dev: true }]);
    expect(withStrict({}).webpack({ module: { rules: [] } }, {})).toEqual({ module: { rules: [rule] } });
  });

  it.each([
    ["a function", (phase: string) => ({ distDir: phase })],
    ["an async function", async (phase: string) => ({ distDir: phase })],
  ])("takes %s", async (_, config) => {
    const configure = withAotcache(config) as (phase: string, context: object) => Promise<object>;
    expect(await configure("phase-production-build", { defaultConfig: {} })).toMatchObject({
      distDir: "phase-production-build",
      webpack: expect.any(Function),
    });
  });

  it.each<[object, string]>([
    [{ strickt: true }, "aotcache: `strickt` is not an option. Write `strict`."],
    [
      { include: /app/ },
      "aotcache: `include` holds what Turbopack cannot pass on as JSON. Write text, such as a glob.",
    ],
    [
      { manifest: true },
      "aotcache: `manifest` is not an option of aotcache/next. Run `npx aotcache list --manifest` before the build.",
    ],
  ])("refuses the options %j", (options, message) => {
    expect(() => withAotcache({}, options)).toThrow(message);
  });

  it("stops Turbopack in a Next.js that cannot choose files by their text", () => {
    inProjectWith("15.2.4");
    expect(withStrict({}).turbopack).toBeUndefined();
    vi.stubEnv("TURBOPACK", "1");
    expect(() => withStrict({})).toThrow("aotcache/next with Turbopack needs Next.js 15.3 or newer.");
  });
});
