/** `aotcache/internal` outside of browsers, where memory may hold many entries. See `internal-browser.ts`. */
export * from "./internal-browser.ts";
export { defineLarge as define } from "./functions/link-large.ts";
