/**
 * What the README says is tried: its blocks type-check and run, and what is generated is up to date.
 * `UPDATE=1 npx vitest run test/package/pages.test.ts` writes the generated parts anew.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { loadConfigFromFile } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { catalogue, createCompiler, DIAGNOSTIC_NAMES } from "aotcache/compiler";

const root = fileURLToPath(new URL("../..", import.meta.url));
const readme = readFileSync(join(root, "README.md"), "utf8");
/** Not in node_modules, from where a package does not see itself as `aotcache`. */
const folder = join(root, "test/.tmp/readme");

/** The TypeScript blocks, in order, with what the text around them takes for granted. */
const GIVEN = `
interface User { id: number; name: string }
interface City { lat: number; lon: number }
const db = { users: { find: async (id: number, locale: string): Promise<User> => ({ id, name: locale }) } };
const cities: City[] = [{ lat: 1, lon: 2 }, { lat: 50, lon: 7 }];
const distance = (city: City, lat: number, lon: number): number => Math.hypot(city.lat - lat, city.lon - lon);
const value: User = { id: 42, name: "primed" };
`;
const blocks = [...readme.matchAll(/^```ts\n([^]*?)^```$/gm)].map((match) => match[1]!);
const blockWith = (text: string): string => blocks.find((block) => block.includes(text))!;

beforeAll(() => {
  mkdirSync(folder, { recursive: true });
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Puts a generated part between two markers; with UPDATE, into the file. */
function expectGenerated(name: string, expected: string): void {
  const part = new RegExp(`(<!-- ${name} -->\n)[^]*?(\n<!-- /${name} -->)`);
  expect(readme).toMatch(part);
  const updated = (text: string): string =>
    text.replace(part, (_, open: string, close: string) => open + expected + close);
  const file = join(root, "README.md");
  // Read anew: another part may have been written meanwhile.
  if (process.env.UPDATE) writeFileSync(file, updated(readFileSync(file, "utf8")));
  else expect(readme).toBe(updated(readme));
}

describe("the generated parts are up to date", () => {
  it("shows what the compiler emits for the first example", async () => {
    const [example] = blocks;
    const given =
      "interface User { id: number; name: string }; declare const db: { users: Map<number, User> };\n";
    const { code } = (await createCompiler({ root })).compile("src/users.ts", example! + given);
    expectGenerated("emitted", `\`\`\`text\n${code!.replace(given, "").trimEnd()}\n\`\`\``);
  });

  it("lists every diagnostic of the catalogue", () => {
    const rows = (["error", "warning"] as const).flatMap((severity) => [
      `| ${severity} | when |`,
      "| --- | --- |",
      ...DIAGNOSTIC_NAMES.filter((name) => catalogue[name].severity === severity).map(
        (name) => `| \`${name}\` | ${catalogue[name].when} |`,
      ),
      ...(severity === "error" ? [""] : []),
    ]);
    expectGenerated("diagnostics", rows.join("\n"));
  });
});

describe("the examples work", () => {
  it("type-check", () => {
    const files = blocks.map((block, index) => {
      const file = join(folder, `block${String(index)}.ts`);
      const needsUser = block.includes("cacheOf(getUser)");
      writeFileSync(file, `${needsUser ? blocks[0]! : ""}${GIVEN}${block}\nexport {};`);
      return file;
    });
    expect(files.length).toBeGreaterThan(4);
    const program = ts.createProgram(files, {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      allowImportingTsExtensions: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      types: ["node"],
    });
    const said = ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
      return `${file?.fileName ?? ""}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
    });
    expect(said).toEqual([]);
  });

  it("have a Vite configuration that loads", async () => {
    const file = join(folder, "vite.config.ts");
    writeFileSync(file, blockWith("defineConfig"));
    const loaded = await loadConfigFromFile({ command: "build", mode: "production" }, file);
    expect(loaded?.config.plugins).toHaveLength(1);
  });

  it("run, compiled, and say what the comments say", async () => {
    const uses = blocks.filter(
      (block) =>
        block.includes('aotcache"') && block.includes("(") && !/aotcache\/(?:vite|redis)/.test(block),
    );
    const program = `${blocks[0]!}${GIVEN}
      ${uses.map((block) => block.replace(/^import \{(.*)\} from "aotcache";$/m, "{").replace(/export const/g, "const") + "}").join("\n")}`;
    const text = `import { cached, cacheOf, configure, memory } from "aotcache";\n${program}\nconst first = await getUser(42); if (await getUser(42) !== first) throw new Error("no hit"); console.log("ran");`;
    const compiler = await createCompiler({ root });
    const { code, diagnostics } = compiler.compile(join(folder, "run.ts"), text);
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    writeFileSync(
      join(folder, "run.mjs"),
      ts.transpileModule(code!, {
        compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
      }).outputText,
    );
    expect(execFileSync(process.execPath, [join(folder, "run.mjs")], { encoding: "utf8" })).toBe("ran\n");
  });
});
