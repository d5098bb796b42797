/**
 * Each folder of fixtures/compile tests what its name says. `output` is the expected text. `run.ts` runs the
 * original and the compiled form and compares their results and the number of runs.
 *
 * `UPDATE=1 npx vitest run test/compiler/compile-fixtures.test.ts` updates the outputs.
 */
import { writeFileSync } from "node:fs";
import { decodedMappings, TraceMap } from "@jridgewell/trace-mapping";
import { describe, expect, it } from "vitest";
import { createCompiler, formatDiagnostic, type Compilation, type Compiler } from "aotcache/compiler";
import { fixtures, root, type Fixture } from "../support/fixtures.ts";

/** The exports of a run.ts. */
interface Run {
  /** Uses the module and returns a value that must be equal for both forms. */
  default(module: never): unknown;
  /** The length of the input's exported array `runs` afterwards. */
  runs: { original: number; compiled: number };
  /** Checks for the compiled form only, such as keys: pairs of actual and expected values. */
  besides?(module: never): readonly (readonly [got: unknown, expected: unknown])[];
}

let compiler: Promise<Compiler> | undefined;

async function compile({ input, text }: Fixture): Promise<Compilation & { code: string }> {
  compiler ??= createCompiler({ root, allow: ["cheap"] });
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

  it("keeps every line in place", async () => {
    const { map } = await compile(fixture);
    const moved = decodedMappings(new TraceMap(map as never)).flatMap((segments, line) =>
      segments.filter((segment) => segment.length > 1 && segment[2] !== line),
    );
    expect(moved).toEqual([]);
  });

  it("compiles to the same text with other line breaks", async () => {
    const crlf = (text: string): string => text.replaceAll("\n", "\r\n");
    const { code } = await compile({ ...fixture, text: crlf(fixture.text) });
    expect(code.replaceAll("\r\n", "\n")).toBe(fixture.expected());
  });

  it("returns the same as the original, with the expected number of runs", async () => {
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
