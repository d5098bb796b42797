/** The newest Next.js with its default bundler. The others are tested in `hosts.test.ts`. */
import { expect, it } from "vitest";
import { nextProject } from "../../support/next-project.ts";
import { describeApp } from "./app.ts";

describeApp(16, "turbopack");

it("fails `next build` for a mistake, with its code", async () => {
  const project = await nextProject(16, "turbopack");
  project.edit("lib/prices.ts", "ttl=10m", "tll=10m");
  const { code, stdout, stderr } = await project.build();
  const text = stdout + stderr;
  expect(code).toBe(1);
  expect(text).toContain("[option-unknown] `tll` is not an option. Write `ttl`.");
  expect(text).toContain("lib/prices.ts:5:12");
  expect(text).toMatch(/> 5 \| \/\/ @cached tll=10m.*\n.*\^{3}$/m);
}, 600_000);
