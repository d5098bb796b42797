/** The handler of the inspector: its JSON, who may see it, and what may be changed from where. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { cached, memory, resetAll } from "aotcache";
import {
  inspector,
  type CacheInfo,
  type FunctionDetails,
  type FunctionInfo,
  type InspectorOptions,
} from "aotcache/inspector";
import { keyv } from "aotcache/keyv";
import { thrown } from "../support/caught.ts";

let serial = 0;

/** A cached function with a name of its own, and its id. */
function makeFunction<F extends (...args: never[]) => unknown>(fn: F, options: object = {}) {
  const name = `f${++serial}`;
  return { id: `uncompiled:${name}@0`, fn: cached(fn, { name, ...options }) };
}

const open = (options: InspectorOptions = {}, mount = "/__aotcache") => {
  const handler = inspector({ authorize: () => true, ...options });
  const request = (path: string, init?: RequestInit): Promise<Response> =>
    handler(new Request(`http://localhost${mount}${path}`, init));
  return {
    handler,
    request,
    get: async <T>(path: string): Promise<T> => (await request(path)).json() as Promise<T>,
    async post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
      const { token } = (await (await request("/api/session")).json()) as { token: string };
      const all = { "x-aotcache-token": token, origin: "http://localhost", ...headers };
      return request(path, {
        method: "POST",
        headers: all,
        body: typeof body === "string" ? body : JSON.stringify(body),
      });
    },
  };
};

const details = (get: ReturnType<typeof open>["get"], id: string): Promise<FunctionDetails> =>
  get<FunctionDetails>(`/api/functions/${encodeURIComponent(id)}`);

describe("api/functions", () => {
  it("lists all functions, those without a call included", async () => {
    const { id } = makeFunction((n: number, locale: string) => `${n}${locale}`, {
      ttl: "10s",
      tags: ["numbers"],
    });
    const found = (await open().get<FunctionInfo[]>("/api/functions")).find((each) => each.id === id);
    expect(found).toMatchObject({
      ...{ id, name: id.slice(11, -2), key: `${id}(n, locale)`, backend: "memory", loaded: true },
      options: { ttl: "10s", tags: "numbers" },
      stats: { hits: 0, misses: 0, entries: 0, bytes: 0 },
    });
  });

  it("adds those that only the manifest has", async () => {
    const site = { id: "shop/a:b@1", name: "b", file: "src/a.ts", line: 3, key: "shop/a:b@1(n: number)" };
    const manifest = {
      sites: [{ ...site, options: { ttl: "1m" }, omitted: [], store: { kind: "default" } }],
    };
    const found = (await open({ manifest }).get<FunctionInfo[]>("/api/functions")).find(
      ({ id }) => id === site.id,
    );
    expect(found).toMatchObject({ ...site, loaded: false, options: { ttl: "1m" } });
  });

  it("has the recent calls of a function, with their outcome, and its entries", async () => {
    const { get } = open();
    const { id, fn } = makeFunction((n: number) => 2 * n);
    fn(1);
    fn(1);
    const { calls, entries } = await details(get, id);
    expect(calls.map(({ outcome, key }) => [outcome, key])).toEqual([
      ["hit", `${id}(1)`],
      ["miss", `${id}(1)`],
    ]);
    expect(calls[1]).toMatchObject({ miss: { why: "first" }, run: expect.any(Number) });
    expect(entries).toEqual([
      {
        key: `${id}(1)`,
        state: "fresh",
        ttl: null,
        args: [1],
        value: { type: "number", bytes: expect.any(Number) },
      },
    ]);
  });

  it("shows values only if it is told to", async () => {
    const { id, fn } = makeFunction(() => ({ secret: "hunter2" }));
    fn();
    const masked = open();
    expect(JSON.stringify(await details(masked.get, id))).not.toContain("hunter2");
    const { entries } = await details(open({ values: true }).get, id);
    expect(entries[0]!.value).toMatchObject({ type: "Object", text: '{\n  "secret": "hunter2"\n}' });
  });
});

describe("entries", () => {
  it("of instances are listed with the number of the instance, and removed one by one", async () => {
    const { get, post } = open();
    const { id, fn } = makeFunction(
      function (this: { n: number }, m: number) {
        return this.n * m;
      },
      { this: "instance" },
    );
    const [one, two] = [{ n: 1 }, { n: 2 }];
    for (const each of [one, two, two]) fn.call(each, 3);
    const { calls, entries, stats } = await details(get, id);
    expect(stats.entries).toBe(2);
    expect(calls.map(({ instance, outcome, miss }) => [instance, outcome, miss?.why])).toEqual([
      [2, "hit", undefined],
      [2, "miss", "first"],
      [1, "miss", "first"],
    ]);
    const key = `${id}(3)`;
    expect(entries.map(({ key: text, instance, args }) => [text, instance, args])).toEqual([
      [key, 1, undefined],
      [key, 2, undefined],
    ]);
    expect(await (await post("/api/invalidate", { id, key, instance: 2 })).json()).toEqual({ removed: true });
    expect((await details(get, id)).entries.map(({ instance }) => instance)).toEqual([1]);
    const refused = await post("/api/refresh", { id, args: [3] });
    expect([refused.status, await refused.json()]).toEqual([
      400,
      { error: expect.stringMatching(/^Each instance has entries of its own/) },
    ]);
  });

  it("by identity are listed by the numbers of their objects", async () => {
    const { get, post } = open();
    const { id, fn } = makeFunction((drawing: object, zoom: number) => [drawing, zoom].length, {
      identity: ["drawing"],
    });
    const drawings = [{}, {}];
    for (const drawing of drawings) fn(drawing, 1);
    const { entries } = await details(get, id);
    expect(entries.map(({ key }) => key!.slice(id.length))).toEqual([
      expect.stringMatching(/^\(#\d+,1\)$/),
      expect.stringMatching(/^\(#\d+,1\)$/),
    ]);
    await post("/api/invalidate", { id, key: entries[0]!.key });
    expect((await details(get, id)).entries).toEqual([entries[1]]);
  });

  it.each<[what: string, tags: unknown]>([
    ["texts", ["user:{id}", "users"]],
    ["a function", (id: number) => [`user:${id}`, "users"]],
  ])("have their tags, and are gone once one of them is invalidated: %s", async (_, tags) => {
    for (const backend of [memory(), keyv(new Map())]) {
      const { get } = open();
      const { id, fn } = makeFunction(async (id: number) => id, { tags, backend });
      await Promise.all([fn(1), fn(2)]);
      const tagsOf = async (): Promise<unknown[]> =>
        (await details(get, id)).entries.map((entry) => entry.tags).sort();
      await vi.waitFor(async () =>
        expect(await tagsOf()).toEqual([
          ["user:1", "users"],
          ["user:2", "users"],
        ]),
      );
      await backend.invalidateTags("user:1");
      expect(await tagsOf()).toEqual([["user:2", "users"]]);
    }
  });
});

describe("why a call was a miss", () => {
  const reasonsOf = async (get: ReturnType<typeof open>["get"], id: string): Promise<unknown[]> =>
    (await details(get, id)).calls.flatMap(({ miss }) => miss?.text ?? []);

  it("is the part of the key that differs from the nearest entry", async () => {
    const { get } = open();
    const { id, fn } = makeFunction((n: number, locale: string) => `${n}${locale}`);
    fn(1, "en");
    fn(1, "de");
    expect((await reasonsOf(get, id))[0]).toBe('the nearest entry differs in `locale`, "de" instead of "en"');
    expect(await fn.cache.explain(2, "en")).toMatchObject({
      state: "absent",
      miss: { why: "different", differs: [{ name: "n", text: "2", nearest: "1" }] },
    });
  });

  it("is the property of an object that differs, wherever it is", async () => {
    const { get } = open();
    const { id, fn } = makeFunction((filter: object, page = 1) => JSON.stringify(filter) + page);
    fn({ city: "Rome", range: { from: 1, to: 9 }, tags: ["a"] });
    fn({ city: "Rome", range: { from: 1, to: 8 }, tags: ["a"] });
    fn({ city: "Rome", range: { from: 1, to: 8 }, tags: ["a"], sort: "name" });
    expect((await reasonsOf(get, id)).slice(0, 2)).toEqual([
      'the nearest entry differs in `filter.sort`, "name" instead of nothing',
      "the nearest entry differs in `filter.range.to`, 8 instead of 9",
    ]);
    expect(await fn.cache.explain({ city: "Bonn", range: { from: 1, to: 9 }, tags: ["a"] })).toMatchObject({
      miss: { differs: [{ name: "filter.city", text: '"Bonn"', nearest: '"Rome"' }] },
    });
  });

  it("is no entry that was stored later", async () => {
    const { get } = open();
    const { id, fn } = makeFunction((n: number) => 2 * n);
    for (const n of [1, 2, 3]) fn(n);
    expect(await reasonsOf(get, id)).toEqual([
      "the nearest entry differs in `n`, 3 instead of 1",
      "the nearest entry differs in `n`, 2 instead of 1",
      "no entry of the function is known",
    ]);
  });

  it.each<
    [
      why: string,
      text: RegExp,
      options: object,
      lose: (fn: { cache: { invalidate(n: number): Promise<boolean> } }) => unknown,
    ]
  >([
    ["expired", /^its entry expired 5s ago$/, { ttl: 10 }, () => vi.advanceTimersByTime(15_000)],
    ["invalidated", /^its entry was invalidated$/, {}, (fn) => fn.cache.invalidate(1)],
    ["not-kept", /^its run stored nothing/, { skip: () => true }, () => undefined],
  ])("or that its entry is gone: %s", async (why, text, options, lose) => {
    vi.useFakeTimers({ now: 1_000_000, toFake: ["Date", "performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const { get } = open();
    const { id, fn } = makeFunction((n: number) => 2 * n, options);
    fn(1);
    await lose(fn);
    expect((await fn.cache.explain(1)).miss).toMatchObject({ why, text: expect.stringMatching(text) });
    fn(1);
    expect((await details(get, id)).calls[0]!.miss).toMatchObject({ why, text: expect.stringMatching(text) });
  });

  it("or that it was evicted", async () => {
    const { get } = open();
    const { id, fn } = makeFunction((n: number) => 2 * n, { backend: memory({ max: 1 }) });
    fn(1);
    fn(2);
    fn(1);
    const [last] = (await details(get, id)).calls;
    expect(last!.miss).toMatchObject({ why: "evicted" });
  });

  it("or that the function has another version", async () => {
    const { id, fn } = makeFunction((n: number) => 2 * n);
    fn(1);
    const next = cached((n: number) => 3 * n, { name: id.slice(11, -2), version: "2" });
    expect((await next.cache.explain(1)).miss).toMatchObject({ why: "version", text: /another version, 0/ });
  });
});

describe("api/caches", () => {
  it("describes each cache with its tags and functions", async () => {
    const cache = memory({ namespace: "shop", maxBytes: 1000 });
    const { id, fn } = makeFunction((n: number) => 2 * n, { backend: cache, tags: ["twice"] });
    fn(1);
    const caches = await open().get<CacheInfo[]>("/api/caches");
    expect(caches.find(({ functions }) => functions.includes(id))).toMatchObject({
      ...{ name: "memory", kind: "memory", namespace: "shop", maxBytes: 1000, tags: ["twice"] },
      stats: { misses: 1, entries: 1 },
    });
  });
});

describe("api/events", () => {
  it("streams calls as they happen", async () => {
    const { request } = open();
    const abort = new AbortController();
    const response = await request("/api/events", { signal: abort.signal });
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const { id, fn } = makeFunction((n: number) => 2 * n);
    fn(1);
    fn(1);
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!text.includes("event: hit")) text += (await reader.read()).value;
    const events = [...text.matchAll(/event: (\w+)\ndata: (.*)\n/g)].map(([, name, data]) => {
      const event = JSON.parse(data!) as { id: string; key: string };
      return [name, event.id, event.key];
    });
    expect(events).toEqual([
      ["miss", id, `${id}(1)`],
      ["set", id, `${id}(1)`],
      ["hit", id, `${id}(1)`],
    ]);
    abort.abort();
    expect((await reader.read()).done).toBe(true);
  });
});

describe("POST", () => {
  it("invalidates an entry by its arguments or its key, a function, and a tag", async () => {
    const { post } = open();
    const { id, fn } = makeFunction((n: number) => 2 * n, { tags: ["doubles"] });
    const removes = async (body: object): Promise<unknown> => {
      fn(1);
      const { status } = await post("/api/invalidate", body);
      return [status, await fn.cache.peek(1)];
    };
    expect(await removes({ id, args: [1] })).toEqual([200, undefined]);
    expect(await removes({ id, key: `${id}(1)` })).toEqual([200, undefined]);
    expect(await removes({ id })).toEqual([200, undefined]);
    expect(await removes({ tag: "doubles" })).toEqual([200, undefined]);
  });

  it("refreshes an entry", async () => {
    let runs = 0;
    const { post } = open({ values: true });
    const { id, fn } = makeFunction((n: number) => n + ++runs);
    fn(1);
    const response = await post("/api/refresh", { id, args: [1] });
    expect(await response.json()).toMatchObject({ value: { type: "number", text: "3" } });
    expect(fn(1)).toBe(3);
  });

  it.each<[what: string, headers: Record<string, string>]>([
    ["from another origin", { origin: "http://evil.example" }],
    ["from a frame without an origin", { origin: "null" }],
    ["that a browser says is of another site", { "sec-fetch-site": "cross-site" }],
    ["with a wrong token", { "x-aotcache-token": "wrong" }],
  ])("is forbidden %s", async (_, headers) => {
    const { id } = makeFunction(() => 1);
    expect((await open().post("/api/invalidate", { id }, headers)).status).toBe(403);
  });

  it("takes the token of its own inspector only", async () => {
    const { token } = await open().get<{ token: string }>("/api/session");
    const headers = { "x-aotcache-token": token };
    expect((await open().request("/api/invalidate", { method: "POST", headers, body: "{}" })).status).toBe(
      403,
    );
  });
});

it.each<[status: number, method: string, path: string, body: unknown, message: RegExp]>([
  [400, "POST", "/api/invalidate", "{", /JSON/],
  [400, "POST", "/api/invalidate", [], /JSON object/],
  [400, "POST", "/api/invalidate", {}, /Write \{ "id"/],
  [400, "POST", "/api/refresh", { id: "uncompiled:known@0" }, /are a list/],
  [404, "POST", "/api/invalidate", { id: "a:b@1" }, /no function a:b@1/],
  [404, "GET", "/api/functions/a%3Ab%401", undefined, /no function a:b@1/],
  [404, "GET", "/api/nothing", undefined, /api\/functions/],
  [405, "GET", "/api/invalidate", undefined, /takes POST, not GET/],
  [405, "POST", "/api/functions", {}, /takes GET, not POST/],
  [405, "DELETE", "/", undefined, /takes GET, not DELETE/],
])("answers %i to %s %s %j in one sentence", async (status, method, path, body, message) => {
  cached(() => 1, { name: "known" });
  const { post, request } = open();
  const response = await (method === "POST" ? post(path, body) : request(path, { method }));
  expect(response.status).toBe(status);
  expect(await response.json()).toEqual({ error: expect.stringMatching(message) });
});

describe("who may see it", () => {
  it("must be said outside of development", () => {
    expect(thrown(() => inspector())).toMatchObject({ code: "authorize-missing" });
    vi.stubEnv("NODE_ENV", "development");
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(inspector()).toBeTypeOf("function");
  });

  it.each<[what: string, authorize: InspectorOptions["authorize"]]>([
    ["no", () => false],
    ["no, later", async () => false],
    ["a value that is only like true", (() => 1) as never],
    [
      "an error",
      () => {
        throw new Error("no database");
      },
    ],
  ])("is nobody if authorize gives %s", async (_, authorize) => {
    for (const path of ["/", "/inspector.js", "/api/functions", "/api/session", "/api/events"])
      expect((await open({ authorize: authorize! }).request(path)).status).toBe(401);
  });

  it("may depend on the request", async () => {
    const { request } = open({ authorize: ({ headers }) => headers.get("authorization") === "Bearer yes" });
    expect((await request("/")).status).toBe(401);
    expect((await request("/", { headers: { authorization: "Bearer yes" } })).status).toBe(200);
  });

  it("has no other options", () => {
    expect(thrown(() => inspector({ autorize: () => true } as never))).toMatchObject({
      ...{ code: "option-unknown", message: "inspector() has no option `autorize`; write `authorize`." },
    });
  });
});

describe("the page", () => {
  it.each([
    ["/__aotcache", "./__aotcache/inspector.js"],
    ["/__aotcache/", "./inspector.js"],
    ["/admin/api/cache", "./cache/inspector.js"],
    ["/", "./inspector.js"],
  ])("at %s takes its script from %s", async (mount, src) => {
    const response = await open({}, mount).request("", { headers: { accept: "text/html" } });
    expect(await response.text()).toContain(`<script defer src="${src}"></script>`);
    const script = new URL(src, `http://localhost${mount}`).pathname;
    expect(await (await open({}, "").request(script)).text()).toContain("EventSource");
  });

  it("loads nothing from elsewhere, is in no frame, and is not stored", async () => {
    const { headers } = await open().request("/");
    const policy = headers.get("content-security-policy")!;
    expect(
      policy.match(/'[\w-]+'|https?:|\*|data:/g)!.every((each) => ["'self'", "'none'"].includes(each)),
    ).toBe(true);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("cache-control")).toContain("no-store");
  });
});

describe("the handler for Node.js", () => {
  async function listen(options: InspectorOptions = {}, change: (request: object) => void = () => undefined) {
    const { node } = inspector({ authorize: () => true, ...options });
    const server = createServer((request, response) => {
      change(request);
      void node(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close().closeAllConnections());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it("answers like the other, behind a prefix that the server has cut off", async () => {
    const url = await listen({}, (request) =>
      Object.assign(request, { originalUrl: "/admin/cache", url: "/" }),
    );
    expect(await (await fetch(`${url}/admin/cache`)).text()).toContain('src="./cache/inspector.js"');
  });

  it("asks authorize, and reads bodies", async () => {
    const url = await listen({ authorize: ({ headers }) => headers.get("x-key") === "1" });
    expect((await fetch(`${url}/api/functions`)).status).toBe(401);
    const key = { "x-key": "1" };
    const { token } = (await (await fetch(`${url}/api/session`, { headers: key })).json()) as {
      token: string;
    };
    const { id, fn } = makeFunction((n: number) => n);
    fn(1);
    const headers = { ...key, "x-aotcache-token": token, origin: url };
    const response = await fetch(`${url}/api/invalidate`, {
      method: "POST",
      headers,
      body: JSON.stringify({ id, args: [1] }),
    });
    expect(await response.json()).toEqual({ removed: true });
  });

  it("takes a body that the server has read", async () => {
    const url = await listen({}, (request) => {
      if ((request as { method: string }).method === "POST")
        Object.assign(request, { body: { tag: "none" } });
    });
    const { token } = (await (await fetch(`${url}/api/session`)).json()) as { token: string };
    const headers = { "x-aotcache-token": token };
    expect((await fetch(`${url}/api/invalidate`, { method: "POST", headers })).status).toBe(200);
  });

  it("ends an event stream with its connection", async () => {
    const url = await listen();
    const abort = new AbortController();
    const { body } = await fetch(`${url}/api/events`, { signal: abort.signal });
    const { value } = await body!.getReader().read();
    expect(new TextDecoder().decode(value)).toContain("retry");
    abort.abort();
  });
});

it("keeps hits inline after some in each second, and all of them while nobody looks", async () => {
  await resetAll();
  const { cachedFunctionOf } = await import("../../runtime/functions/link.ts");
  const { fn } = makeFunction((n: number) => n);
  open();
  for (let n = 0; n < 100; n++) fn(1);
  expect(cachedFunctionOf(fn)!.hitTier).toBeDefined();
});

it("lists the entries on a store outside of memory that were stored while somebody looked, and are still there", async () => {
  const cache = keyv(new Map());
  onTestFinished(() => cache.close());
  const { get } = open();
  const { id, fn } = makeFunction(async (n: number) => 2 * n, { backend: cache, ttl: 10 });
  await Promise.all([fn(1), fn(2)]);
  const keys = async (): Promise<unknown[]> =>
    (await details(get, id)).entries.map(({ key, state }) => [key, state]);
  await vi.waitFor(async () => expect(await keys()).toHaveLength(2));
  await fn.cache.invalidate(2);
  expect(await keys()).toEqual([[`${id}(1)`, "fresh"]]);
});
