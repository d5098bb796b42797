/** Checks the host of an integration when it starts, because a host that lacks a hook fails later, or not at all. */
import { InputError } from "../../src/index.ts";

/** An integration, and what it works with. */
export interface HostRequirement {
  /** For example `aotcache/vite`. */
  readonly entry: string;
  /** For example `Vite 6 or newer`. */
  readonly needs: string;
}

/** @throws {InputError} if the host cannot run the integration; the message is one line, and so is the stack */
export function requireHost(isSupported: boolean, { entry, needs }: HostRequirement): void {
  if (isSupported) return;
  const advice =
    "Update it, use the integration of your build tool, or build what `npx aotcache rewrite` writes.";
  const error = new InputError(`${entry} needs ${needs}. ${advice}`);
  throw Object.assign(error, { stack: `Error: ${error.message}` });
}
