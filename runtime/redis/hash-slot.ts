/** How Redis Cluster spreads keys: https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/ */

const SLOTS = 16_384;

/** CRC-16/XMODEM, a byte at a time. */
const TABLE: Uint16Array = /* @__PURE__ */ Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc;
});

/**
 * The hash slot of a key: of the text between its first `{` and the `}` after it, if there is some, else of all.
 *
 * @example
 * slotOf("users:{42}:name") === slotOf("{42}"); // true
 */
export function slotOf(key: string | Buffer): number {
  let bytes = Buffer.from(key as string);
  const tag = hashTag(bytes);
  if (tag) bytes = bytes.subarray(...tag);
  let crc = 0;
  for (const byte of bytes) crc = ((crc << 8) ^ TABLE[((crc >> 8) ^ byte) & 0xff]!) & 0xffff;
  return crc % SLOTS;
}

function hashTag(key: string | Buffer): [start: number, end: number] | undefined {
  const open = key.indexOf("{");
  const end = open < 0 ? -1 : key.indexOf("}", open);
  return end > open + 1 ? [open + 1, end] : undefined;
}

/**
 * A key for something about another key, in the same slot, so that one script may use both.
 *
 * `kind` starts with `@`, which no scope of a cache does: nothing that is cleared by its prefix takes it along.
 * What follows it tells the three forms apart, so that no two keys have one.
 *
 * @example
 * besideKey("@lease", "f({id:1})"); // "@lease:f({id:1})"
 * besideKey("@lease", "main:k:a");  // "@lease{main:k:a}"
 * besideKey("@lease", "f({})");     // "@lease~{a8f}f({})", if a8f has its slot
 */
export function besideKey(kind: `@${string}`, key: string): string {
  if (hashTag(key)) return `${kind}:${key}`;
  if (key !== "" && !key.includes("}")) return `${kind}{${key}}`;
  return `${kind}~{${tagOf(slotOf(key))}}${key}`;
}

/** A short text for each slot, as far as they were looked for. */
const tags: string[] = [];
let tried = 0;

function tagOf(slot: number): string {
  while (tags[slot] === undefined) {
    const tag = (tried++).toString(36);
    tags[slotOf(tag)] ??= tag;
  }
  return tags[slot];
}
