/** Identifies the compiler. Results of one compiler are never used by another one. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { hashOf } from "../project/files/trace.ts";

let cached: { readonly identity: string | undefined } | undefined;

/**
 * Returns a text that differs between compilers. Returns undefined if ts-morph is not installed. It is computed once:
 * the code that this process has loaded does not change when files do.
 */
export function compilerIdentity(): string | undefined {
  return (cached ??= { identity: identify() }).identity;
}

function identify(): string | undefined {
  try {
    const require = createRequire(import.meta.url);
    const morph = require.resolve("ts-morph/package.json");
    // This package contains the TypeScript that the compiler uses.
    const common = createRequire(morph).resolve("@ts-morph/common/package.json");
    return hashOf([process.platform, ownCode(), versionIn(morph), versionIn(common)].join("\n"));
  } catch {
    return undefined;
  }
}

/**
 * Identifies the code of aotcache. The version alone is not enough, because it does not change between releases. Of an
 * installed package, file sizes show whether it was patched: reading its files would slow down every build.
 */
function ownCode(): string {
  const parts: string[] = [];
  for (const location of ["..", "../../runtime"]) {
    const folder = fileURLToPath(new URL(location, import.meta.url));
    const isInstalled = /[\\/]node_modules[\\/]/.test(folder);
    for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
      const path = `${folder}/${name}`;
      if (!/(?<!\.d)\.[jt]s$/.test(name)) continue;
      parts.push(name, isInstalled ? `${statSync(path).size}` : readFileSync(path, "latin1"));
    }
    if (isInstalled) parts.push(versionIn(`${folder}/../../package.json`));
  }
  return parts.join("\n");
}

function versionIn(manifest: string): string {
  const { name, version } = JSON.parse(readFileSync(manifest, "utf8")) as { name: string; version: string };
  return `${name}@${version}`;
}
