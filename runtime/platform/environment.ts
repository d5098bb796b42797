/** `AOTCACHE_DISABLE=1`: every cached function runs as if unmarked. */
export function isDisabled(): boolean {
  try {
    return process.env.AOTCACHE_DISABLE === "1";
  } catch {
    return false;
  }
}

/**
 * Writes a warning where a developer sees it, and nothing in production. Bundlers replace `process.env.NODE_ENV` by
 * its value; in a page without a bundler there is no `process` at all.
 */
export function warn(message: string): void {
  try {
    if (process.env.NODE_ENV === "production") return;
  } catch {
    // As if it were unset.
  }
  console.warn(`aotcache: ${message}`);
}
