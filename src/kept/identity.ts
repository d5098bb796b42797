/** What compiles: another compiler may come to other results, whatever the sources are. */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { hashOf } from "../project/trace.ts";

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

/** The code itself rather than its version, which stays the same between two releases. */
function ownTexts(): string {
  const hashes: string[] = [];
  for (const room of ["..", "../../runtime"]) {
    const folder = fileURLToPath(new URL(room, import.meta.url));
    for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
      if (/(?<!\.d)\.[jt]s$/.test(name)) hashes.push(name, readFileSync(`${folder}/${name}`, "latin1"));
    }
  }
  return hashes.join("\n");
}

function versionIn(manifest: string): string {
  const { name, version } = JSON.parse(readFileSync(manifest, "utf8")) as { name: string; version: string };
  return `${name}@${version}`;
}
