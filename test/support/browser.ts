/** A page in Chromium that a test controls. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium, type BrowserContextOptions, type Page } from "playwright-core";
import { onTestFinished } from "vitest";
import { ensurePrograms, findProgram } from "./servers/programs.ts";

/** Opens an empty page, which is closed when the test ends. Its errors fail the test. */
export async function openBrowser(options: BrowserContextOptions = {}): Promise<Page> {
  await ensurePrograms(["chromium"]);
  const browser = await chromium.launch({ executablePath: findProgram("chromium")!, args: ["--no-sandbox"] });
  const page = await browser.newPage(options);
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    // Connections that end with the test.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      errors.push(message.text());
  });
  onTestFinished(async () => {
    await browser.close();
    if (errors.length > 0) throw new Error(`The page has errors: ${errors.join(" ")}`);
  });
  return page;
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What keeps people from using a page, by the rules of axe. */
export async function barriersOf(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    interface Violation {
      id: string;
      nodes: { html: string }[];
    }
    const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } };
    return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html}`);
  });
}
