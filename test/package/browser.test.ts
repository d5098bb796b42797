/** Pages in Chromium that cache in memory: without a build, and compiled by Vite. */
import { cpSync } from "node:fs";
import { join } from "node:path";
import { build } from "vite";
import { expect, it } from "vitest";
import { emptyProject, repository } from "../support/bundlers.ts";
import { domOf, serveFiles, textIn } from "../support/page.ts";
import { configOf, copyApp } from "../support/vite-app.ts";

it("a page that imports the installed package caches in memory", async () => {
  const shop = emptyProject();
  cpSync(join(repository, "fixtures/apps/browser"), shop.root, { recursive: true });
  const report = textIn(await domOf(await serveFiles(shop.root)), "report");
  expect(JSON.parse(report)).toEqual({
    answers: [5, 5],
    shared: true,
    runs: 2,
    hits: 1,
    key: expect.stringMatching(/:distance@.*\("Oslo","Stockholm"\)$/) as string,
    theme: { dark: true },
  });
});

it("a page built by Vite has the compiled functions, with their hits and keys", async () => {
  const app = copyApp({ "package.json": '{ "name": "factors", "type": "module" }' });
  await build(configOf(app, {}, { build: { outDir: app.at("dist") } }));
  const lines = textIn(await domOf(await serveFiles(app.at("dist"))), "app").split("\n");
  expect(lines.slice(0, 5)).toEqual([
    "91 = 7 × 13",
    "91 = 7 × 13",
    "360 = 2 × 2 × 2 × 3 × 3 × 5",
    "91 = 7 × 13",
    "2 hits, 4 runs",
  ]);
  expect(lines[5]).toMatch(/^factors\/src\/factors:factorize@[0-9a-f]{8}\({number:91}\)$/);
});
