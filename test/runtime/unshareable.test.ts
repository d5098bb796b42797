/** Results that cannot be given to a second caller: they are returned to the caller that ran, and not kept. */
import { Readable, PassThrough } from "node:stream";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { cached, memory, type Cache, type CacheEvent } from "aotcache";
import { deferred } from "../support/deferred.ts";

const warn = vi.spyOn(console, "warn");
beforeEach(() => void warn.mockReset());
afterEach(() => void vi.unstubAllEnvs());

/** A cache whose `bypass` events are recorded. */
function observed(): { readonly backend: Cache; readonly bypasses: CacheEvent[] } {
  const backend = memory();
  const bypasses: CacheEvent[] = [];
  backend.on("bypass", (event) => bypasses.push(event));
  return { backend, bypasses };
}

const stream = (): ReadableStream<string> =>
  new ReadableStream({ start: (controller) => (controller.enqueue("a"), controller.close()) });

async function* rows(): AsyncGenerator<number> {
  yield 1;
}

class Cursor {
  next = (): IteratorResult<number> => ({ done: false, value: 1 });
  [Symbol.iterator](): this {
    return this;
  }
}

/** A response of another package: its own class, with the members of any response. */
class ForeignResponse {
  body = null;
  get bodyUsed(): boolean {
    return false;
  }
}

const READ_ONCE: readonly (readonly [what: string, make: () => object])[] = [
  ["a Response", () => new Response("a")],
  ["a Request", () => new Request("http://localhost/", { method: "POST", body: "a" })],
  ["a response of a package", () => new ForeignResponse()],
  ["a ReadableStream", stream],
  ["a reader", () => stream().getReader()],
  ["a TransformStream", () => new TransformStream()],
  ["a stream of Node.js", () => Readable.from(["a"])],
  ["a duplex stream of Node.js", () => new PassThrough()],
  ["an iterator", () => ["a"].values()],
  ["a Map's iterator", () => new Map([[1, 2]]).entries()],
  ["an iterator of matches", () => "aa".matchAll(/a/g)],
  [
    "a generator's object",
    () =>
      (function* () {
        yield 1;
      })(),
  ],
  ["an async generator's object", rows],
  ["a class that is its own iterator", () => new Cursor()],
  [
    "an object that is its own async iterator",
    () => ({
      next: async (): Promise<IteratorResult<number>> => ({ done: true, value: 1 }),
      [Symbol.asyncIterator](): unknown {
        return this;
      },
    }),
  ],
  ["an iterator of another realm", () => runInNewContext("[1].values()") as object],
  ["an array of responses", () => [new Response("a"), new Response("b")]],
];

describe("a result that can be read once", () => {
  it.each(READ_ONCE)("%s, is given to the caller that ran and to no other", async (_, make) => {
    const { backend, bypasses } = observed();
    const made: object[] = [];
    const run = (): object => (made.push(make()), made.at(-1)!);
    const sync = cached((_: number) => run(), { backend, name: "sync" });
    const later = cached(async (_: number) => run(), { backend, name: "later" });
    const results = [sync(1), sync(1), await later(1), await later(1)];
    expect(results.every((result, index) => result === made[index])).toBe(true);
    expect(made).toHaveLength(4);
    expect(sync.cache.stats()).toMatchObject({ entries: 0, sets: 0, bypassed: 2, hits: 0 });
    expect(later.cache.stats()).toMatchObject({ entries: 0, sets: 0, bypassed: 2, hits: 0, runs: 2 });
    expect(bypasses).toHaveLength(4);
    expect(bypasses[0]).toMatchObject({
      type: "bypass",
      id: "uncompiled:sync@0",
      key: "uncompiled:sync@0(1)",
      reason: "the result can be read only once (a response, a stream, an iterator)",
    });
    expect(warn.mock.calls).toEqual([
      [
        "aotcache: a call of sync is not cached: the result can be read only once (a response, a stream, an iterator).",
      ],
      [
        "aotcache: a call of later is not cached: the result can be read only once (a response, a stream, an iterator).",
      ],
    ]);
  });

  it("is found as a property, where the function is async", async () => {
    const fn = cached(async (_: number) => ({ status: 200, body: stream() }));
    expect(await fn(1)).not.toBe(await fn(1));
    expect(fn.cache.stats()).toMatchObject({ entries: 0, bypassed: 2 });
  });

  it.each<[what: string, value: unknown]>([
    ["undefined", undefined],
    ["an array", [1, [2], { a: 1 }]],
    ["a Map", new Map([[1, 2]])],
    ["bytes", new Uint8Array(3)],
    ["a Blob", new Blob(["a"])],
    ["form data", new FormData()],
    ["headers", new Headers()],
    ["a frozen object", Object.freeze({ a: 1 })],
    ["an object with a method `next`", { items: [1], next: (): number => 2 }],
    [
      "an object with any iterator",
      { next: (): number => 2, [Symbol.iterator]: (): unknown => [1].values() },
    ],
    [
      "a class of which each loop gets its own iterator",
      new (class {
        *[Symbol.iterator](): Generator<number> {
          yield 1;
        }
      })(),
    ],
    [
      "a proxy that has every member",
      new Proxy(() => 1, { get: (_, name) => (name === "then" ? undefined : () => 1) }),
    ],
    [
      "an object whose members throw",
      new Proxy(
        {},
        {
          get() {
            throw new Error("read");
          },
        },
      ),
    ],
  ])("is not %s", (_, value) => {
    const fn = cached((_: number) => value);
    expect(fn(1)).toBe(value);
    expect(fn(1)).toBe(value);
    expect(fn.cache.stats()).toMatchObject({ runs: 1, hits: 1, bypassed: 0 });
  });

  it("runs no getter of plain objects, and locks no stream", async () => {
    const getter = vi.fn();
    const iterate = vi.fn(() => rows());
    const value = Object.defineProperty({ [Symbol.asyncIterator]: iterate }, "lazy", {
      get: getter,
      enumerable: true,
    });
    const fn = cached(async (_: number) => value);
    await fn(1);
    expect(getter).not.toHaveBeenCalled();
    expect(iterate).not.toHaveBeenCalled();
    const body = await cached(async (_: number) => stream())(1);
    expect(body.locked).toBe(false);
  });

  it("makes each call that joined the run run for itself, once", async () => {
    const gates = [deferred<undefined>(), deferred<undefined>()];
    let runs = 0;
    const fn = cached(async (_: number) => {
      await gates[runs++]?.promise;
      return new Response(String(runs));
    });
    const calls = [fn(1), fn(1), fn(1), fn(1)];
    expect(runs).toBe(1);
    gates[0]!.resolve(undefined);
    await calls[0];
    gates[1]!.resolve(undefined);
    const responses = await Promise.all(calls);
    expect(new Set(responses).size).toBe(4);
    expect(runs).toBe(4);
    await Promise.all(responses.map((response) => response.text()));
    expect(fn.cache.stats()).toMatchObject({ misses: 4, runs: 4, bypassed: 4, inFlight: 0, entries: 0 });
  });

  it("passes the error on to the caller whose own run fails", async () => {
    const gate = deferred<undefined>();
    let runs = 0;
    const fn = cached(async (_: number) => {
      await gate.promise;
      if (++runs === 2) throw new Error("second");
      return new Response("a");
    });
    const calls = Promise.allSettled([fn(1), fn(1), fn(1)]);
    gate.resolve(undefined);
    expect((await calls).map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });

  it("stays aborted by the signal of its caller after the run, because the body is still to be read", async () => {
    const seen: AbortSignal[] = [];
    const fn = cached(async (_: number, signal: AbortSignal) => {
      seen.push(signal);
      return new Response("a");
    });
    const [one, two] = [new AbortController(), new AbortController()];
    await Promise.all([fn(1, one.signal), fn(1, two.signal)]);
    expect(seen.map(({ aborted }) => aborted)).toEqual([false, false]);
    one.abort();
    expect(seen.map(({ aborted }) => aborted)).toEqual([true, false]);
    two.abort();
    expect(seen.map(({ aborted }) => aborted)).toEqual([true, true]);
  });

  it("cannot be primed, and a refresh returns it", async () => {
    const fn = cached(async (_: number) => new Response("a"));
    await expect(fn.cache.prime([1], new Response("b"))).rejects.toMatchObject({ code: "unstorable" });
    expect(await (await fn.cache.refresh(1)).text()).toBe("a");
    expect(await fn.cache.peek(1)).toBe(undefined);
  });

  it("is not announced in production", async () => {
    vi.stubEnv("NODE_ENV", "production");
    await cached(async (_: number) => new Response("a"))(1);
    expect(warn).not.toHaveBeenCalled();
  });
});

/** A query builder: its work starts when it is awaited. */
class Query {
  static started = 0;
  readonly sql: string;
  constructor(sql: string) {
    this.sql = sql;
  }
  where(condition: string): Query {
    return new Query(`${this.sql} where ${condition}`);
  }
  then<T>(next: (rows: string[]) => T): Promise<T> {
    Query.started++;
    return Promise.resolve([this.sql]).then(next);
  }
}

class Job extends Promise<number> {
  cancel(): void {}
}

class Plain extends Promise<number> {}

class Late extends Promise<number> {
  override then<A, B>(
    onValue?: ((value: number) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return super.then(onValue, onError);
  }
}

describe("a result with a `then` that is not a plain promise", () => {
  it.each<[what: string, make: () => object]>([
    ["a query builder", () => new Query("select")],
    ["a bare object", () => ({ then: () => expect.unreachable() })],
    ["a promise with a member", () => Object.assign(Promise.resolve(1), { cancel: () => undefined })],
    ["a subclass of Promise with a method", () => Job.resolve(1)],
    ["a subclass of Promise with its own `then`", () => Late.resolve(1)],
    [
      "a lazy promise with a tag",
      () => ({
        then: () => expect.unreachable(),
        catch: () => expect.unreachable(),
        finally: () => expect.unreachable(),
        [Symbol.toStringTag]: "PrismaPromise",
      }),
    ],
    ["a function", () => Object.assign(() => 1, { then: () => expect.unreachable() })],
  ])("%s, is returned as it is, not started and not kept", (_, make) => {
    const { backend, bypasses } = observed();
    const made: object[] = [];
    const fn = cached((_: number) => (made.push(make()), made.at(-1)!), { backend, name: "query" });
    Query.started = 0;
    const results = [fn(1), fn(1)];
    expect(results[0] === made[0] && results[1] === made[1]).toBe(true);
    expect(made).toHaveLength(2);
    expect(Query.started).toBe(0);
    expect(fn.cache.stats()).toMatchObject({ entries: 0, bypassed: 2, inFlight: 0 });
    expect(bypasses).toHaveLength(2);
    expect(bypasses[0]!.reason).toBe("the result has a `then`, but is not a plain promise");
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it.each<[what: string, make: () => Promise<number>]>([
    ["a promise", () => Promise.resolve(1)],
    ["a subclass of Promise without members", () => Plain.resolve(1)],
    ["a promise of another realm", () => runInNewContext("Promise.resolve(1)") as Promise<number>],
    ["a promise with a private member", () => Object.assign(Promise.resolve(1), { _state: 1 })],
    ["a promise with a symbol", () => Object.assign(Promise.resolve(1), { [Symbol("id")]: 1 })],
  ])("is not %s", async (_, make) => {
    const run = vi.fn(make);
    const fn = cached((_: number) => run());
    expect([await fn(1), await fn(1)]).toEqual([1, 1]);
    expect(fn(1)).toBeInstanceOf(Promise);
    expect(run).toHaveBeenCalledTimes(1);
    expect(fn.cache.stats()).toMatchObject({ bypassed: 0, entries: 1 });
  });

  it("is awaited by an async function, which returns a promise of its rows", async () => {
    const fn = cached(async (_: number) => new Query("select"));
    Query.started = 0;
    expect(await fn(1)).toEqual(["select"]);
    expect(await fn(1)).toEqual(["select"]);
    expect(Query.started).toBe(1);
  });

  it("cannot be primed", async () => {
    const fn = cached((_: number) => new Query("select"));
    await expect(fn.cache.prime([1], new Query("other") as never)).rejects.toMatchObject({
      code: "unstorable",
    });
  });
});

describe("a function that returns a promise for some arguments only", () => {
  it.each([[[0, 5]], [[5, 0]]])("answers in memory as the original does: %s", async (order) => {
    const run = vi.fn((id: number): number | Promise<number> => (id > 0 ? Promise.resolve(id) : id));
    const fn = cached((id: number) => run(id), { backend: memory(), name: "mixed" });
    for (const id of [...order, ...order, ...order]) {
      const result = fn(id);
      expect(result instanceof Promise).toBe(id > 0);
      expect(await result).toBe(id);
    }
    expect(run).toHaveBeenCalledTimes(2);
    await fn.cache.prime([7], Promise.resolve(7) as never);
    await fn.cache.prime([-7], -7);
    expect(fn(7)).toBeInstanceOf(Promise);
    expect(fn(-7)).toBe(-7);
  });
});

it("a generator function is refused", () => {
  expect(() =>
    cached(function* words() {
      yield 1;
    }),
  ).toThrow("words is a generator");
});
