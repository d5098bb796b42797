/** Deno imports the package from npm, and needs no permission for it. */
import { execFile } from "node:child_process";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { emptyProject, repository } from "../support/bundlers.ts";

it("a program caches in memory, without any permission", async () => {
  const shop = emptyProject();
  cpSync(join(repository, "fixtures/apps/deno"), shop.root, { recursive: true });
  // The package of this repository instead of the published one.
  const args = ["-y", "deno@2", "run", "--no-prompt", "--node-modules-dir=manual", "main.ts"];
  const { stdout } = await promisify(execFile)("npx", args, { cwd: shop.root });
  expect(JSON.parse(stdout)).toEqual({
    answers: [5, 5],
    shared: true,
    runs: 2,
    hits: 1,
    key: expect.stringMatching(/:distance@.*\("Oslo","Stockholm"\)$/) as string,
  });
});
