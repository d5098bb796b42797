/** What compiles: another compiler may come to other results, whatever the sources are. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { hashOf } from "../project/files/trace.ts";

let known: { readonly identity: string | undefined } | undefined;

/**
 * Returns a text that is another one for another compiler; undefined without ts-morph. Asked once: what this
 * process has loaded stays what it is, whatever is written meanwhile.
 */
export function compilerIdentity(): string | undefined {
  return (known ??= { identity: identify() }).identity;
}

function identify(): string | undefined {
  try {
    const require = createRequire(import.meta.url);
    const morph = require.resolve("ts-morph/package.json");
    // The TypeScript that does the work is inside of this one.
    const common = createRequire(morph).resolve("@ts-morph/common/package.json");
    return hashOf([process.platform, ownTexts(), versionIn(morph), versionIn(common)].join("\n"));
  } catch {
    return undefined;
  }
}

/**
 * The code itself rather than its version, which stays the same between two releases. Of an installed package
 * that is one, its sizes tell whether it was patched: every build pays for reading it.
 */
function ownTexts(): string {
  const marks: string[] = [];
  for (const room of ["..", "../../runtime"]) {
    const folder = fileURLToPath(new URL(room, import.meta.url));
    const isInstalled = /[\\/]node_modules[\\/]/.test(folder);
    for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
      const path = `${folder}/${name}`;
      if (!/(?<!\.d)\.[jt]s$/.test(name)) continue;
      marks.push(name, isInstalled ? `${statSync(path).size}` : readFileSync(path, "latin1"));
    }
    if (isInstalled) marks.push(versionIn(`${folder}/../../package.json`));
  }
  return marks.join("\n");
}

function versionIn(manifest: string): string {
  const { name, version } = JSON.parse(readFileSync(manifest, "utf8")) as { name: string; version: string };
  return `${name}@${version}`;
}
