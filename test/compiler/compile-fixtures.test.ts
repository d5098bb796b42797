/**
 * Every folder of fixtures/compile protects what its name says: the expected text stands in output, and run.ts
 * runs the original and the compiled form and compares what they give and how often they ran.
 *
 * `UPDATE=1 npx vitest run test/compiler/compile-fixtures.test.ts` writes the outputs anew.
 */
import { writeFileSync } from "node:fs";
import { decodedMappings, TraceMap } from "@jridgewell/trace-mapping";
import { describe, expect, it } from "vitest";
import { createCompiler, formatDiagnostic, type Compilation, type Compiler } from "aotcache/compiler";
import { fixtures, root, type Fixture } from "../support/fixtures.ts";

/** What a run.ts exports. */
interface Run {
  /** Uses the module and returns what both forms must give alike. */
  default(module: never): unknown;
  /** How long the input's exported array `runs` is afterwards. */
  runs: { original: number; compiled: number };
  /** What holds for the compiled form alone, such as keys: pairs of what is there and what should be. */
  besides?(module: never): readonly (readonly [got: unknown, expected: unknown])[];
}

let compiler: Promise<Compiler> | undefined;

async function compile({ input, text }: Fixture): Promise<Compilation & { code: string }> {
  compiler ??= createCompiler({ root });
  const compilation = (await compiler).compile(input, text);
  expect(compilation.diagnostics.map((each) => formatDiagnostic(each, text))).toEqual([]);
  return { ...compilation, code: compilation.code! };
}

describe.each(fixtures())("$name", (fixture) => {
  it("compiles to the text in output", async () => {
    const { code } = await compile(fixture);
    if (process.env.UPDATE) writeFileSync(fixture.output, code);
    expect(code).toBe(fixture.expected());
  });

  it("moves no line", async () => {
    const { map } = await compile(fixture);
    const moved = decodedMappings(new TraceMap(map as never)).flatMap((segments, line) =>
      segments.filter((segment) => segment.length > 1 && segment[2] !== line),
    );
    expect(moved).toEqual([]);
  });

  it("is the same with the line breaks of another system", async () => {
    const crlf = (text: string): string => text.replaceAll("\n", "\r\n");
    const { code } = await compile({ ...fixture, text: crlf(fixture.text) });
    expect(code.replaceAll("\r\n", "\n")).toBe(fixture.expected());
  });

  it("gives the same as the original, with as many runs as expected", async () => {
    const run = (await import(fixture.run)) as Run;
    const outcome = async (form: "original" | "compiled"): Promise<unknown> => {
      const module = await load(fixture, form);
      const value = await run.default(module as never);
      return { value, runs: module.runs.length };
    };
    const [original, compiled] = [await outcome("original"), await outcome("compiled")];
    expect(compiled).toEqual({ ...(original as object), runs: run.runs.compiled });
    expect(original).toHaveProperty("runs", run.runs.original);
    const besides = run.besides?.((await load(fixture, "compiled")) as never) ?? [];
    expect(besides.map(([got]) => got)).toEqual(besides.map(([, expected]) => expected));
  });
});

interface Module {
  readonly runs: unknown[];
}

async function load({ input }: Fixture, form: "original" | "compiled"): Promise<Module> {
  const module = (await import(/* @vite-ignore */ `${input}?${form}`)) as Module & { default: Module };
  // A CommonJS module has everything in its default export.
  return module.runs ? module : module.default;
}
