import { join } from "node:path";
import type { Plugin, ViteDevServer } from "vite";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { configOf, copyApp, idsIn, serve, type App } from "../../support/vite-app.ts";

const FACTORS = "/src/factors.ts";
type Factors = typeof import("../../../fixtures/apps/vite/src/factors.ts");

const load = async (server: ViteDevServer, url = FACTORS): Promise<Factors> =>
  (await server.ssrLoadModule(url)) as Factors;

/** Returns the current ids of one side of the application. */
async function ids(server: ViteDevServer, side: "client" | "ssr", url = FACTORS): Promise<string[]> {
  return idsIn((await server.environments[side]!.transformRequest(url))!.code);
}

const failure = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "none",
    (error: unknown) => (error as Error).message,
  );

// In Vitest, the plugin starts no thread and leaves edits to the module graph.
beforeEach(() => {
  vi.stubEnv("VITEST", "");
});

/** Waits until an assertion holds: the watcher reports changes with a delay. */
const eventually = vi.waitFor;
const WAIT_OPTIONS = { timeout: 20_000, interval: 30 };

describe("an edit of a marked function", () => {
  it("runs next, without results of the version before", async () => {
    const app = copyApp();
    const server = await serve(configOf(app));
    const before = await load(server);
    expect([await before.describe({ number: 91 }), await before.describe({ number: 91 })]).toEqual([
      "91 = 7 × 13",
      "91 = 7 × 13",
    ]);
    const [factorizeBefore, describeBefore] = await ids(server, "ssr");
    app.edit("src/factors.ts", "${number} = ", "${number}: ");
    await eventually(async () => {
      const { describe } = await load(server);
      expect(await describe({ number: 91 })).toBe("91: 7 × 13");
    }, WAIT_OPTIONS);
    const after = await load(server);
    expect(await after.describe({ number: 91 })).toBe("91: 7 × 13");
    expect(after.counter.runs).toBe(2);
    const [factorizeAfter, describeAfter] = await ids(server, "ssr");
    expect(factorizeAfter).toBe(factorizeBefore);
    expect(describeAfter).not.toBe(describeBefore);
  });

  it("keeps the ids of page and server equal", async () => {
    const app = copyApp();
    const server = await serve(configOf(app));
    const both = async (): Promise<string[][]> => Promise.all([ids(server, "client"), ids(server, "ssr")]);
    const [client, ssr] = await both();
    expect(client).toHaveLength(2);
    expect(client).toEqual(ssr);
    app.edit("src/factors.ts", "let divisor = 2", "let divisor = 1 + 1");
    await eventually(async () => {
      const [clientNow, ssrNow] = await both();
      expect(clientNow).not.toEqual(client);
      expect(clientNow).toEqual(ssrNow);
    }, WAIT_OPTIONS);
  });
});

describe("an edit of a file that only declares types", () => {
  /** Waits until both sides have new ids. */
  async function expectOtherIds(server: ViteDevServer, edit: () => void, url?: string): Promise<void> {
    const both = async (): Promise<string[][]> => [
      await ids(server, "client", url),
      await ids(server, "ssr", url),
    ];
    const [before] = await both();
    edit();
    await eventually(async () => {
      const [client, ssr] = await both();
      expect(client![0]).not.toBe(before![0]);
      expect(ssr).toEqual(client);
    }, WAIT_OPTIONS);
  }
  const widen = (app: App): void =>
    app.edit("src/types.ts", "factors: number[]", "factors: (number | bigint)[]");

  it("changes the keys on both sides", async () => {
    const app = copyApp();
    await expectOtherIds(await serve(configOf(app)), () => widen(app));
  });

  it.each([true, false])("makes new keys if the file also exports a value, hmr: %s", async (hmr) => {
    const app = copyApp();
    app.write("src/types.ts", `export const first = 2;\n${app.read("src/types.ts")}`);
    app.edit(
      "src/factors.ts",
      "import type { Answer, Question }",
      "import { first, type Answer, type Question }",
    );
    app.edit("src/factors.ts", "let divisor = 2", "let divisor = first");
    const server = { middlewareMode: true, ws: false, hmr } as const;
    await expectOtherIds(await serve(configOf(app, {}, { server })), () => widen(app));
  });

  it("makes new keys if the file is outside the root", async () => {
    const app = copyApp();
    app.edit("src/factors.ts", "./types.ts", "../shared/types.ts");
    app.write("shared/types.ts", app.read("src/types.ts"));
    const server = await serve(configOf(app, {}, { root: app.at("src") }));
    const edit = (): void => app.edit("shared/types.ts", "number[]", "bigint[]");
    await expectOtherIds(server, edit, "/factors.ts");
  });

  const TYPES = "/src/types.ts";
  /** Whether the graph of a side says that a module imports the types. */
  async function isImport(server: ViteDevServer, side: "client" | "ssr"): Promise<boolean> {
    await ids(server, side);
    const { moduleGraph } = server.environments[side]!;
    return (await moduleGraph.getModuleByUrl(TYPES)) !== undefined;
  }

  it("is no import of the module, which Vite would resolve each time that it compiles the module", async () => {
    const server = await serve(configOf(copyApp()));
    expect([await isImport(server, "client"), await isImport(server, "ssr")]).toEqual([false, false]);
  });

  it.each<[string, () => void, Plugin?]>([
    ["Vitest", () => vi.stubEnv("VITEST", "true")],
    ["Nuxt", () => {}, { name: "nuxt:any" }],
  ])("is an import in %s, which looks for affected modules in the graph itself", async (_, start, plugin) => {
    start();
    const config = configOf(copyApp());
    const server = await serve({ ...config, plugins: [...config.plugins!, plugin] });
    expect(await isImport(server, "client")).toBe(true);
  });

  it.each<"full" | "accepting">(["full", "accepting"])("updates the page: %s", async (kind) => {
    const app = copyApp();
    const isAccepting = kind === "accepting";
    if (isAccepting) app.edit("src/main.ts", "const lines", "import.meta.hot?.accept();\nconst lines");
    const server = await serve(configOf(app));
    const send = vi.spyOn(server.environments.client.hot, "send");
    for (const url of ["/src/main.ts", FACTORS]) await server.environments.client.transformRequest(url);
    widen(app);
    await eventually(() => {
      const updates = [expect.objectContaining({ path: "/src/main.ts" })];
      const message = isAccepting ? { type: "update", updates } : { type: "full-reload" };
      expect(send).toHaveBeenCalledWith(expect.objectContaining(message));
    }, WAIT_OPTIONS);
  });
});

describe("a mistake in a file that a module imports types from", () => {
  /** Opens a page that has loaded everything. `messages` returns the types of the messages to it since then. */
  async function open(app: App): Promise<{ server: ViteDevServer; messages: () => unknown[] }> {
    const server = await serve(configOf(app));
    const send = vi.spyOn(server.environments.client.hot, "send");
    await server.environments.client.transformRequest("/src/main.ts");
    // The watcher does not report files that are added during its first scan.
    const watched = (): string[] => Object.keys(server.watcher.getWatched());
    await eventually(
      () => expect(watched().some((folder) => /[\\/]src$/.test(folder))).toBe(true),
      WAIT_OPTIONS,
    );
    return {
      server,
      messages: () => send.mock.calls.map(([payload]) => (payload as { type?: string }).type),
    };
  }
  const QUESTION = "export interface Question {\n  number: number;\n}\n";

  it("is fixed there, and the page reloads by itself", async () => {
    const app = copyApp();
    app.edit(
      "src/types.ts",
      "number: number;\n}\n\nexport interface A",
      "number: number;\n  ask: () => void;\n}\n\nexport interface A",
    );
    app.edit(
      "src/factors.ts",
      "describe(question: Question",
      "describe(question: Question & { ask(): void }",
    );
    const { server, messages } = await open(app);
    expect(await failure(ids(server, "client"))).toContain("[parameter-unkeyable]");
    app.edit("src/factors.ts", " & { ask(): void }", "");
    await eventually(
      async () => expect(await failure(ids(server, "client"))).toContain("`question"),
      WAIT_OPTIONS,
    );
    const before = messages().length;
    app.edit("src/types.ts", "  ask: () => void;\n", "");
    await eventually(() => expect(messages().slice(before)).toContain("full-reload"), WAIT_OPTIONS);
    expect(await ids(server, "client")).toHaveLength(2);
  });

  it("is that the file is missing, and a new file fixes it", async () => {
    const app = copyApp();
    app.edit("src/types.ts", QUESTION, "");
    app.edit(
      "src/factors.ts",
      "import type { Answer, Question } from",
      'import type { Question } from "./question.ts";\nimport type { Answer } from',
    );
    const { server, messages } = await open(app);
    expect(await failure(ids(server, "client"))).toContain("[parameter-unresolved]");
    app.write("src/question.ts", QUESTION);
    await eventually(() => expect(messages()).toContain("full-reload"), WAIT_OPTIONS);
    expect(await ids(server, "client")).toHaveLength(2);
  });

  it("is made by deleting the file, and fixed by restoring it", async () => {
    const app = copyApp();
    const { server } = await open(app);
    expect(await ids(server, "client")).toHaveLength(2);
    const types = app.read("src/types.ts");
    app.remove("src/types.ts");
    await eventually(
      async () => expect(await failure(ids(server, "client"))).toContain("[parameter-unresolved]"),
      WAIT_OPTIONS,
    );
    app.write("src/types.ts", types);
    await eventually(async () => expect(await ids(server, "client")).toHaveLength(2), WAIT_OPTIONS);
  });
});

describe("a function that moves to another file", () => {
  const FUNCTION = "// @cached namespace=x ttl=10\nexport const twice = (n: number): number => 2 * n;\n";
  const NO_FUNCTION = "export const nothing = 0;\n";
  const start = async (): Promise<{
    app: App;
    server: ViteDevServer;
    get: (name: string) => Promise<string>;
  }> => {
    const app = copyApp({ "src/old.ts": FUNCTION, "src/new.ts": NO_FUNCTION });
    const server = await serve(configOf(app));
    const get = (name: string): Promise<string> => failure(server.ssrLoadModule(join("/src", name)));
    expect([await get("old.ts"), await get("new.ts")]).toEqual(["none", "none"]);
    return { app, server, get };
  };
  /** Requests only one file: requesting the other one would report its change to the plugin. */
  const eventuallyReports = (get: () => Promise<string>, text: string): Promise<void> =>
    eventually(async () => expect(await get()).toContain(text), WAIT_OPTIONS);

  const isCompiled = (server: ViteDevServer, url: string): Promise<void> =>
    eventually(async () => expect(await ids(server, "ssr", url)).toHaveLength(1), WAIT_OPTIONS);

  it("is a duplicate while both files have it, and not after the old one has lost it", async () => {
    const { app, get } = await start();
    app.write("src/new.ts", FUNCTION);
    await eventuallyReports(() => get("new.ts"), "[id-duplicate] `x:twice`");
    app.write("src/old.ts", NO_FUNCTION);
    await eventuallyReports(() => get("new.ts"), "none");
    expect(await get("old.ts")).toBe("none");
  });

  it.each([
    ["lost it first", (app: App) => app.write("src/old.ts", NO_FUNCTION)],
    ["has another function instead", (app: App) => app.edit("src/old.ts", "twice", "thrice")],
    ["is deleted", (app: App) => app.remove("src/old.ts")],
  ])("is not a duplicate if the old file %s", async (_, change) => {
    const { app, server } = await start();
    change(app);
    app.write("src/new.ts", FUNCTION);
    await isCompiled(server, "/src/new.ts");
  });

  it("is a duplicate again when the old file is restored", async () => {
    const { app, server, get } = await start();
    app.remove("src/old.ts");
    await eventuallyReports(() => get("old.ts"), "Failed to load");
    app.write("src/new.ts", FUNCTION);
    await isCompiled(server, "/src/new.ts");
    app.write("src/old.ts", FUNCTION);
    await eventuallyReports(() => get("old.ts"), "[id-duplicate] `x:twice`");
  });
});
