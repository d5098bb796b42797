/** Keeps `.tsbuildinfo` files of plain tsc from being reused: only builds of aotcache count as up to date. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type ts from "typescript";
import type { BuildJob } from "./job.ts";

const BUILD_INFO_FILE = /\.tsbuildinfo$/;

/**
 * Adds a digest to the `.tsbuildinfo` files that are written, and hides files with another digest or none. Otherwise
 * the output of plain tsc, other options or another version of aotcache would count as up to date.
 */
export function withOwnBuildInfo(system: ts.System, { options }: BuildJob): ts.System {
  const digest = digestOf(options);
  return {
    ...system,
    readFile: (path, encoding) => {
      const text = system.readFile(path, encoding);
      return text !== undefined && BUILD_INFO_FILE.test(path) && digestIn(text) !== digest ? undefined : text;
    },
    writeFile: (path, text, ...rest) => {
      system.writeFile(
        path,
        BUILD_INFO_FILE.test(path) ? text.replace(/\}\s*$/, `,"aotcache":"${digest}"}`) : text,
        ...rest,
      );
    },
  };
}

const digestIn = (text: string): string | undefined => /,"aotcache":"(\w+)"\}$/.exec(text)?.[1];

function digestOf(options: BuildJob["options"]): string {
  const path = createRequire(import.meta.url).resolve("aotcache/package.json");
  const { version } = JSON.parse(readFileSync(path, "utf8")) as { readonly version: string };
  const patterns = (_name: string, value: unknown): unknown =>
    value instanceof RegExp ? value.source : value;
  return createHash("sha256")
    .update(JSON.stringify([version, options], patterns))
    .digest("hex")
    .slice(0, 16);
}
