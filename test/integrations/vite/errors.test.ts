import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { createServer } from "vite";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { bin, configOf, copyApp, type Outcome } from "../../support/vite-app.ts";

const HIT = "export const twice = (n: number): number => 2 * n;\n";
const STATE = "let factor = 2;\nexport const set = (n: number): void => void (factor = n);\n";
const WARNED = `${STATE}// @cached ttl=10\nexport const times = (n: number): number => n * factor;\n`;

const frameOf = (...lines: string[]): string => `${lines.join("\n")}\n`;

describe("vite build", () => {
  const buildWith = async (text: string): Promise<Outcome> =>
    bin(copyApp({ "src/main.ts": text }), "vite", "build");

  it.each([
    [
      "an unknown option",
      `// @cached tll=10\n${HIT}`,
      /\[option-unknown\] .*`tll`.* Write `ttl`\./,
      "src/main.ts:1:12",
      ["> 1 | // @cached tll=10", "    |            ^^^"],
    ],
    [
      "a pragma that binds to nothing",
      `${HIT}\n  // @cached ttl=10\nconst a = 1,\n  b = 2;\nconsole.log(a, b);\n`,
      /\[pragma-unattached\] .*`const` [^.]*\. [^.]+\.$/m,
      "src/main.ts:3:6",
      ["> 3 |   // @cached ttl=10", "    |      ^^^^^^^^^^^^^^"],
    ],
    [
      "a misspelled pragma",
      `/* Doubles. */ // @cachd ttl=10\n${HIT}`,
      /\[pragma-misspelt\] .*`@cachd`.* Write `@cached`\./,
      "src/main.ts:1:19",
      ["> 1 | /* Doubles. */ // @cachd ttl=10", "    |                   ^^^^^^"],
    ],
  ])("fails for %s, and shows the place and the fix", async (_, text, message, place, frame) => {
    const { code, stderr } = await buildWith(text);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).toContain(`/${place}\n`);
    expect(stderr).toContain(frameOf(...frame));
  });

  it("shows all errors of a file at once, in source order", async () => {
    const { code, stderr } = await buildWith(
      `// @cached tll=1\n${HIT}// @cachd\n${HIT.replace("twice", "again")}`,
    );
    expect(code).toBe(1);
    const parts = [
      "[option-unknown]",
      "/src/main.ts:1:12",
      "^^^",
      "src/main.ts:3:4",
      "[pragma-misspelt]",
      "^^^^^^",
    ];
    const places = parts.map((part) => stderr.indexOf(part));
    expect(places).not.toContain(-1);
    expect(Math.min(...places.slice(3))).toBeGreaterThan(Math.max(...places.slice(1, 3)));
  });

  it("shows a warning once, with its code, and succeeds", async () => {
    const { code, stdout, stderr } = await buildWith(`${WARNED}console.log(times(2), set(3));\n`);
    expect(code).toBe(0);
    const text = stdout + stderr;
    expect(text.match(/\[module-state\]/g)).toHaveLength(1);
    expect(text).toContain("src/main.ts:4:49\n");
    expect(text).toContain(
      frameOf(
        "> 4 | export const times = (n: number): number => n * factor;",
        "    |                                                 ^^^^^^",
      ),
    );
  });

  it.each([
    [
      "is unknown",
      "{ strickt: true } as object",
      /^Error: aotcache: `strickt` is not an option\. Write `strict`\.$/m,
    ],
    ["has another type", "{ manifest: 7 } as object", /^Error: aotcache: `manifest` .*\.$/m],
  ])(
    "stops before it starts if an option of the plugin %s, and reports it in one line",
    async (_, option, said) => {
      const app = copyApp();
      app.edit("vite.config.ts", "aotcache()", `aotcache(${option})`);
      const { code, stderr } = await bin(app, "vite", "build");
      expect(code).toBe(1);
      expect(stderr).toMatch(said);
    },
  );

  it("names the package to install if ts-morph is missing, in one line", async () => {
    const { code, stderr } = await withoutCompiler();
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /\nError: aotcache: the compiler needs ts-morph; install it with `npm install --save-dev ts-morph`\.\n {4}at aggregate/,
    );
  });
});

/** Builds with a copy of the published files in a folder that finds no ts-morph. */
async function withoutCompiler(): Promise<Outcome> {
  const repository = fileURLToPath(new URL("../../..", import.meta.url));
  const app = copyApp();
  cpSync(join(repository, "dist"), app.at("node_modules/aotcache/dist"), { recursive: true });
  cpSync(join(repository, "package.json"), app.at("node_modules/aotcache/package.json"));
  // Modules are also searched in parent folders: an empty folder with that name stops the search.
  mkdirSync(app.at("node_modules/ts-morph"));
  writeFileSync(app.at("node_modules/ts-morph/package.json"), '{ "name": "ts-morph", "main": "gone.js" }');
  app.write("package.json", '{ "name": "app", "type": "module" }');
  return bin(app, "vite", "build");
}

describe("the dev server", () => {
  it("shows an error in the page, and continues when it is fixed", async () => {
    const text = `// @cached tll=10\n${HIT}// @cachd\n${HIT.replace("twice", "again")}`;
    const app = copyApp({ "src/twice.ts": text });
    const server = await createServer(configOf(app, {}, { server: { host: "127.0.0.1", port: 0 } }));
    onTestFinished(() => server.close());
    await server.listen();
    const send = vi.spyOn(server.environments.client.hot, "send");
    const get = async (): Promise<Response> => fetch(new URL("src/twice.ts", server.resolvedUrls!.local[0]));

    expect((await get()).status).toBe(500);
    const err = {
      plugin: "aotcache",
      message: expect.stringMatching(/^\[option-unknown\] .*`tll`.* Write `ttl`\.$/),
      id: app.at("src/twice.ts"),
      loc: { file: app.at("src/twice.ts"), line: 1, column: 12 },
      frame: expect.stringContaining(frameOf("> 1 | // @cached tll=10", "    |            ^^^")),
      stack: "",
    };
    expect(send).toHaveBeenCalledWith({ type: "error", err: expect.objectContaining(err) });
    const [payload] = send.mock.calls.find(([each]) => (each as { type?: string }).type === "error")!;
    expect((payload as unknown as { err: { frame: string } }).err.frame).toMatch(
      /src\/twice\.ts:3:4\n\[pragma-misspelt\] .*`@cachd`.* Write `@cached`\.$/m,
    );

    app.edit("src/twice.ts", "@cachd", "@cached");
    app.edit("src/twice.ts", "tll", "ttl");
    await vi.waitFor(async () => expect((await get()).status).toBe(200), { timeout: 20_000, interval: 30 });
    expect(await (await get()).text()).toContain("$aot.define(");
  });

  it("shows a warning once, although page and server compile the same file, and again when it changes", async () => {
    const app = copyApp({ "src/times.ts": WARNED });
    const warnings: string[] = [];
    const logger = {
      ...console,
      info: () => {},
      // Vite colours its output if CI is set.
      warn: (text: string) => void warnings.push(stripVTControlCharacters(text)),
      hasWarned: false,
    };
    const customLogger = {
      ...logger,
      warnOnce: logger.warn,
      clearScreen: () => {},
      hasErrorLogged: () => false,
    };
    const server = await createServer(configOf(app, {}, { customLogger, logLevel: "warn" }));
    onTestFinished(() => server.close());
    const ask = async (): Promise<void> => {
      for (const side of ["client", "ssr"])
        await server.environments[side]!.transformRequest("/src/times.ts");
    };
    await ask();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(app.at("src/times.ts:4:49"));
    expect(warnings[0]).toContain("> 4 | export const times = (n: number): number => n * factor;");

    app.write("src/times.ts", `\n${readFileSync(app.at("src/times.ts"), "utf8")}`);
    await vi.waitFor(
      async () => {
        await ask();
        expect(warnings).toHaveLength(2);
      },
      { timeout: 20_000, interval: 30 },
    );
    expect(warnings[1]).toContain(app.at("src/times.ts:5:49"));
  });
});
