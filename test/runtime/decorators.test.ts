import { beforeEach, describe, expect, it, vi } from "vitest";
import { cached, cacheOf } from "aotcache";
import { thrown } from "../support/caught.ts";
import { lowered } from "../support/lowered.ts";

const run = vi.fn();
beforeEach(() => void run.mockReset());

describe("as a standard decorator", () => {
  it("caches a method separately for each instance", () => {
    class Shape {
      declare id: number;
      declare find: (n: number) => string;
    }
    const Repo = lowered<new (id: number) => Shape>(
      `return class Repo {
        constructor(id) { this.id = id; }
        @cached({ ttl: 10 }) find(n) { run(); return this.id + " " + n; }
      }`,
      { cached, run },
    );
    const [one, two] = [new Repo(1), new Repo(2)];
    expect([one.find(1), two.find(1), one.find(1), two.find(1)]).toEqual(["1 1", "2 1", "1 1", "2 1"]);
    expect(run).toHaveBeenCalledTimes(2);
    expect([one.find.name, one.find.length]).toEqual(["find", 1]);
    expect(one.find).toBe(two.find);
    expect(cacheOf(one.find, one).stats().hits).toBe(2);
  });

  it("accepts the parts of `this` that are in the key, except private ones", async () => {
    const Repo = lowered<new (tenant: string) => { tenant: string; find(n: number): Promise<string> }>(
      `return class Repo {
        constructor(tenant) { this.tenant = tenant; }
        @cached({ this: ["tenant"] }) async find(n) { run(); return this.tenant + n; }
      }`,
      { cached, run },
    );
    expect(await new Repo("a").find(1)).toBe("a1");
    expect(await new Repo("a").find(1)).toBe("a1");
    expect(await new Repo("b").find(1)).toBe("b1");
    expect(run).toHaveBeenCalledTimes(2);
  });

  it("needs no parentheses, and accepts static and private methods", () => {
    const Repo = lowered<{ find(n: number): number; secret(n: number): number }>(
      `return class Repo {
        @cached static find(n) { run(); return n; }
        @cached() static #secret(n) { run(); return n; }
        static secret(n) { return Repo.#secret(n); }
      }`,
      { cached, run },
    );
    expect([Repo.find(1), Repo.find(1), Repo.secret(2), Repo.secret(2)]).toEqual([1, 1, 2, 2]);
    expect(run).toHaveBeenCalledTimes(2);
  });

  it("caches a field that contains a function, separately for each instance", () => {
    const Repo = lowered<new (id: number) => { find(n: number): string }>(
      `return class Repo {
        constructor(id) { this.id = id; }
        @cached({ name: "find" }) find = (n) => { run(); return this.id + " " + n; };
      }`,
      { cached, run },
    );
    const [one, two] = [new Repo(1), new Repo(2)];
    expect([one.find(1), two.find(1), one.find(1)]).toEqual(["1 1", "2 1", "1 1"]);
    expect(cacheOf(one.find).stats()).toMatchObject({ hits: 1, misses: 1 });
  });

  it.each([
    ["a getter", "@cached() get x() { return 1; }"],
    ["a class", ""],
  ])("rejects %s", (_, member) => {
    const source = member
      ? `return class { ${member} }`
      : "const C = (() => { @cached() class C {} return C; })(); return C;";
    expect(thrown(() => lowered(source, { cached }))).toMatchObject({ code: "option-value" });
  });
});

describe("under experimentalDecorators, it names the comment that does the same", () => {
  class Repo {
    static all(): number {
      return 1;
    }
    find(): number {
      return 1;
    }
  }
  const { prototype } = Repo;
  type Decorator = (target: object, name: string | symbol, descriptor?: PropertyDescriptor) => unknown;

  it.each<[what: string, decorator: () => Decorator, target: object, name: string | symbol]>([
    ["a method", () => cached({ ttl: 10 }) as unknown as Decorator, prototype, "find"],
    ["a method, without parentheses", () => cached as unknown as Decorator, prototype, "find"],
    ["a static method", () => cached() as unknown as Decorator, Repo, "all"],
    ["a static method, without parentheses", () => cached as unknown as Decorator, Repo, "all"],
    ["a method with a symbol", () => cached() as unknown as Decorator, prototype, Symbol.iterator],
  ])("%s", (_what, decorator, target, name) => {
    const descriptor = Object.getOwnPropertyDescriptor(target, name);
    const error = thrown(() => decorator()(target, name, descriptor));
    expect(error).toMatchObject({ name: "CacheError", code: "option-value" });
    expect((error as Error).message).toContain("write the comment `// @cached` instead");
  });
});
