/** Decides from the text alone whether a file can contain a mark. */

/** `G`: up to four word characters, of any alphabet, between two letters. */
const GAP = String.raw`[^\x00-\x23\x25-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]{0,4}`;

const ALTERNATIVES = [
  "aotcache",
  "@[Ii][Nn][Vv][Aa]",
  String.raw`\bcached\b`,
  "@[Cc]G(?:[Aa]G(?:[Cc]G[HhEeDd]|[Hh]G[EeDd]|[Ee]G[Dd])|[Cc]G(?:[Hh]G[EeDd]|[Ee]G[Dd])|[Hh]G[Ee]G[Dd])",
];

/**
 * Matches the text of every file that can contain a mark. Bundlers use it to filter files before they call the
 * compiler.
 *
 * It matches the package's name; `@invalidates`; the word `cached`, in a pragma or as a name that a module re-exports; and a
 * pragma with up to two typing errors, which starts with `@c` and has at least three of the letters of `ached`
 * in their order. It has no flags, no look-around and only bounded repetition, so Rust's engine accepts it and
 * it runs in linear time.
 *
 * @example
 * import { MARK } from "aotcache/compiler";
 *
 * MARK.test("// @cached ttl=10\nexport const f = (n: number) => n;"); // true
 */
export const MARK: RegExp = new RegExp(ALTERNATIVES.join("|").replaceAll("G", GAP));

/**
 * Tells whether a file can contain a marked function that is not compiled yet. `false` is certain; `true` means that the file has to be
 * compiled to find out.
 *
 * @example
 * import { mayContainMark } from "aotcache/compiler";
 *
 * mayContainMark("export const f = (n: number) => n;"); // false
 */
export function mayContainMark(text: string): boolean {
  return MARK.test(text) && !isEmitted(text);
}

/** The import that the compiler inserts, also after a transpiler to CommonJS, which may rename it. */
const EMITTED =
  /(?:\$aot|aot\$)\w*\s*from\s*["']aotcache\/internal["']|\brequire\(["']aotcache\/internal["']\)/;

/**
 * Recognises what the compiler wrote. It still has the pragmas, but a second compiler must not compile it again.
 *
 * @example
 * import { isEmitted } from "aotcache/compiler";
 *
 * isEmitted("// @cached\nexport const f = (n: number) => n;"); // false
 */
export function isEmitted(text: string): boolean {
  return EMITTED.test(text);
}
