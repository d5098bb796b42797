/** A generated application: modules in layers that import each other, some with marked functions. */
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { temporary } from "./compile.mjs";
import { root } from "./own.mjs";

const FILES_A_FOLDER = 50;
const TYPES_TOGETHER = 5;

const pathOf = (i) => `src/part${Math.floor(i / FILES_A_FOLDER)}/module${i}.ts`;

function importOf(from, to, names) {
  const [here, there] = [from, to].map((i) => Math.floor(i / FILES_A_FOLDER));
  const path = here === there ? `./module${to}.ts` : `../part${there}/module${to}.ts`;
  return `import { ${names} } from "${path}";\n`;
}

/** The text of one module: a type, functions on it, and two marked ones if requested. */
function moduleOf(i, { marks, last }) {
  // Values are imported from the whole project, types from the four preceding modules: a mark needs only
  // those.
  const imports = [i * 2 + 1, i * 2 + 2].filter((to) => to <= last);
  const parts = i % TYPES_TOGETHER < TYPES_TOGETHER - 1 && i < last ? [i + 1] : [];
  const fields = parts.map((to) => `  readonly part${to}?: Item${to};\n`).join("");
  const mark = (options) => (marks ? `// @cached ${options}\n` : "");
  return `${parts.map((to) => importOf(i, to, `type Item${to}`)).join("")}${imports.map((to) => importOf(i, to, `total${to}`)).join("")}
/** What module ${i} is about. */
export interface Item${i} {
  readonly id: number;
  readonly name: string;
  readonly kind: "plain" | "special" | "other${i}";
  readonly tags: readonly string[];
${fields}}

export function total${i}(items: readonly Item${i}[]): number {
  let sum = 0;
  for (const item of items) sum += item.id + item.name.length;
  return sum${imports.map((to) => ` + total${to}([])`).join("")};
}

export function describe${i}(item: Item${i}, separator = ", "): string {
  const parts = [item.name, item.kind, ...item.tags].filter((part) => part !== "");
  return parts.map((part, at) => (at === 0 ? part.toUpperCase() : part)).join(separator);
}

${mark("ttl=10m")}export async function find${i}(query: Pick<Item${i}, "id" | "kind">, locale = "en"): Promise<Item${i}> {
  return { id: query.id, kind: query.kind, name: \`\${locale}-${i}\`, tags: ["found"] };
}

${mark("ttl=10m max=1000")}export function rank${i}(item: Item${i}, weights: Record<string, number>): number {
  return item.tags.reduce((sum, tag) => sum + (weights[tag] ?? 1), item.id);
}
`;
}

/**
 * Writes a project.
 *
 * @param files the number of modules
 * @param marked the number of modules with two marked functions each
 */
export function makeProject({ files, marked }) {
  const folder = temporary("project");
  const write = (path, text) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const every = marked === 0 ? Infinity : Math.floor(files / marked);
  const isMarked = (i) => i % every === 0 && i / every < marked;
  for (let i = 0; i < files; i++) write(pathOf(i), moduleOf(i, { marks: isMarked(i), last: files - 1 }));
  const all = Array.from({ length: files }, (_, i) => i);
  const used = all.filter((i) => i % 10 === 0 || (marked > 0 && isMarked(i)));
  const imports = used.map(
    (i) => `import * as m${i} from "./part${Math.floor(i / FILES_A_FOLDER)}/module${i}.ts";\n`,
  );
  write("src/main.ts", `${imports.join("")}\nconsole.log(${used.map((i) => `m${i}`).join(", ")});\n`);
  write("index.html", `<!doctype html><script type="module" src="/src/main.ts"></script>\n`);
  write("package.json", `{ "name": "made-up", "private": true, "type": "module" }\n`);
  write(
    "tsconfig.json",
    JSON.stringify({
      compilerOptions: {
        target: "es2022",
        lib: ["es2023", "dom"],
        module: "esnext",
        moduleResolution: "bundler",
        types: [],
        strict: true,
        verbatimModuleSyntax: true,
        allowImportingTsExtensions: true,
        skipLibCheck: true,
        noEmit: true,
      },
      include: ["src"],
    }),
  );
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/aotcache"), "dir");
  const markedPaths = all.filter((i) => marked > 0 && isMarked(i)).map((i) => join(folder, pathOf(i)));
  return {
    folder,
    paths: all.map((i) => join(folder, pathOf(i))),
    markedPaths,
    cache: join(folder, "node_modules/.cache"),
  };
}
