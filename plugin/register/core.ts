/** Shared by all hooks into Node.js. */
import { InputError, isInputError, resolveCompilerOptions, type CompilerOptions } from "../../src/index.ts";
import { createOnLoad, errorAt, type OnLoad } from "../core/on-load.ts";

export interface RegisterCore extends OnLoad {
  /** Calls `work`, unless another call is in progress: the compiler loads modules too, which calls the hooks. */
  unlessBusy<T>(work: () => T): T | undefined;
}

/** @throws {Error} if `AOTCACHE_OPTIONS` is not JSON or has an invalid option */
export function createCore(): RegisterCore {
  let isBusy = false;
  return {
    ...createOnLoad({ ...optionsFromEnvironment(), root: process.cwd() }),
    unlessBusy(work) {
      if (isBusy) return undefined;
      isBusy = true;
      try {
        return work();
      } finally {
        isBusy = false;
      }
    },
  };
}

/** Reads `AOTCACHE_OPTIONS='{ "namespace": "shop" }'`. A preloaded module cannot take options in another way. */
export function optionsFromEnvironment(): CompilerOptions {
  const text = process.env["AOTCACHE_OPTIONS"];
  if (!text) return {};
  try {
    const options: unknown = JSON.parse(text);
    resolveCompilerOptions(options);
    return options as CompilerOptions;
  } catch (error) {
    const { message } = isInputError(error)
      ? error
      : new InputError('write options as JSON, like `{ "strict": true }`.');
    throw errorAt(`${message}\n`, "AOTCACHE_OPTIONS");
  }
}
