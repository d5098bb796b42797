/** Values and times in commands of Redis. */
import type { Data } from "../contract/driver.ts";

/** ioredis accepts bytes only as a Buffer. */
export function toArgument(data: Data): string | Buffer {
  if (typeof data === "string" || Buffer.isBuffer(data)) return data;
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

/** The argument of PX: whole milliseconds, at least 1; "" without expiry, or for one beyond the safe integers. */
export function px(ttl: number): string {
  return ttl > Number.MAX_SAFE_INTEGER ? "" : String(Math.max(1, Math.ceil(ttl)));
}

/** The answer of PTTL. */
export function millisecondsOf(reply: unknown): number | undefined {
  const ms = Number(reply);
  return ms === -2 ? undefined : ms === -1 ? Infinity : ms;
}
