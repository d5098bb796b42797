/**
 * Each folder of fixtures/errors is a diagnostic, and each folder in it is a case. output.txt has the
 * complete text for the user; it is empty if the name of the case starts with `silent`.
 *
 * `UPDATE=1 npx vitest run test/compiler/error-fixtures.test.ts` updates the outputs.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  createCompiler,
  DIAGNOSTIC_NAMES,
  formatDiagnostic,
  type CompilerOptions,
  type DiagnosticName,
} from "aotcache/compiler";
import { root } from "../support/fixtures.ts";

const folder = join(root, "fixtures/errors");
const foldersIn = (at: string): string[] =>
  readdirSync(at, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

const names = foldersIn(folder);
const cases = names.flatMap((name) => foldersIn(join(folder, name)).map((each) => [name, each] as const));

const compilers = new Map<string, ReturnType<typeof createCompiler>>();

/** Cases without options share a compiler and its libraries. Most functions are short, hence cheap. */
async function compilerFor(at: string): ReturnType<typeof createCompiler> {
  const file = join(at, "options.json");
  const allow = at.startsWith(join(folder, "cheap")) ? [] : ["cheap"];
  const own = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as CompilerOptions) : {};
  const options = { ...own, allow: [...allow, ...(own.allow ?? [])] };
  const key = JSON.stringify(options);
  if (!compilers.has(key)) compilers.set(key, createCompiler({ root, ...options }));
  return compilers.get(key)!;
}

/** The diagnostics of all files of a case as text, and the number of cacheable functions. */
async function told(at: string): Promise<{ output: string; sites: number }> {
  const compiler = await compilerFor(at);
  const texts: string[] = [];
  let sites = 0;
  for (const file of readdirSync(at).filter((each) => /\.[cm]?[jt]sx?$/.test(each))) {
    const path = join(at, file);
    const text = readFileSync(path, "utf8");
    const compilation = compiler.compile(path, text);
    sites += compilation.sites.length;
    texts.push(...compilation.diagnostics.map((each) => `${formatDiagnostic(each, text)}\n`));
  }
  return { output: texts.join("\n"), sites };
}

describe.each(cases)("%s: %s", (name, each) => {
  const at = join(folder, name, each);
  const isSilent = each.startsWith("silent-");

  it(
    isSilent ? "stays silent about functions that can be cached" : "prints the text in output.txt",
    async () => {
      const { output, sites } = await told(at);
      if (process.env.UPDATE) writeFileSync(join(at, "output.txt"), output);
      expect(output).toBe(readFileSync(join(at, "output.txt"), "utf8"));
      if (isSilent) {
        expect(output).toBe("");
        expect(sites).toBeGreaterThan(0);
      } else expect(output).toMatch(new RegExp(`^\\S+:\\d+:\\d+ (?:error|warning) ${name}$`, "m"));
    },
  );
});

describe("a file with ten problems", () => {
  const at = join(folder, "option-value/one-of-ten-problems");
  const path = join(at, "input.ts");
  const text = readFileSync(path, "utf8");
  const tell = async (form: string): Promise<readonly string[]> => {
    const { diagnostics } = (await compilerFor(at)).compile(path, form);
    return diagnostics.map((each) => formatDiagnostic(each, form));
  };

  it("reports all of them at once, in source order", async () => {
    const { diagnostics } = (await compilerFor(at)).compile(path, text);
    expect(new Set(diagnostics.map(({ name }) => name)).size).toBe(10);
    const lines = diagnostics.map(({ line }) => line);
    expect(lines).toEqual([...lines].sort((one, other) => one - other));
  });

  it.each(["\r\n", "\r"])("reports the same with %j as the line break", async (ending) => {
    expect(await tell(text.replaceAll("\n", ending))).toEqual(await tell(text));
  });
});

describe("the catalogue", () => {
  it("contains every folder of fixtures/errors", () => {
    expect(names.filter((name) => !DIAGNOSTIC_NAMES.includes(name as DiagnosticName))).toEqual([]);
  });

  const page = readFileSync(join(root, "src/DIAGNOSTICS.md"), "utf8");

  it.each(DIAGNOSTIC_NAMES)(
    "has for %s cases, one of them silent, and a row in src/DIAGNOSTICS.md",
    (name) => {
      const own = cases.filter(([other]) => other === name).map(([, each]) => each);
      expect(own.filter((each) => !each.startsWith("silent-"))).not.toEqual([]);
      expect(own.filter((each) => each.startsWith("silent-"))).not.toEqual([]);
      expect(page).toMatch(new RegExp(`^\\| \`${name}\` +\\| \\S`, "m"));
    },
  );
});
