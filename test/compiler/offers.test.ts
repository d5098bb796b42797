/**
 * A help is code to copy: each option that it offers is written into the source, which is compiled again. The
 * diagnostic must be gone, and no other may have come.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createCompiler, type CompilerOptions, type Diagnostic } from "aotcache/compiler";
import { root } from "../support/fixtures.ts";
import { accept, offersIn } from "../support/offers.ts";

type Compiler = Awaited<ReturnType<typeof createCompiler>>;

const folder = join(root, "fixtures/errors");
const foldersIn = (at: string): string[] =>
  readdirSync(at, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
const cases = foldersIn(folder).flatMap((name) =>
  foldersIn(join(folder, name))
    .filter((each) => !each.startsWith("silent-"))
    .map((each) => join(name, each)),
);

/** What `pragma-syntax` quotes stands in the place of the fault, whatever that is. */
const NOT_OFFERS = ["pragma-syntax"];

const countByName = (diagnostics: readonly Diagnostic[]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const { name } of diagnostics) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
};

/** Accepts each offer of a file by itself; returns those that did not end the diagnostic, or led to another. */
function failedOffers(compiler: Compiler, path: string, text: string): readonly string[] {
  const failed: string[] = [];
  const { diagnostics } = compiler.compile(path, text);
  const before = countByName(diagnostics);
  for (const diagnostic of diagnostics.filter(({ name }) => !NOT_OFFERS.includes(name))) {
    for (const offer of offersIn(diagnostic.help)) {
      const changed = accept(text, diagnostic, offer);
      const found = compiler.compile(path, changed).diagnostics;
      const after = countByName(found);
      const isGone = (after.get(diagnostic.name) ?? 0) < before.get(diagnostic.name)!;
      const others = [...after].filter(([name, count]) => count > (before.get(name) ?? 0));
      if (isGone && others.length === 0) continue;
      const outcome = found.map(({ name, message, line }) => `${line} ${name}: ${message}`).join("\n");
      failed.push(
        `${diagnostic.name} offers ${offer.options.join(" ")}, which leads to\n${outcome}\n${changed}`,
      );
    }
  }
  compiler.compile(path, text);
  return failed;
}

const compilers = new Map<string, ReturnType<typeof createCompiler>>();

/** Most functions are short, so `cheap` is silenced except in its own cases. */
function compilerFor(name: string, options: string): ReturnType<typeof createCompiler> {
  const allow = name.startsWith("cheap/") ? [] : ["cheap"];
  const settings = { allow, ...(JSON.parse(options) as CompilerOptions) };
  const key = JSON.stringify(settings);
  if (!compilers.has(key)) compilers.set(key, createCompiler({ root, ...settings }));
  return compilers.get(key)!;
}

describe("each option that a help offers compiles and leads to no other diagnostic", () => {
  it.each(cases)("%s", async (name) => {
    const at = join(folder, name);
    const options = join(at, "options.json");
    const compiler = await compilerFor(name, existsSync(options) ? readFileSync(options, "utf8") : "{}");
    const files = readdirSync(at).filter((each) => /\.[cm]?[jt]sx?$/.test(each));
    for (const file of files) compiler.compile(join(at, file), readFileSync(join(at, file), "utf8"));
    for (const file of files) {
      expect(failedOffers(compiler, join(at, file), readFileSync(join(at, file), "utf8"))).toEqual([]);
    }
  });
});
