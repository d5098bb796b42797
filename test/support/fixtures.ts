/** Reads the fixtures of the compiler. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root: string = fileURLToPath(new URL("../..", import.meta.url));

/** One folder of fixtures/compile. Paths are absolute. */
export interface Fixture {
  readonly name: string;
  readonly input: string;
  readonly text: string;
  readonly output: string;
  readonly run: string;
  expected(): string;
}

const folder = join(root, "fixtures/compile");

/** Returns all fixtures. Throws if one has no input or no run.ts. */
export function fixtures(): readonly Fixture[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => fixtureOf(name));
}

export function fixtureOf(name: string): Fixture {
  const at = join(folder, name);
  const file = readdirSync(at).find((each) => /^input\.[cm]?[jt]sx?$/.test(each));
  if (!file) throw new Error(`fixtures/compile/${name} has no input`);
  const run = join(at, "run.ts");
  if (!existsSync(run)) throw new Error(`fixtures/compile/${name} has no run.ts`);
  const input = join(at, file);
  const output = join(at, basename(file).replace("input", "output"));
  return {
    name,
    input,
    text: readFileSync(input, "utf8"),
    output,
    run,
    expected: () => readFileSync(output, "utf8"),
  };
}
