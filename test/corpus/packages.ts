/** The packages of the corpus: published ones that contain their TypeScript sources, and the projects of fixtures/apps. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
export const root: string = fileURLToPath(new URL("../..", import.meta.url));

export interface CorpusPackage {
  readonly name: string;
  readonly version: string;
  /** Absolute. Contains a tsconfig. */
  readonly folder: string;
  /** Relative to `folder`, sorted. */
  readonly files: readonly string[];
}

/** Files whose functions run no product: tests, and code that is made by tools. */
const NOT_SOURCES =
  /\.d\.[cm]?ts$|(?:^|\/)(?:tests?|benchmarks?|__tests__|generated|locales|wip)\/|\.(?:test|spec)\./;

/** What a package is built to, and its own dependencies. */
const NOT_COPIED = /^\/(?:_cjs|_esm|_types|dist|esm|node_modules)\b|\.(?:map|flow)$/;

/** The folders of sources of each package of packages/package.json; a dot is the package itself. */
const PUBLISHED: Readonly<Record<string, readonly string[]>> = {
  "@internationalized/date": ["src"],
  "@math.gl/core": ["src"],
  "@math.gl/web-mercator": ["src"],
  "@msgpack/msgpack": ["src"],
  "@noble/curves": ["src"],
  "@noble/hashes": ["src"],
  "@scure/base": ["index.ts"],
  "@tanstack/query-core": ["src"],
  immer: ["src"],
  "prosemirror-model": ["src"],
  rxjs: ["src"],
  "tailwind-merge": ["src"],
  "tldts-core": ["src"],
  viem: ["data", "encoding", "unit"].map((folder) => `utils/${folder}`),
  zod: ["src"],
};

/** Packages that tests of aotcache depend on anyway, so that `npm test` needs no others. */
const INSTALLED: Readonly<Record<string, readonly string[]>> = {
  "@jridgewell/trace-mapping": ["src"],
  entities: ["src"],
};

/** What the sources of published packages are compiled with; few publish their tsconfig. */
const TSCONFIG = {
  compilerOptions: {
    target: "es2022",
    lib: ["es2023", "dom", "dom.iterable", "dom.asynciterable", "esnext.disposable"],
    module: "esnext",
    moduleResolution: "bundler",
    strict: true,
    jsx: "preserve",
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    noEmit: true,
    types: ["node"],
  },
};

const APPS = "fixtures/apps";
/** Apps whose tsconfig extends files of a framework that is not installed. */
const FRAMEWORK_APPS = /^(?:astro|nuxt)\//;

export const INSTALLED_NAMES: readonly string[] = Object.keys(INSTALLED);
export const PACKAGE_NAMES: readonly string[] = [...Object.keys(PUBLISHED), ...INSTALLED_NAMES, APPS].sort();

export function packageNamed(name: string): CorpusPackage {
  if (name === APPS) return apps();
  const installed = INSTALLED[name];
  if (installed) return copied(name, installed, join(root, "node_modules"));
  const published = PUBLISHED[name];
  if (!published) throw new Error(`${name} is none of ${PACKAGE_NAMES.join(", ")}`);
  return copied(name, published, join(here, "packages/node_modules"));
}

/** Copies a package out of node_modules, where files belong to others. */
function copied(name: string, sources: readonly string[], from: string): CorpusPackage {
  const installed = join(from, name);
  const folder = join(here, "packages/.tmp", name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  // Sources import the rest of the package.
  cpSync(installed, folder, {
    recursive: true,
    filter: (path) => !NOT_COPIED.test(path.slice(installed.length)),
  });
  const nested = join(installed, "node_modules");
  if (existsSync(nested)) cpSync(nested, join(folder, "node_modules"), { recursive: true });
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ ...TSCONFIG, include: sources }, null, 2));
  const { version } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as {
    version: string;
  };
  return { name, version, folder, files: sources.flatMap((each) => sourcesIn(folder, each)) };
}

/** The projects that show each integration, as one package without a version. */
function apps(): CorpusPackage {
  const folder = join(root, APPS);
  const built = /(?:^|\/)(?:node_modules|dist|build|\.[^/]+)\//;
  return {
    name: APPS,
    version: "",
    folder,
    // Calls of `cached()` and decorators stay cached whatever is marked.
    files: sourcesIn(folder, ".").filter(
      (file) =>
        !built.test(file) &&
        !FRAMEWORK_APPS.test(file) &&
        !/\bcached[(<]/.test(readFileSync(join(folder, file), "utf8")),
    ),
  };
}

function sourcesIn(folder: string, at: string): readonly string[] {
  if (/\.tsx?$/.test(at)) return [at];
  return readdirSync(join(folder, at), { recursive: true, encoding: "utf8" })
    .map((file) => (at === "." ? file : `${at}/${file}`).replaceAll("\\", "/"))
    .filter((file) => /\.[cm]?tsx?$/.test(file) && !NOT_SOURCES.test(file))
    .sort();
}

export const textOf = ({ folder }: CorpusPackage, file: string): string =>
  readFileSync(join(folder, file), "utf8");
