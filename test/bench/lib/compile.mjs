/** Compiles a fixture like a build, so that emitted code is measured. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { transform } from "esbuild";
import { bench, own, root } from "./own.mjs";

const folders = [];
process.once("exit", () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});

/**
 * A folder below the repository's `.tmp`, where modules can import `aotcache` by name. It is removed at the
 * end.
 */
export function temporary(name) {
  mkdirSync(join(root, ".tmp"), { recursive: true });
  const folder = mkdtempSync(join(root, `.tmp/bench-${name}-`));
  folders.push(folder);
  return folder;
}

/**
 * Compiles `fixtures/<name>.ts`, or the given text instead.
 *
 * @returns the path of a JavaScript module
 */
export async function compileFixture(
  name,
  text = readFileSync(join(bench, "fixtures", `${name}.ts`), "utf8"),
) {
  const { createCompiler, formatDiagnostic } = await own("aotcache/compiler");
  const path = join(bench, "fixtures", `${name}.ts`);
  const { code, diagnostics } = (await createCompiler({ root })).compile(path, text);
  // Warnings do not matter: some functions are too cheap to cache, so that only the hit is measured.
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(errors.map((each) => formatDiagnostic(each, text)).join("\n"));
  if (code === undefined) throw new Error(`${name} has no marked function`);
  const script = await transform(code, { loader: "ts", format: "esm", target: "es2022" });
  const file = join(temporary("fixture"), `${basename(name)}.mjs`);
  writeFileSync(file, script.code);
  return pathToFileURL(file).href;
}
