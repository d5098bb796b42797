import { describe, expect, it } from "vitest";
import { componentOf } from "../../src/project/component.ts";
import { createCompiler, type Compilation } from "../../src/index.ts";

/** Returns the text of each script, and whether it runs for each instance. */
function scriptsOf(path: string, text: string): (readonly [string, string])[] {
  return componentOf(path, text)!.scripts.map(({ start, end, perInstance }) => [
    text.slice(start, end),
    perInstance ? "instance" : "module",
  ]);
}

describe("the scripts of a component", () => {
  it("are those of the module and of the instances, in source order", () => {
    expect(scriptsOf("a.vue", "<script setup>a</script><p/><script>b</script><style>c</style>")).toEqual([
      ["a", "instance"],
      ["b", "module"],
    ]);
    expect(scriptsOf("a.svelte", '<script context="module">a</script><script>b</script>')).toEqual([
      ["a", "module"],
      ["b", "instance"],
    ]);
    expect(scriptsOf("a.svelte", '<script lang="ts" module>a</script>')).toEqual([["a", "module"]]);
  });

  it.each([
    ["a comment", "<!-- <script>a</script> -->"],
    ["data", '<script type="application/ld+json">{}</script>'],
    ["another language", '<script lang="coffee">a</script>'],
  ])("are not %s", (_, text) => {
    expect(scriptsOf("a.vue", `${text}<script>b</script>`)).toEqual([["b", "module"]]);
  });

  it.each([
    ["<script>", "js"],
    ["<script lang=ts>", "ts"],
    ["<script lang='tsx' setup>", "tsx"],
    ['<script\n  setup\n  generic="T extends Array<string>"\n  lang="ts"\n>', "ts"],
    ['<script type="text/typescript">', "ts"],
  ])("%s are in the language %s", (tag, extension) => {
    expect(componentOf("/x/a.vue", `${tag}b</script>`)!.path).toBe(`/x/a.vue<script>.${extension}`);
  });

  it("keep their offsets and lines with every kind of line break", () => {
    const text = "\uFEFF<p>é😀</p>\r\n\u2028<script>\r\nconst a = 1;\r\n</script>\n<b/>";
    const { text: masked } = componentOf("a.svelte", text)!;
    expect(masked.length).toBe(text.length);
    expect(masked.replace(/[^\r\n\u2028]/g, "")).toBe(text.replace(/[^\r\n\u2028]/g, ""));
    expect(masked.indexOf("const a")).toBe(text.indexOf("const a"));
    expect(masked.trim()).toBe("const a = 1;");
  });

  it("are the frontmatter in Astro", () => {
    const text =
      "---\nconst a = 1; // ---\nconst b = '--- c';\n---\n<p>{a}</p>\n<script>d</script>\n--- ---\n";
    expect(scriptsOf("a.astro", text)).toEqual([["\nconst a = 1; // ---\nconst b = '--- c';\n", "instance"]]);
    expect(scriptsOf("a.astro", `<!-- a -->\n ---\r\nb\r\n  ---\r\n`)).toEqual([["\r\nb\r\n  ", "instance"]]);
    expect(scriptsOf("a.astro", "---\n---\n")).toEqual([["\n", "instance"]]);
    expect(scriptsOf("a.astro", "<p>a</p>\n---\nb\n---\n")).toEqual([]);
  });

  it("do not exist in a file that is not a component", () => {
    expect(componentOf("a.html", "<script>a</script>")).toBeUndefined();
    expect(componentOf("a.svelte.ts", "<script>a</script>")).toBeUndefined();
  });
});

const VUE = `<template>
  <p @click="load(1)">{{ twice(2) }}</p>
</template>

<script lang="ts">
// @cached ttl=10
export function twice(n: number): number {
  return 2 * n;
}
</script>

<script setup lang="ts">
const factor = 3;
// @cached ttl=10
async function load(n: number): Promise<number> {
  return n * factor;
}
</script>

<style>
/* @cached tll=1 */
</style>
`;

const compiler = await createCompiler({ namespace: "shop", root: import.meta.dirname, allow: ["cheap"] });

/** Compiles a component of a package named `shop`. */
const compiled = (name: string, text: string): Compilation => compiler.compile(name, text);

const findingsOf = ({ diagnostics }: Compilation): string[] =>
  diagnostics.map(({ name, line, column }) => `${name} ${line}:${column}`);

describe("a compiled component", () => {
  it("changes in its scripts only, and no line moves", async () => {
    const { code, diagnostics } = compiled("virtual/a.vue", VUE);
    expect(diagnostics).toEqual([]);
    expect(code!.split("\n")).toHaveLength(VUE.split("\n").length);
    const without = (text: string): string => text.replace(/(<script.*>)[^]*?<\/script>/g, "$1");
    expect(without(code!)).toBe(without(VUE));
  });

  it("has the generated code in the script that it belongs to, and one import", async () => {
    const { code } = compiled("virtual/a.vue", VUE);
    const [module, setup] = [...code!.matchAll(/<script.*>([^]*?)<\/script>/g)].map(([, script]) => script!);
    expect(code!.match(/aotcache\/internal/g)).toHaveLength(1);
    expect(module).toContain("aotcache/internal");
    for (const [script, own, other] of [
      [module!, "$aot_twice_(): $aot.CachedFunction", "$aot_load"],
      [setup!, "$aot_load_(): $aot.CachedFunction", "$aot_twice"],
    ] as const) {
      expect(script).toContain(own);
      expect(script).not.toContain(other);
    }
  });

  it("has the ids of a module with the same path", async () => {
    const { sites } = compiled("virtual/a.vue", VUE);
    const like = compiled("virtual/a.ts", VUE.match(/\/\/ @cached[^]*?\n}/)![0]);
    const [twice, load] = sites;
    expect(twice!.id).toEqual(like.sites[0]!.id);
    expect(twice!.id.namespace).toBe("shop/test/compiler/virtual/a");
    expect([twice!.at, load!.at]).toEqual([
      "test/compiler/virtual/a.vue:7",
      "test/compiler/virtual/a.vue:15",
    ]);
  });

  it("adds the variables of an instance script that a function reads to its key", async () => {
    const { sites } = compiled("virtual/a.vue", VUE);
    expect(sites.map(({ parts }) => parts.map(({ name, as }) => [name, as]))).toEqual([
      [["n", undefined]],
      [
        ["n", undefined],
        ["factor", "extra"],
      ],
    ]);
  });

  it("generates no names that start with `$` in Svelte, which reserves them", async () => {
    const text = `<script lang="ts">\n// @cached ttl=10\nconst twice = (n: number): number => 2 * n;\n</script>\n{twice(1)}\n`;
    const { code } = compiled("virtual/b.svelte", text);
    expect(code).toContain('import * as aot$ from "aotcache/internal"');
    expect(code).not.toMatch(/(?<![\w$])\$/);
  });

  it("is JavaScript if it declares no language", async () => {
    const text = `<script>\n// @cached ttl=10\nexport const twice = (/** @type {number} */ n) => 2 * n;\n</script>\n`;
    const { code, sites } = compiled("virtual/a.vue", text);
    expect(sites[0]!.parts).toEqual([{ name: "n", type: "number" }]);
    expect(code).not.toContain("as never");
  });
});

const ASTRO = `---
import { connect } from "./database";
export const prerender = false;

// @cached ttl=10
export async function getStaticPaths(): Promise<{ params: { id: string } }[]> { return [{ params: { id: "1" } }]; }

const id: string = Astro.params.id ?? "1";
// @cached ttl=10
const title = async (language: string): Promise<string> => \`\${id} \${language} \${prerender}\`;
---
<h1>{title("en")} - {connect}                                </h1>
`;

describe("the frontmatter of Astro", () => {
  it("is compiled on its own lines, and exports what must run once for all requests", async () => {
    const { code, diagnostics } = compiled("virtual/pages/[id].astro", ASTRO);
    expect(diagnostics).toEqual([]);
    const lines = code!.split("\n");
    expect(lines).toHaveLength(ASTRO.split("\n").length);
    expect(
      lines.filter((line, index) => line !== ASTRO.split("\n")[index]).map((line) => line.slice(0, 20)),
    ).toEqual([
      "import * as $aot fro",
      "export async functio",
      "const title = async ",
      "export function $aot",
    ]);
    expect(lines[1]).toMatch(/^import \* as \$aot from "aotcache\/internal"; .*import \{ connect \}/);
    expect(lines.slice(0, 10).join("\n")).toMatch(/export var \$aot_getStaticPaths: .* = /);
    expect(lines[10]).toMatch(/ export var \$aot_title: [^;]+; export function \$aot_title_\(.*---$/);
    expect(lines[10]!.match(/(?<!export )\bfunction \$/g)).toBeNull();
  });

  it("adds the variables of a request to the keys, but for exports", async () => {
    const { sites } = compiled("virtual/pages/[id].astro", ASTRO);
    expect(sites.map(({ id, parts }) => [id.namespace, id.name, parts.map(({ name }) => name)])).toEqual([
      ["shop/test/compiler/virtual/pages/[id]", "getStaticPaths", []],
      ["shop/test/compiler/virtual/pages/[id]", "title", ["language", "id"]],
    ]);
  });

  it("warns of reads of the current request", () => {
    const text = `---
const { slug } = Astro.props;
// @cached allow=cheap
async function title(id: number): Promise<string> { return slug + id + Astro.site + Astro.url.pathname; }
---
<p>{title(1)}</p>
`;
    expect(findingsOf(compiled("virtual/pages/a.astro", text))).toContain("ambient-read 4:85");
  });

  it("has mistakes at their places", async () => {
    const text = ASTRO.replaceAll("ttl=10", "tll=10");
    expect(findingsOf(compiled("virtual/pages/[id].astro", text))).toEqual([
      "option-unknown 5:12",
      "option-unknown 9:12",
    ]);
  });
});

describe("a mistake in a component", () => {
  it("is reported at its place in the file", async () => {
    expect(findingsOf(compiled("virtual/a.vue", VUE.replaceAll("ttl=10", "tll=10")))).toEqual([
      "option-unknown 6:12",
      "option-unknown 14:12",
    ]);
  });

  it.each([
    ["a variable that a template may assign to", "let count = 1;", "count", "capture-reassigned"],
    ["a variable that Svelte declares", "$: count = 2;", "count", "capture-reassigned"],
    ["a function of the instance", "const count = () => 1;", "count()", "capture-unkeyable"],
    ["the value of a store", 'import { count } from "./stores";', "$count", "capture-unkeyable"],
  ])("is reported for reading %s", async (_, declaration, read, name) => {
    const text = `<script>\n${declaration}\n// @cached ttl=10\nconst f = (/** @type {number} */ n) => n + ${read};\n</script>\n{f(1)}\n`;
    expect(findingsOf(compiled("virtual/b.svelte", text))).toEqual([`${name} 4:44`]);
  });
});

it("an import of a component still has the type of its shim", async () => {
  const compiler = await createCompiler({ root: import.meta.dirname });
  const card = `<script lang="ts">\n// @cached ttl=10\nexport function twice(n: number): number { return 2 * n; }\n</script>\n`;
  const user = `import Card from "./card.vue";\n// @cached ttl=10\nexport const f = (card: typeof Card): string => String(card);\n`;
  const before = findingsOf(compiler.compile("virtual/user.ts", user));
  compiler.compile("virtual/card.vue", card);
  expect(findingsOf(compiler.compile("virtual/user.ts", `${user}\n`))).toEqual(before);
  expect(before).toEqual(["parameter-unresolved 3:19"]);
});
