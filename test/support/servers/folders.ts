/** Temporary folders of the servers. */
import { mkdirSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The parent of all server folders: inside the clone, ignored by git, removed with `node_modules`. */
export const base: string = fileURLToPath(new URL("../../../node_modules/.tmp/servers", import.meta.url));

/** Creates an empty folder. */
export function newFolder(name: string): string {
  mkdirSync(base, { recursive: true });
  return mkdtempSync(join(base, `${name}-`));
}
