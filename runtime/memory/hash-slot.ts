/** Returns 32 bits of a number. Fractions that are close to each other, such as latitudes, get different bits. */
export function bitsOf(slot: number): number {
  const whole = slot | 0;
  return whole === slot ? whole : (slot * 0x9e3779b1) | 0;
}

/** Returns a 32-bit hash of a slot. */
export function hashOfSlot(slot: unknown): number {
  if (typeof slot === "number") return bitsOf(slot);
  const text = typeof slot === "string" ? slot : String(slot);
  // At most 32 characters of a long text.
  const step = 1 + (text.length >> 5);
  let hash = text.length;
  for (let at = 0; at < text.length; at += step) hash = Math.imul(hash, 31) + text.charCodeAt(at);
  return hash | 0;
}

/** Returns a 32-bit hash of a key, given by its slots. */
export function hashOfSlots(slots: readonly unknown[]): number {
  let hash = 0;
  for (const slot of slots) hash = Math.imul(hash ^ hashOfSlot(slot), 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return hash ^ (hash >>> 13);
}
