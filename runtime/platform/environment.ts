/** Tells whether `AOTCACHE_DISABLE=1` is set: every cached function then runs without caching. */
export function isDisabled(): boolean {
  try {
    return process.env.AOTCACHE_DISABLE === "1";
  } catch {
    return false;
  }
}

/**
 * Writes a warning to the console, except in production. Bundlers replace `process.env.NODE_ENV` by its value; a page
 * without a bundler has no `process`.
 */
export function warn(message: string): void {
  try {
    if (process.env.NODE_ENV === "production") return;
  } catch {
    // No `process`: treated like an unset variable.
  }
  console.warn(`aotcache: ${message}`);
}
