/** The page of the inspector, in Chromium. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { cached } from "aotcache";
import { inspector, type InspectorOptions } from "aotcache/inspector";
import { barriersOf, openBrowser } from "../support/browser.ts";

/** Serves the inspector; returns the address of its page. */
async function serveInspector(options: InspectorOptions = {}): Promise<string> {
  const { node } = inspector({ authorize: () => true, ...options });
  const server = createServer((request, response) => void node(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close().closeAllConnections());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/cache`;
}

it("shows functions, and what their calls do while they run", async () => {
  const greet = cached(async (name: string) => `Hello ${name}`, { name: "greet", ttl: "10m" });
  const page = await openBrowser();
  await page.goto(await serveInspector());
  const row = page.getByRole("row").filter({ hasText: "greet" });
  await expect.poll(() => row.textContent()).toContain("ttl=10m");
  const line = row.locator("polyline.cached");
  expect(await line.getAttribute("points")).toBeNull();
  const calls = setInterval(() => void greet(`Ada ${Math.floor(Math.random() * 20)}`), 5);
  onTestFinished(() => clearInterval(calls));
  await expect.poll(() => line.getAttribute("points")).not.toBeNull();
  const first = await line.getAttribute("points");
  await expect.poll(() => line.getAttribute("points")).not.toBe(first);
  expect(await row.locator("td").nth(1).textContent()).toMatch(/^\d+$/);
});

it("names the functions that do not pay, and says why a call missed", async () => {
  const report = cached((request: { month: number; requestId: number }) => request.month, { name: "report" });
  const address = await serveInspector();
  for (let requestId = 0; requestId < 100; requestId++) report({ month: 5, requestId });
  const page = await openBrowser();
  await page.goto(address);
  await page.getByText("Slower with the cache:").getByRole("link", { name: "report" }).click();
  await page.getByText("No: none of 100 calls was a hit.").waitFor();
  report({ month: 5, requestId: 100 });
  const misses = page.getByRole("region", { name: "Why calls missed" });
  await expect
    .poll(() => misses.textContent())
    .toContain("the nearest entry differs in `request.requestId`, 100 instead of ");
});

it("removes an entry by a click, and shows that the next call misses", async () => {
  const half = cached((n: number) => n / 2, { name: "half" });
  const page = await openBrowser();
  await page.goto(await serveInspector());
  half(8);
  await page.getByRole("link", { name: "half" }).click();
  await page
    .getByRole("row", { name: /^\(8\)/ })
    .getByRole("button", { name: "Invalidate" })
    .click();
  await expect.poll(() => page.getByText("Removed.").count()).toBe(1);
  half(8);
  await expect.poll(() => page.getByText("its entry was invalidated").count()).toBe(1);
});

it("asks before much is lost", async () => {
  const many = cached((n: number) => n, { name: "many" });
  for (let n = 0; n < 100; n++) many(n);
  const page = await openBrowser();
  await page.goto(await serveInspector());
  await page.getByRole("row").getByRole("link", { name: "many" }).click();
  const question = page.waitForEvent("dialog");
  void page.getByRole("button", { name: "Clear all entries" }).click();
  const dialog = await question;
  expect(dialog.message()).toBe("Remove 100 entries of many?");
  await dialog.accept();
  await expect.poll(() => many.cache.stats().entries).toBe(0);
});

it("says on a click that the server does not answer", async () => {
  cached((n: number) => n, { name: "lonely" })(1);
  const page = await openBrowser();
  await page.goto(`${await serveInspector()}#/f/${encodeURIComponent("uncompiled:lonely@0")}`);
  const button = page.getByRole("button", { name: "Clear all entries" });
  await button.waitFor();
  await page.context().setOffline(true);
  await button.click();
  await page.getByText("The server does not answer.").waitFor();
});

it("explains a call", async () => {
  const add = cached((a: number, b: number) => a + b, { name: "add" });
  add(1, 2);
  const page = await openBrowser();
  await page.goto(`${await serveInspector()}#/f/${encodeURIComponent("uncompiled:add@0")}`);
  await page.getByLabel("A call with").fill("1, 3");
  await page.getByRole("button", { name: "Explain" }).click();
  const sentence = "It is absent: the nearest entry differs in `b`, 3 instead of 2.";
  await expect.poll(() => page.getByText(sentence).count()).toBe(1);
});

it("shows markup in keys and values as text", async () => {
  const evil = "<script>document.title = 'evil'</script><img src=x onerror=\"document.title = 'evil'\">";
  const say = cached((text: string) => text, { name: "say" });
  say(evil);
  const page = await openBrowser();
  await page.goto(`${await serveInspector({ values: true })}#/f/${encodeURIComponent("uncompiled:say@0")}`);
  await expect.poll(() => page.locator("pre").textContent()).toContain("<script>");
  expect(await page.locator("img, body script").count()).toBe(0);
  expect(await page.title()).toBe("aotcache");
});

it("can be searched, sorted and used with the keyboard", async () => {
  for (const name of ["apple", "pear"]) cached((n: number) => n, { name })(1);
  const page = await openBrowser();
  await page.goto(await serveInspector());
  await page.getByRole("link", { name: "apple" }).waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("pear");
  const rows = page.locator("table.functions tbody tr");
  expect(await rows.count()).toBe(1);
  await page.keyboard.press("Escape");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "pear" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "misses" }).click();
  expect(await page.getByRole("columnheader", { name: "misses" }).getAttribute("aria-sort")).toBe(
    "ascending",
  );
});

it.each(["light", "dark"] as const)("has no barriers, and fits a phone: %s", async (colorScheme) => {
  const greet = cached((name: string) => name, { name: "greeting", ttl: "10m", tags: ["greetings"] });
  greet("Ada");
  const page = await openBrowser({ viewport: { width: 375, height: 700 }, colorScheme });
  const address = await serveInspector({ values: true });
  for (const hash of ["#/", `#/f/${encodeURIComponent("uncompiled:greeting@0")}`, "#/caches"]) {
    await page.goto(address + hash);
    await page.locator("main h1").waitFor({ state: "attached" });
    await page.getByText(/^live$/).waitFor();
    expect(await barriersOf(page), hash).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth"), hash).toBeLessThanOrEqual(375);
  }
});

it("shows 500 functions at once: with three requests, and a few layouts of the page", async () => {
  const functions = Array.from({ length: 500 }, (_, n) =>
    cached((m: number) => m + n, { name: `fn${n}`, ttl: "5m" }),
  );
  for (const fn of functions) fn(1);
  const page = await openBrowser();
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Performance.enable");
  const requests: string[] = [];
  page.on("request", (request) => void requests.push(new URL(request.url()).pathname));
  await page.goto(await serveInspector());
  await page.getByRole("link", { name: "fn499" }).waitFor();
  const { metrics } = await devtools.send("Performance.getMetrics");
  expect(metrics.find(({ name }) => name === "LayoutCount")!.value).toBeLessThan(20);
  expect(requests.filter((path) => !/\/api\/(?:events|session)$/.test(path)).sort()).toEqual([
    "/cache",
    "/cache/api/functions",
    "/cache/inspector.js",
  ]);
  expect(await page.locator("table.functions tbody tr").count()).toBeGreaterThanOrEqual(500);
});
