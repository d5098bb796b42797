/** The options that a project sets for every function: each applies, yields to the function's own, or has no effect. */
import { describe, expect, test } from "vitest";
import { OPTION_NAMES } from "../../runtime/contract/options.ts";
import type { CompilerOptions, Site } from "aotcache/compiler";
import { resolveCompilerOptions } from "../../src/options/compiler.ts";
import { analyzeAll, sources } from "../support/analyzed.ts";

type Defaults = NonNullable<CompilerOptions["defaults"]>;

/** The places where an option is found again. */
const valueOf = ({ options, id, parts, perInstance }: Site, name: string): unknown => {
  if (name === "namespace") return id.namespace;
  if (name === "version") return id.version;
  if (name === "this")
    return perInstance ? "instance" : parts.map((part) => part.name).find((part) => part.startsWith("this."));
  return (options as Readonly<Record<string, unknown>>)[name];
};

const NUMBERS = "export async function f(id: number): Promise<number[]> { return [id, id]; }";
const SYNC = "export function f(id: number): number[] { return [id, id]; }";
const METHOD =
  "export class Repo { tenant = 'a'; other = 1;\n@cached\nasync find(id: number): Promise<string[]> { return [this.tenant + id]; } }";
const UNSTORABLE = "export function f(id: number): { run: () => number } { return { run: () => id }; }";

interface Row {
  readonly defaults: Defaults;
  /** The option, and the value that a function gets without options of its own. */
  readonly gets: readonly [name: keyof Defaults, value: unknown];
  /** An option that replaces the default, and the value then. */
  readonly own: readonly [written: string, value: unknown];
  readonly code?: string;
  /** Code, or options with code, on which the default has no effect. */
  readonly idle?: readonly string[];
}

const ROWS: readonly Row[] = [
  { defaults: { ttl: "1h" }, gets: ["ttl", 3_600_000], own: ["ttl=10", 10_000] },
  {
    defaults: { ttl: 60, swr: 5 },
    gets: ["swr", 5000],
    own: ["swr=7", 7000],
    idle: [`ttl=forever ${NUMBERS}`],
  },
  { defaults: { swr: 5 }, gets: ["swr", undefined], own: ["ttl=1 swr=7", 7000], idle: [NUMBERS, SYNC] },
  {
    defaults: { ttl: 60, sie: 5 },
    gets: ["sie", 5000],
    own: ["sie=7", 7000],
    idle: [`ttl=forever ${NUMBERS}`],
  },
  {
    defaults: { ttl: 60, sie: 5, retry: "2s" },
    gets: ["retry", 2000],
    own: ["retry=3", 3000],
    idle: [`ttl=forever ${NUMBERS}`],
  },
  {
    defaults: { retry: "2s" },
    gets: ["retry", undefined],
    own: ["ttl=1 swr=1 retry=3", 3000],
    idle: [NUMBERS],
  },
  {
    defaults: { ttl: 60, refresh: "80%" },
    gets: ["refresh", 0.8],
    own: ["refresh=50%", 0.5],
    idle: [`ttl=forever ${NUMBERS}`],
  },
  {
    defaults: { swr: 5, retry: "2s" },
    gets: ["retry", undefined],
    own: ["ttl=1 retry=3", 3000],
    idle: [NUMBERS],
  },
  { defaults: { deadline: "5s" }, gets: ["deadline", 5000], own: ["deadline=7", 7000], idle: [SYNC] },
  {
    defaults: { ttl: 60, jitter: "10%" },
    gets: ["jitter", 0.1],
    own: ["jitter=20%", 0.2],
    idle: [`ttl=forever ${NUMBERS}`],
  },
  { defaults: { namespace: "shop" }, gets: ["namespace", "shop"], own: ["namespace=own", "own"] },
  { defaults: { version: "2" }, gets: ["version", "2"], own: ["version=3", "3"] },
  {
    defaults: { this: "instance" },
    gets: ["this", "instance"],
    own: ["this=tenant", "this.tenant"],
    code: METHOD,
    idle: [NUMBERS, SYNC],
  },
  {
    defaults: { this: ["tenant"] },
    gets: ["this", "this.tenant"],
    own: ["this=instance", "instance"],
    code: METHOD,
    idle: [NUMBERS, SYNC],
  },
  {
    defaults: { this: "ignore" },
    gets: ["this", undefined],
    own: ["this=tenant", "this.tenant"],
    code: METHOD.replace("@cached", "@cached allow=ignored-read"),
    idle: [NUMBERS],
  },
  { defaults: { backend: "far" }, gets: ["backend", "far"], own: ["backend=near", "near"] },
  {
    defaults: { backend: "far", this: "instance" },
    gets: ["backend", undefined],
    own: ["this=tenant", "far"],
    code: METHOD,
  },
  {
    defaults: { serializer: "msgpack" },
    gets: ["serializer", "msgpack"],
    own: ["serializer=v8", "v8"],
    idle: [
      UNSTORABLE,
      UNSTORABLE.replace("function", "async function").replace(
        "{ run: () => number }",
        "Promise<{ run: () => number }>",
      ),
    ],
  },
  {
    defaults: { lock: "distributed" },
    gets: ["lock", "distributed"],
    own: ["lock=none", "none"],
    idle: [SYNC],
  },
  {
    defaults: { near: "5s" },
    gets: ["near", 5000],
    own: ["near=false", false],
    idle: [SYNC],
  },
  {
    defaults: { timeout: "1s" },
    gets: ["timeout", 1000],
    own: ["timeout=2", 2000],
    idle: [SYNC, `serializer=none ${NUMBERS}`],
  },
  { defaults: { skip: "nullish" }, gets: ["skip", "nullish"], own: ["skip=empty", "empty"] },
  { defaults: { max: 10 }, gets: ["max", 10], own: ["max=20", 20] },
  { defaults: { copy: "clone" }, gets: ["copy", "clone"], own: ["copy=none", "none"] },
];

const textOf = (source: string): string => {
  const [, options = "", code = ""] = /^((?:\w+=\S+ )*)([^]*)$/.exec(source)!;
  const pragma = `// @cached ${options}`;
  return `${code.includes("@cached") ? code.replace("@cached", pragma) : `${pragma}\n${code}`}\n`;
};

const sourceOf = (row: Row, written = ""): string => `${written} ${row.code ?? NUMBERS}`.trimStart();

const texts = new Set(
  ROWS.flatMap((row) => [sourceOf(row), sourceOf(row, row.own[0]), ...(row.idle ?? [])]).map(textOf),
);
const paths = new Map([...texts].map((text, index) => [text, `/app/f${index}.ts`]));
const { file } = sources(Object.fromEntries([...paths].map(([text, path]) => [path, text])));

function siteOf(defaults: Defaults, source: string): Site {
  const [analysis] = analyzeAll(file(paths.get(textOf(source))!), { defaults });
  expect(analysis!.problems.map(({ name, message }) => `${name}: ${message}`)).toEqual([]);
  return analysis!.site!;
}

describe.each(ROWS)("the defaults $defaults", (row) => {
  const {
    defaults,
    gets: [name, value],
    own: [written, other],
    idle = [],
  } = row;

  test("apply to a function without the option", () => {
    expect(valueOf(siteOf(defaults, sourceOf(row)), name)).toEqual(value);
  });

  test("yield to the option of a function", () => {
    expect(valueOf(siteOf(defaults, sourceOf(row, written)), name)).toEqual(other);
  });

  test.each(idle)("are no mistake of a function on which they have no effect: %s", (source) => {
    siteOf(defaults, source);
  });
});

test("every option has a row, save for those that belong to one function", () => {
  const covered = new Set<string>(ROWS.map(({ gets: [name] }) => name));
  const others = OPTION_NAMES.filter((name) => !covered.has(name));
  expect(others).toEqual(["name", "key", "identity", "ignore", "tags", "multi", "one", "allow"]);
  for (const name of others)
    expect(() => resolveCompilerOptions({ defaults: { [name]: "id" } })).toThrow("belongs to one function");
});
