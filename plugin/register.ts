/**
 * Compiles marked functions when they are loaded: `node --import aotcache/register app.ts`.
 *
 * Options come from `AOTCACHE_OPTIONS`, as JSON. Next to a runner like tsx, its place in the command makes no
 * difference; alone, this takes types away where Node.js does not, and JSX everywhere.
 *
 * @example
 * node --import aotcache/register src/server.ts
 * node --import tsx --import aotcache/register src/server.ts
 * AOTCACHE_OPTIONS='{ "namespace": "shop" }' node --import aotcache/register src/server.ts
 */
import * as module from "node:module";
import { createLazyCompilerSync } from "../src/index.ts";
import { hookRequire } from "./register/commonjs.ts";
import { createCore } from "./register/core.ts";
import { loadHook } from "./register/in-thread.ts";
import { hasRunner, Types } from "./register/types.ts";

/** What Node.js calls in the thread of its hooks, where it has one. */
export { initialize, load } from "./register/off-thread.ts";

type RegisterHooks = (hooks: { load: unknown }) => void;

/**
 * In the first releases that have them, such hooks fail where CommonJS and ES modules meet ("request for … is
 * not in cache"): those are treated like Node.js 20.
 */
const registerHooks = isFrom([22, 22, 3], [24, 11, 1], [25, 1, 0], [26, 0, 0])
  ? (module as { registerHooks?: RegisterHooks }).registerHooks
  : undefined;

const IN_HOOKS = "?hooks";

// The thread of hooks loads this file too, for what it exports.
if (!import.meta.url.endsWith(IN_HOOKS)) {
  const core = createCore();
  const hooked = {
    core,
    types: new Types(core.options.root!),
    compiler: createLazyCompilerSync(core.options),
  };
  if (registerHooks) registerHooks({ load: loadHook(hooked) });
  else {
    // The hooks have no way to switch this on in the thread of the program.
    if (!hasRunner) process.setSourceMapsEnabled(true);
    module.register(import.meta.url + IN_HOOKS);
  }
  hookRequire(hooked, registerHooks === undefined);
}

/** This Node.js is that release of its line or a later one, or of a later line than all. */
function isFrom(...releases: readonly (readonly [major: number, minor: number, patch: number])[]): boolean {
  const [major = 0, minor = 0, patch = 0] = process.versions.node.split(".").map(Number);
  return (
    major > releases.at(-1)![0] ||
    releases.some(
      ([line, least, fix]) => line === major && (minor > least || (minor === least && patch >= fix)),
    )
  );
}
