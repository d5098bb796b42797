/** How Redis Cluster distributes keys: https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/ */

const SLOT_COUNT = 16_384;

/** CRC-16/XMODEM of each byte. */
const CRC_TABLE: Uint16Array = /* @__PURE__ */ Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc;
});

/**
 * The hash slot of a key. Only the hash tag counts: the text between the first `{` and the next `}`, if not empty.
 *
 * @example
 * slotOf("users:{42}:name") === slotOf("{42}"); // true
 */
export function slotOf(key: string | Buffer): number {
  let bytes = Buffer.from(key as string);
  const tag = hashTag(bytes);
  if (tag) bytes = bytes.subarray(...tag);
  let crc = 0;
  for (const byte of bytes) crc = ((crc << 8) ^ CRC_TABLE[((crc >> 8) ^ byte) & 0xff]!) & 0xffff;
  return crc % SLOT_COUNT;
}

function hashTag(key: string | Buffer): [start: number, end: number] | undefined {
  const open = key.indexOf("{");
  const end = open < 0 ? -1 : key.indexOf("}", open);
  return end > open + 1 ? [open + 1, end] : undefined;
}
