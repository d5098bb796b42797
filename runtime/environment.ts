/**
 * Reads a variable of the environment where there is one; bundlers replace `process.env.NODE_ENV` by its
 * value, and in a browser without a bundler there is no `process` at all.
 */
function nodeEnv(): string | undefined {
  try {
    return process.env.NODE_ENV;
  } catch {
    return undefined;
  }
}

/** `NODE_ENV=production`: no warnings. */
export const isProduction = (): boolean => nodeEnv() === "production";

/** `AOTCACHE_DISABLE=1`: every cached function runs as if unmarked. */
export function isDisabled(): boolean {
  try {
    return process.env.AOTCACHE_DISABLE === "1";
  } catch {
    return false;
  }
}

/** Writes a warning where a developer sees it, and nothing in production. */
export function warn(message: string): void {
  if (!isProduction()) console.warn(`aotcache: ${message}`);
}
