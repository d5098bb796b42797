import { CacheError } from "../contract/errors.ts";

/** An entry of this package, and the package that it needs. */
export interface OptionalPeer {
  /** For example `aotcache/redis`. */
  readonly entry: string;
  /** For example `ioredis`. */
  readonly name: string;
}

/**
 * Loads a package that users install themselves.
 *
 * @param load calls `require` with the name of the package as a literal, so that bundlers find it
 * @throws {CacheError} `peer-missing` if the package is not installed; the message has the command that installs it
 */
export function loadOptionalPeer<T>({ entry, name }: OptionalPeer, load: () => T): T {
  try {
    return load();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    // If the package is installed but lacks a dependency of its own, that error is more helpful.
    if (code !== "MODULE_NOT_FOUND" || !message.includes(`'${name}'`)) throw cause;
    throw new CacheError("peer-missing", `${entry} needs ${name}; install it with \`npm install ${name}\`.`, {
      cause,
    });
  }
}
