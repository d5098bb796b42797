import { describe, expect, it } from "vitest";
import { nextProject } from "../../support/next-project.ts";
import { idIn } from "./app.ts";

describe.each([
  [16, "turbopack"],
  [15, "turbopack"],
  [16, "webpack"],
  [15, "webpack"],
] as const)("`next dev` of Next.js %i with %s", (version, bundler) => {
  it("compiles again after an edit, and shows a mistake until it is fixed", async () => {
    const project = await nextProject(version, bundler);
    const server = await project.serve("dev");
    const asked = async (): Promise<string> => (await server.request("/api/price?sku=tea")).text;
    const answers = (part: string): Promise<void> =>
      expect.poll(asked, { timeout: 120_000, interval: 200 }).toContain(part);
    await answers(await idIn(project, "lib/prices.ts"));

    project.edit("lib/prices.ts", "++runs", "100 + ++runs");
    await answers('"run":10');

    // A type in another file.
    project.edit("lib/types.ts", "run: number;", "run: number;\n  readonly more?: string;");
    await answers(await idIn(project, "lib/prices.ts"));

    project.edit("lib/prices.ts", "ttl=10m", "tll=10m");
    await expect.poll(asked, { timeout: 60_000, interval: 200 }).not.toContain('"run"');
    expect(server.printed()).toContain("[option-unknown] `tll` is not an option. Write `ttl`.");
    expect(server.printed()).toMatch(/> 5 \| \/\/ @cached tll=10m/);
    project.edit("lib/prices.ts", "tll=10m", "ttl=10m");
    await answers('"run":10');
  }, 300_000);
});
