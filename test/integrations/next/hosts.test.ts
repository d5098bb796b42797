import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { nextProject, type NextProject } from "../../support/next-project.ts";
import type { WebServer } from "../../support/web-server.ts";
import { describeApp } from "./app.ts";

describeApp(15, "turbopack");
describeApp(15, "webpack");
describeApp(16, "webpack");

describe("with Cache Components", () => {
  const PAGE = `import { Suspense } from "react";
import { connection } from "next/server";
import { priceOf } from "../lib/prices";

const twice = async (sku: string) => [await priceOf(sku), await priceOf(sku)].map(({ run }) => run).join();
const Hit = async () => <p id="plain">{await twice("tea")}</p>;
async function PerRequest() {
  await connection();
  return <p id="suspended">{await twice("milk")}</p>;
}
async function Kept() {
  "use cache";
  return <p id="kept">{await twice("cocoa")}</p>;
}
export default function Page() {
  return <><Hit /><Kept /><Suspense fallback="waits"><PerRequest /></Suspense></>;
}
`;

  async function project(): Promise<NextProject> {
    const made = await nextProject(16, "turbopack");
    for (const path of ["app/actions.ts", "app/api", "app/cache", "app/counter.tsx", "pages"])
      rmSync(join(made.root, path), { recursive: true });
    made.edit("next.config.ts", "turbopack:", "cacheComponents: true, turbopack:");
    made.edit("lib/prices.ts", "ttl=10m", "ttl=10m jitter=10%");
    writeFileSync(join(made.root, "app/page.tsx"), PAGE);
    return made;
  }

  async function expectHits(server: WebServer): Promise<void> {
    const { text } = await server.request("/");
    for (const id of ["plain", "suspended", "kept"])
      expect(text).toMatch(new RegExp(`<p id="${id}">(\\d+),\\1</p>`));
  }

  it('`next build` prerenders calls outside of `<Suspense>`, in it and in "use cache"', async () => {
    const made = await project();
    const { code, stdout, stderr } = await made.build();
    expect(code, stdout + stderr).toBe(0);
    expect(stdout).toMatch(/◐ \/ /);
    await expectHits(await made.serve("start"));
  }, 600_000);

  it("`next dev` reports none of them", async () => {
    const server = await (await project()).serve("dev");
    await expectHits(server);
    await expectHits(server);
    expect(server.printed()).not.toMatch(/error|Date|random/i);
  }, 600_000);
});
