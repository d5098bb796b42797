import { CacheError } from "../contract/errors.ts";

/** An entry of this package, and the package that it needs next to it. */
export interface OptionalPeer {
  /** `aotcache/redis` */
  readonly entry: string;
  /** `ioredis` */
  readonly name: string;
}

/**
 * Loads a package that users install themselves.
 *
 * @param load what loads it; the call that names the package stands there, where bundlers look for it
 * @throws {CacheError} `peer-missing` if it is not installed, with the one command that installs it.
 */
export function loadOptionalPeer<T>({ entry, name }: OptionalPeer, load: () => T): T {
  try {
    return load();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    // A package that is there and lacks something of its own is another matter.
    if (code !== "MODULE_NOT_FOUND" || !message.includes(`'${name}'`)) throw cause;
    throw new CacheError("peer-missing", `${entry} needs ${name}; install it with \`npm install ${name}\`.`, {
      cause,
    });
  }
}
