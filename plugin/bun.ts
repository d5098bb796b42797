import { resolveCompilerOptions, type CompilerOptions } from "../src/index.ts";
import { compileForBundle } from "./bun/bundle.ts";
import { bun, type BunPlugin } from "./bun/host.ts";
import { compileProgram } from "./bun/program.ts";
import { optionsFromEnvironment } from "./register/core.ts";

export type { CompilerOptions as AotcacheOptions } from "../src/index.ts";

/**
 * Creates the plugin for `Bun.build` and `Bun.plugin`, which compiles marked functions.
 *
 * As a preloaded module, `aotcache/bun` needs no call: it compiles the modules of the program as they load. Options are
 * then read from the environment variable `AOTCACHE_OPTIONS`, as JSON.
 *
 * @param options all are optional; paths are relative to the working directory
 * @throws {Error} if an option is unknown or has an invalid value
 * @example
 * // build.ts
 * import aotcache from "aotcache/bun";
 *
 * await Bun.build({ entrypoints: ["src/main.ts"], outdir: "dist", plugins: [aotcache()] });
 * @example
 * bun --preload aotcache/bun src/server.ts
 */
export default function aotcache(options: CompilerOptions = {}): BunPlugin {
  resolveCompilerOptions(options);
  return {
    name: "aotcache",
    setup(build) {
      if (build.config) compileForBundle(build, options);
      else compileProgram(build, options);
    },
  };
}

bun?.plugin(aotcache(optionsFromEnvironment()));
