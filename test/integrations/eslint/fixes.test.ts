/** Each fix ends its diagnostic, and leads to no other. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, it } from "vitest";
import { createCompiler, type CompilerOptions, type Diagnostic } from "aotcache/compiler";
import { fixesOf } from "../../../plugin/editor/fixes.ts";
import { repository } from "../../support/cli.ts";

const folder = join(repository, "fixtures/errors");
const inputs = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((path) => /input\.[jt]sx?$/.test(path) && !path.includes("silent-"))
  .map((path) => join(folder, path));

const countsOf = (diagnostics: readonly Diagnostic[]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const { name } of diagnostics) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
};

const compilers = new Map<string, ReturnType<typeof createCompiler>>();

function compilerFor(options: string): ReturnType<typeof createCompiler> {
  const own = JSON.parse(options) as CompilerOptions;
  // The functions of fixtures are short: with the first mistake gone, they are told to be cheap.
  const settings = { root: repository, ...own, allow: ["cheap", ...(own.allow ?? [])] };
  if (!compilers.has(options)) compilers.set(options, createCompiler(settings));
  return compilers.get(options)!;
}

it("holds for the fixes of all errors", { timeout: 300_000 }, async () => {
  const failed: string[] = [];
  let only = 0;
  for (const path of inputs) {
    const optionsFile = join(dirname(path), "options.json");
    const compiler = await compilerFor(existsSync(optionsFile) ? readFileSync(optionsFile, "utf8") : "{}");
    const text = readFileSync(path, "utf8");
    const { diagnostics } = compiler.compile(path, text);
    const before = countsOf(diagnostics);
    for (const diagnostic of diagnostics) {
      for (const { span, text: written, title, isOnly } of fixesOf(text, diagnostic)) {
        only += Number(isOnly);
        const changed = text.slice(0, span.start) + written + text.slice(span.end);
        const after = countsOf(compiler.compile(path, changed).diagnostics);
        const isGone = (after.get(diagnostic.name) ?? 0) < before.get(diagnostic.name)!;
        const others = [...after].filter(([name, count]) => count > (before.get(name) ?? 0));
        if (!isGone || others.length > 0)
          failed.push(`${relative(folder, path)} ${diagnostic.name} ${title}: ${JSON.stringify(others)}`);
      }
    }
  }
  expect(failed).toEqual([]);
  expect(only).toBeGreaterThan(10);
});
