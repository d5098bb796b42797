import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { PAGE, pageOf, readResults } from "./table.ts";

it("is that of the last results, with no test that failed or was not run", () => {
  const page = readFileSync(PAGE, "utf8");
  expect(page).toBe(pageOf(readResults()));
  expect(page).not.toMatch(/✗|not run/);
});
