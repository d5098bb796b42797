import { CacheError } from "../contract/errors.ts";

/** An entry of this package, and the package that it needs. */
export interface OptionalPeer {
  /** For example `aotcache/redis`. */
  readonly entry: string;
  /** For example `ioredis`. */
  readonly name: string;
}

/**
 * Loads a package that users install themselves, after `require` with its name as a literal has failed. Bundlers find
 * the literal; an ES module of Node.js has no `require`.
 *
 * @param cause why it failed
 * @param load loads the package by the path of the importing module, which a bundle may not have
 * @throws {CacheError} `peer-missing` if the package is not installed; the message has the command that installs it
 */
export function loadOptionalPeer<T>({ entry, name }: OptionalPeer, cause: unknown, load: () => T): T {
  try {
    return load();
  } catch (second) {
    // If the package is installed but lacks a dependency of its own, that error is more helpful.
    const isMissing = [cause, second].some((error) => {
      const { code, message } = error as NodeJS.ErrnoException;
      return code === "MODULE_NOT_FOUND" && message.includes(`'${name}'`);
    });
    if (!isMissing) throw second;
    throw new CacheError("peer-missing", `${entry} needs ${name}; install it with \`npm install ${name}\`.`, {
      cause: second,
    });
  }
}
