/** Compiles files several times, each time with a new compiler. Prints the last texts, and whether ts-morph is loaded. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createLazyCompiler } from "../../src/index.ts";

const [root, ...paths] = process.argv.slice(2);
let texts: (string | null)[] = [];
for (let round = 0; round < 4; round++) {
  const compiler = createLazyCompiler({ root: root!, allow: ["cheap", "result-aliases"] });
  texts = [];
  for (const path of paths) {
    const { code } = await compiler.compile(path, readFileSync(`${root!}/${path}`, "utf8"));
    texts.push(code ?? null);
    // Writes after each file, so that processes collide often.
    compiler.flush();
  }
}
const loaded = Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes("ts-morph"));
console.log(JSON.stringify({ texts, loaded }));
