import { mkdirSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where everything that servers write stands: in the clone, ignored, and gone with `node_modules`. */
export const base: string = fileURLToPath(new URL("../../../node_modules/.tmp/servers/", import.meta.url));

/** Makes an empty folder. */
export function newFolder(name: string): string {
  mkdirSync(base, { recursive: true });
  return mkdtempSync(join(base, `${name}-`));
}
