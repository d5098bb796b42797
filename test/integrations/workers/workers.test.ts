import { expect, it } from "vitest";
import { worker } from "../../support/workers-project.ts";

/** Answers with the number of the run. `?hold` keeps the request open after its answer is known. */
const WORKER = `
import { cached, configure, memory } from "aotcache";

let runs = 0;
const load = cached(async () => ++runs, { ttl: "100ms", swr: "1h", name: "load", backend: memory() });

export default {
  async fetch(request, _, context) {
    const { searchParams } = new URL(request.url);
    configure({ waitUntil: searchParams.has("waitUntil") ? (work) => context.waitUntil(work) : () => undefined });
    const answer = await load();
    if (searchParams.has("hold")) await new Promise((resolve) => setTimeout(resolve, 300));
    return new Response(String(answer));
  },
};`;

it("refreshes a stale value behind the response, by waitUntil", async () => {
  await using at = await worker(WORKER);
  expect(await at.get("/?waitUntil")).toBe("1");
  await expect.poll(() => at.get("/?waitUntil"), { timeout: 20_000 }).not.toBe("1");
});

it("starts a refresh again that the platform has dropped with its request", async () => {
  await using at = await worker(WORKER);
  expect(await at.get("/")).toBe("1");
  // Without waitUntil, the refresh of a short request is dropped; a request that stays open completes it.
  for (let turn = 0; turn < 5; turn++) await at.get("/");
  await expect.poll(() => at.get("/?hold"), { timeout: 30_000 }).not.toBe("1");
});

it("stores with jitter while the module is loaded, where the platform has no random values", async () => {
  await using at = await worker(`
import { cached, memory } from "aotcache";

let runs = 0;
const load = cached(async () => ++runs, { ttl: "1h", jitter: "10%", name: "load", backend: memory() });
const answers = [await load(), await load()];

export default { fetch: () => new Response(answers.join()) };`);
  expect(await at.get("/")).toBe("1,1");
});
