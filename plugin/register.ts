/**
 * Compiles marked functions when Node.js loads their modules: `node --import aotcache/register app.ts`.
 *
 * Options are read from the environment variable `AOTCACHE_OPTIONS`, as JSON. With a runner like tsx, the order in
 * the command makes no difference. Without one, this module also removes types where Node.js does not, and compiles
 * JSX everywhere.
 *
 * @example
 * node --import aotcache/register src/server.ts
 * node --import tsx --import aotcache/register src/server.ts
 * AOTCACHE_OPTIONS='{ "namespace": "shop" }' node --import aotcache/register src/server.ts
 */
import * as module from "node:module";
import { createLazyCompilerSync } from "../src/index.ts";
import { errorAt } from "./core/on-load.ts";
import { hookRequire } from "./register/commonjs.ts";
import { createCore } from "./register/core.ts";
import { loadHook } from "./register/in-thread.ts";
import { hasRunner, Types } from "./register/types.ts";

/** Called by Node.js in its hooks thread, if `module.register` is used. */
export { initialize, load } from "./register/off-thread.ts";

type RegisterHooks = (hooks: { load: unknown }) => void;

/**
 * Hooks in the thread of the program. In the first releases that have them, they fail where CommonJS and ES modules
 * import each other ("request for … is not in cache"), so those releases are treated like Node.js 20.
 */
const registerHooks = isAtLeast([22, 22, 3], [24, 11, 1], [25, 1, 0], [26, 0, 0])
  ? (module as { registerHooks?: RegisterHooks }).registerHooks
  : undefined;

// Bun has no such hooks: it would run the program without a cache, and without a message.
if (process.versions["bun"] !== undefined)
  throw errorAt(
    "aotcache/register is for Node.js; in Bun, write `bun --preload aotcache/bun src/app.ts`.",
    import.meta.url,
  );

const HOOKS_QUERY = "?hooks";

// The hooks thread loads this file too, with this query, for its exports.
if (!import.meta.url.endsWith(HOOKS_QUERY)) {
  const core = createCore();
  const hooked = {
    core,
    types: new Types(core.options.root!),
    compiler: createLazyCompilerSync(core.options),
  };
  if (registerHooks) registerHooks({ load: loadHook(hooked) });
  else {
    // The hooks thread cannot enable source maps for the thread of the program.
    if (!hasRunner) process.setSourceMapsEnabled(true);
    module.register(import.meta.url + HOOKS_QUERY);
  }
  hookRequire(hooked, registerHooks === undefined);
}

/** Checks whether this Node.js is at least the given release of its line, or of a line newer than all given. */
function isAtLeast(
  ...releases: readonly (readonly [major: number, minor: number, patch: number])[]
): boolean {
  const [major = 0, minor = 0, patch = 0] = process.versions.node.split(".").map(Number);
  return (
    major > releases.at(-1)![0] ||
    releases.some(
      ([line, minMinor, minPatch]) =>
        line === major && (minor > minMinor || (minor === minMinor && patch >= minPatch)),
    )
  );
}
