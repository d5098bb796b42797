/**
 * Modules that nobody wrote: their compiled form does what the original does, type-checks where the original
 * does, and keeps its version when it is formatted.
 *
 * The same modules in each run. `PROGRAM_RUNS=100000 npx vitest run generated` tries more, random ones, for
 * hours; a failure prints the smallest module that shows it.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { counts, faultsOf } from "./checks.ts";
import { modules } from "./modules.ts";

const RUNS = process.env["PROGRAM_RUNS"];

test("compiled modules do what the originals do", { timeout: 0 }, async () => {
  const property = fc.asyncProperty(modules, async (generated) => {
    const faults = await faultsOf(generated);
    if (faults.length > 0) throw new Error(`${faults.join("\n")}\n\n${generated.text}`);
  });
  await fc.assert(property, { numRuns: Number(RUNS ?? 60), ...(RUNS === undefined && { seed: 1 }) });
  // Otherwise the types of the compiled form were not checked.
  expect(counts.clean / counts.checked).toBeGreaterThan(0.7);
});
