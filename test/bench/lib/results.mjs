import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "prettier";
import { bench } from "./own.mjs";

const folder = join(bench, "results");

/** Writes the result of a suite to `results/<suite>.json`. */
export async function writeResult(result) {
  mkdirSync(folder, { recursive: true });
  const text = await format(JSON.stringify(result), { parser: "json", printWidth: 110 });
  writeFileSync(join(folder, `${result.suite}.json`), text);
}

/** The latest results of all suites, by name. */
export function readResults() {
  if (!existsSync(folder)) return {};
  const files = readdirSync(folder).filter((file) => file.endsWith(".json"));
  const read = (file) => JSON.parse(readFileSync(join(folder, file), "utf8"));
  return Object.fromEntries(files.map((file) => [file.replace(".json", ""), read(file)]));
}
