import { shared } from "./shared.ts";

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

const warnings = /* @__PURE__ */ shared("warnings", (): { write?: (message: string) => void } => ({}));

/** Sends all warnings elsewhere, in production too; without an argument, to the console again. */
export function setWarningSink(write?: (message: string) => void): void {
  if (write) warnings.write = write;
  else delete warnings.write;
}

/** Writes a warning to the log of `configure({ log })`, or else to the console, except in production. */
export function warn(message: string): void {
  if (warnings.write) warnings.write(message);
  else if (!isProduction()) console.warn(`aotcache: ${message}`);
}

/**
 * What the environment variable `DEBUG` names, as a function of a name; `undefined` if it is empty. Names are separated by
 * commas or white space, `*` stands for any text, and `-name` leaves a name out.
 */
export function debugNames(): ((name: string) => boolean) | undefined {
  let text: unknown;
  try {
    // Not `process.env.DEBUG`: Nitro replaces that by `false` or `true`.
    const { env } = process;
    text = env.DEBUG;
  } catch {
    // A page without a bundler has no `process`.
  }
  const words = typeof text === "string" ? text.split(/[\s,]+/).filter(Boolean) : [];
  if (words.length === 0) return undefined;
  const matches = (word: string, name: string): boolean =>
    new RegExp(`^${word.replace(/[\\^$.+?()[\]{}|]/g, "\\$&").replaceAll("*", ".*")}$`).test(name);
  return (name) =>
    words.some((word) => matches(word, name)) &&
    !words.some((word) => word.startsWith("-") && matches(word.slice(1), name));
}

/** Tells whether this is development, as tools of development set it. */
export function isDevelopment(): boolean {
  try {
    return process.env.NODE_ENV === "development";
  } catch {
    return false;
  }
}
