/** Tells whether `AOTCACHE_DISABLE=1` is set: every cached function then runs without caching. */
export function isDisabled(): boolean {
  try {
    return process.env.AOTCACHE_DISABLE === "1";
  } catch {
    return false;
  }
}

/** Tells whether `AOTCACHE_REQUIRE_COMPILED=1` is set: an uncompiled `cached()` then throws. */
export function isCompiledRequired(): boolean {
  try {
    return process.env.AOTCACHE_REQUIRE_COMPILED === "1";
  } catch {
    return false;
  }
}

/** Tells whether this is production. Bundlers replace `process.env.NODE_ENV` by its value. Without `process`, as in a page without a bundler, it is not. */
export function isProduction(): boolean {
  try {
    return process.env.NODE_ENV === "production";
  } catch {
    return false;
  }
}

/** Writes a warning to the console, except in production. */
export function warn(message: string): void {
  if (!isProduction()) console.warn(`aotcache: ${message}`);
}
