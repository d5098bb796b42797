import { parseDuration, type Duration } from "./duration.ts";
import { CacheError } from "./errors.ts";

/** Returns a ttl in milliseconds, `Infinity` for `forever`. @throws {CacheError} `ttl-invalid`. */
export function ttlOf(value: Duration): number {
  const ms = parseDuration(value);
  if (ms !== undefined) return ms;
  throw new CacheError(
    "ttl-invalid",
    `\`${String(value)}\` is not a ttl; write seconds above zero, or "500ms", "10s", "5m", "2h", "7d" or "forever".`,
  );
}
