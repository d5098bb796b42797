/**
 * Checks the pages for people: their code compiles and runs, their links and commands exist, their generated
 * parts are up to date, and no page is larger than its limit.
 *
 * A TypeScript block that starts with a path, as in `// src/greet.ts`, is that file; the other blocks of the
 * page can import it. A comment `// Prints: text` states a line of output. `GIVEN` declares names that a block
 * may use without declaring them.
 *
 * `UPDATE=1 npx vitest run test/package/pages` updates the generated parts.
 */
import { execFile, execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import ts from "typescript";
import { loadConfigFromFile } from "vite";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { catalogue, createCompiler, DIAGNOSTIC_NAMES, formatDiagnostic } from "aotcache/compiler";
import { OPTION_NAMES, readOption } from "../../runtime/contract/options.ts";

// Each example is a process of its own.
vi.setConfig({ testTimeout: 300_000 });

const root = fileURLToPath(new URL("../..", import.meta.url));
const work = join(root, "test/.tmp/readme");

/** The pages, and the maximum size of each in bytes. */
const PAGES = {
  "README.md": 10_000,
  "plugin/README.md": 8_000,
  "plugin/EDITORS.md": 5_000,
  "plugin/FRAMEWORKS.md": 8_000,
  "plugin/NEXT.md": 4_000,
  "plugin/RUNTIMES.md": 8_000,
  "runtime/README.md": 14_000,
  "runtime/OBSERVING.md": 8_000,
  "runtime/SHARING.md": 8_000,
  "runtime/TESTING.md": 4_000,
  "runtime/INSPECTOR.md": 6_000,
  "runtime/UNSTORAGE.md": 2_000,
  "src/README.md": 8_000,
  "src/DIAGNOSTICS.md": 8_000,
  "src/project/NATIVE-CHECKER.md": 6_000,
  "test/README.md": 4_000,
  "fixtures/README.md": 1_000,
} as const;
type PageName = keyof typeof PAGES;
const pages = Object.keys(PAGES) as PageName[];
const textOf = (page: PageName): string => readFileSync(join(root, page), "utf8");

interface Block {
  readonly language: string;
  readonly text: string;
}

/** The fenced blocks of a page, in order. */
const blocksOf = (page: PageName): readonly Block[] =>
  [...textOf(page).matchAll(/^```(\w*)[^\n]*\n([^]*?)^```$/gm)].map(([, language, text]) => ({
    language: language!,
    text: text!,
  }));

const [firstExample] = blocksOf("README.md");

/** Declarations that pages use without declaring them. */
const GIVEN: Readonly<Record<string, string>> = {
  User: "interface User { id: number; name: string }",
  db: "const db = { users: { find: async (id: number, locale: string): Promise<User> => ({ id, name: locale }) } };",
  getUser: firstExample!.text,
};

/** A TypeScript block as a file of a project. */
interface Source {
  readonly page: PageName;
  readonly path: string;
  readonly text: string;
  readonly prints: readonly string[];
}

const projectOf = (page: PageName): string => join(work, page.replace(/\W/g, "-").toLowerCase());

function sourcesOf(page: PageName): readonly Source[] {
  return blocksOf(page)
    .filter(({ language }) => language === "ts")
    .map(({ text }, index) => {
      const path = /^\/\/ (\S+\.ts)\n/.exec(text)?.[1] ?? `src/block${String(index)}.ts`;
      const prints = [...text.matchAll(/\/\/ Prints: (.*)$/gm)].map((match) => match[1]!);
      return { page, path: join(projectOf(page), path), text: `${withGiven(text)}\nexport {};\n`, prints };
    });
}

/** Adds declarations for names that the text uses without declaring them. */
function withGiven(text: string): string {
  const missing = Object.keys(GIVEN).find(
    (name) =>
      new RegExp(`\\b${name}\\b`).test(text) &&
      !new RegExp(`\\b(?:interface|const|function|class) ${name}\\b|import .*\\b${name}\\b`).test(text),
  );
  return missing === undefined ? text : withGiven(`${GIVEN[missing]!}\n${text}`);
}

const sources = pages.flatMap(sourcesOf);

/** Replaces servers: the real store checks the options, and the entries are in memory. */
const STORES = `
import { memory } from "aotcache";
import { redis as openRedis } from "aotcache/redis";
import { memcached as openMemcached } from "aotcache/memcached";

const standIn = (open) => (options) => {
  open(options);
  const { namespace, ttl } = options ?? {};
  return memory({ namespace, ttl });
};
export const redis = standIn(openRedis);
export const memcached = standIn(openMemcached);
`;

/** Few declarations to load: without a tsconfig, they are those of browsers and of every package in `@types`. */
const CONFIG = JSON.stringify({
  compilerOptions: {
    ...{ strict: true, target: "es2022", lib: ["es2023", "esnext.decorators"], types: ["node"] },
    ...{ module: "nodenext", allowImportingTsExtensions: true, noEmit: true },
  },
});

beforeAll(() => {
  rmSync(work, { recursive: true, force: true });
  for (const page of pages) {
    const project = projectOf(page);
    mkdirSync(join(project, "node_modules"), { recursive: true });
    symlinkSync(root, join(project, "node_modules/aotcache"), "junction");
    writeFileSync(join(project, "package.json"), '{ "name": "shop", "type": "module" }');
    writeFileSync(join(project, "tsconfig.json"), CONFIG);
    writeFileSync(join(project, "stores.js"), STORES);
  }
  for (const { path, text } of sources) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
});
afterAll(() => {
  rmSync(work, { recursive: true });
});

describe("the examples", () => {
  it("are separate files", () => {
    const paths = sources.map(({ path }) => path);
    expect(new Set(paths).size).toBe(paths.length);
    expect(paths.length).toBeGreaterThan(7);
  });

  it("type-check", () => {
    const program = ts.createProgram(
      sources.map(({ path }) => path),
      {
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        allowImportingTsExtensions: true,
        verbatimModuleSyntax: true,
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.NodeNext,
        moduleResolution: ts.ModuleResolutionKind.NodeNext,
        types: ["node"],
      },
    );
    const said = ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
      return `${file?.fileName ?? ""}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
    });
    expect(said).toEqual([]);
  });

  it("run, compiled, and print the stated output", async () => {
    const scripts: string[] = [];
    for (const page of pages) {
      const compiler = await createCompiler({ root: projectOf(page) });
      for (const { path, text } of sources.filter((source) => source.page === page)) {
        const { code = text, diagnostics } = compiler.compile(path, text);
        expect(diagnostics.map((each) => formatDiagnostic(each, text))).toEqual([]);
        const { outputText } = ts.transpileModule(code, {
          compilerOptions: {
            target: ts.ScriptTarget.ES2022,
            module: ts.ModuleKind.ESNext,
            rewriteRelativeImportExtensions: true,
          },
        });
        const stores = JSON.stringify(join(projectOf(page), "stores.js"));
        const script = path.replace(/ts$/, "js");
        writeFileSync(script, outputText.replace(/"aotcache\/(?:redis|memcached)"/g, stores));
        scripts.push(script);
      }
    }
    const run = promisify(execFile);
    // The timeout catches an example that leaves a connection open.
    const printed = await Promise.all(
      scripts.map(async (script) => {
        const { stdout, stderr } = await run(process.execPath, [script], {
          cwd: dirname(script),
          timeout: 120_000,
        });
        return stdout + stderr;
      }),
    );
    expect(printed).toEqual(sources.map(({ prints }) => prints.map((line) => `${line}\n`).join("")));
  }, 240_000);

  it("include a Vite configuration that loads", async () => {
    const file = join(projectOf("README.md"), "vite.config.ts");
    const loaded = await loadConfigFromFile({ command: "build", mode: "production" }, file);
    expect(loaded?.config.plugins).toHaveLength(1);
  });

  it("are valid JSON if declared as such", () => {
    const blocks = pages.flatMap(blocksOf).filter(({ language }) => /^jsonc?$/.test(language));
    for (const { text } of blocks)
      expect(ts.parseConfigFileTextToJson("tsconfig.json", text).error).toBeUndefined();
  });
});

describe.each(pages)("%s", (page) => {
  it("is not larger than its limit", () => {
    expect(Buffer.byteLength(textOf(page))).toBeLessThanOrEqual(PAGES[page]);
  });

  it("links to existing targets", () => {
    const missing = linksOf(page).filter(([path, anchor]) => {
      const target = posix.join(posix.dirname(page), path);
      if (!existsSync(join(root, target))) return true;
      return anchor !== undefined && !anchorsOf(readFileSync(join(root, target), "utf8")).includes(anchor);
    });
    expect(missing).toEqual([]);
  });

  it("names existing commands and options", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const text = textOf(page);
    const unknown = [...text.matchAll(/npm run ([\w:]+)/g)].filter(([, name]) => !(name! in scripts));
    expect(unknown.map(([command]) => command)).toEqual([]);
    for (const [command, name, rest] of text.matchAll(/npx aotcache (?:help )?(\w+)([^`\n#]*)/g)) {
      const help = helpOf(name!);
      const options = rest!.match(/(?<= )--?[a-z][a-z-]*/g) ?? [];
      expect(
        options.filter((option) => !new RegExp(`[ ,]${option}[ ,=[]`).test(help)),
        command,
      ).toEqual([]);
    }
  });
});

/** The relative links of a page: a path, and possibly a heading. */
function linksOf(page: PageName): readonly (readonly [path: string, anchor: string | undefined])[] {
  const prose = textOf(page).replace(/^```[^]*?^```$/gm, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target!)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path, anchor] = target.split("#");
      return [path === "" ? posix.basename(page) : path!, anchor];
    });
}

/** The anchors of headings, by the rules of GitHub. */
const anchorsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/\s/g, "-"),
  );

const helps = new Map<string, string>();

/** The help of a command; throws if the command does not exist. */
function helpOf(command: string): string {
  const known = helps.get(command);
  if (known !== undefined) return known;
  const cli = join(root, "dist/plugin/cli.js");
  const help = execFileSync(process.execPath, [cli, "help", command], { encoding: "utf8" });
  helps.set(command, help);
  return help;
}

/** Compares a generated part between its markers, or writes it with UPDATE. */
function expectGenerated(page: PageName, name: string, expected: string): void {
  const part = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- /${name} -->)`);
  const text = textOf(page);
  expect(text).toMatch(part);
  const updated = text.replace(part, (_, open: string, close: string) => `${open}${expected}\n${close}`);
  if (process.env.UPDATE) writeFileSync(join(root, page), updated);
  else expect(text).toBe(updated);
}

describe("runtime/README.md explains every option", () => {
  const page = textOf("runtime/README.md");
  const rowOf = (option: string): string | undefined =>
    new RegExp(`^\\| \`${option}\` \\|.*$`, "m").exec(page)?.[0];
  /** The words that an option takes, as the help about an invalid value lists them. */
  const wordsOf = (option: string): string[] => {
    const read = readOption(option, "?");
    const help = "help" in read ? read.help : "";
    return /^Write (?:`\w+`(?:, | or )?)+\.$/.test(help) ? (help.match(/(?<=`)\w+(?=`)/g) ?? []) : [];
  };

  it.each(OPTION_NAMES)("%s, with each word that it takes", (option) => {
    const row = rowOf(option);
    expect(row).toBeDefined();
    expect(wordsOf(option).filter((word) => !row!.includes(`\`${word}\``))).toEqual([]);
  });

  it("and every serializer that a help offers", () => {
    const folder = join(root, "fixtures/errors");
    const outputs = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith("output.txt"))
      .map((path) => readFileSync(join(folder, path), "utf8"));
    const names = outputs.flatMap((text) => text.match(/(?<=write `serializer=)\w+(?=`)/g) ?? []);
    expect(names).not.toEqual([]);
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});

describe("the generated parts are up to date", () => {
  it("shows the emitted code of the first example", async () => {
    const given =
      "interface User { id: number; name: string }; declare const db: { users: Map<number, User> };\n";
    const { code } = (await createCompiler({ root, tsconfig: "fixtures/compile/tsconfig.json" })).compile(
      "src/users.ts",
      firstExample!.text + given,
    );
    expectGenerated("README.md", "emitted", `\`\`\`text\n${code!.replace(given, "").trimEnd()}\n\`\`\``);
  });

  it("lists every diagnostic", () => {
    const rows = (["error", "warning"] as const).flatMap((severity) => [
      `| ${severity} | when |`,
      "| --- | --- |",
      ...DIAGNOSTIC_NAMES.filter((name) => catalogue[name].severity === severity).map(
        (name) => `| \`${name}\` | ${catalogue[name].when} |`,
      ),
      ...(severity === "error" ? [""] : []),
    ]);
    expectGenerated("src/DIAGNOSTICS.md", "diagnostics", rows.join("\n"));
  });
});
