/** `G`: up to four characters of a word between two letters, whatever alphabet they are of. */
const GAP = String.raw`[^\x00-\x23\x25-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]{0,4}`;

const ALTERNATIVES = [
  "aotcache",
  String.raw`\bcached\b`,
  "@[Cc]G(?:[Aa]G(?:[Cc]G[HhEeDd]|[Hh]G[EeDd]|[Ee]G[Dd])|[Cc]G(?:[Hh]G[EeDd]|[Ee]G[Dd])|[Hh]G[Ee]G[Dd])",
];

/**
 * What a bundler looks for before it hands a file over: cheap, and never narrower than what `find` accepts.
 *
 * Three ways to be marked: the package's own name; the word `cached`, in a pragma or as what a module hands
 * on; and a pragma misspelt by up to two slips. Such a word starts with `@c` and keeps at least three of the
 * letters of `ached` in their order, which is what the last alternative says. Plain enough for Rust's engine:
 * no flags, no look-around, every repetition bounded, so that it is linear.
 */
export const MARK: RegExp = new RegExp(ALTERNATIVES.join("|").replaceAll("G", GAP));

/** Tells whether a file can hold a marked function; `false` is certain, `true` is worth a look. */
export function mayContainMark(text: string): boolean {
  return MARK.test(text);
}
