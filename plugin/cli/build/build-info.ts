/** What tsc remembers of its last build is of use only where that build was one of ours. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type ts from "typescript";
import type { Job } from "./job.ts";

const NAME = /\.tsbuildinfo$/;

/**
 * Marks the `.tsbuildinfo` files that are written, and hides those that are not marked so: what plain tsc, other
 * options or another version of aotcache built would pass for up to date.
 */
export function withMarkedBuildInfo(system: ts.System, { options }: Job): ts.System {
  const mark = digest(options);
  return {
    ...system,
    readFile: (path, encoding) => {
      const text = system.readFile(path, encoding);
      return text !== undefined && NAME.test(path) && markOf(text) !== mark ? undefined : text;
    },
    writeFile: (path, text, ...rest) => {
      system.writeFile(
        path,
        NAME.test(path) ? text.replace(/\}\s*$/, `,"aotcache":"${mark}"}`) : text,
        ...rest,
      );
    },
  };
}

const markOf = (text: string): string | undefined => /,"aotcache":"(\w+)"\}$/.exec(text)?.[1];

function digest(options: Job["options"]): string {
  const path = createRequire(import.meta.url).resolve("aotcache/package.json");
  const { version } = JSON.parse(readFileSync(path, "utf8")) as { readonly version: string };
  const patterns = (_name: string, value: unknown): unknown =>
    value instanceof RegExp ? value.source : value;
  return createHash("sha256")
    .update(JSON.stringify([version, options], patterns))
    .digest("hex")
    .slice(0, 16);
}
