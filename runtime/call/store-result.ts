import type { Call } from "./call.ts";
import { CacheError } from "../contract/errors.ts";
import { features } from "./features.ts";

type CallTarget = Pick<Call, "cachedFn" | "place">;

/** Keeps a result, unless an option or the value itself is against it; gives it back. `now` is the time. */
export function storeResult(call: Call, value: unknown, how: { promised: boolean; now: number }): unknown {
  if (!isSkipped(call, value)) storeValue(call, value, how);
  return value;
}

/** Puts a value into memory. What keeps it from being kept is an event, and given back; never thrown. */
export function storeValue(
  { cachedFn, place }: CallTarget,
  value: unknown,
  { promised, now }: { promised: boolean; now: number },
): CacheError | undefined {
  const { options, tier, counters, store } = cachedFn;
  let kept = value;
  if (options.copy !== "none") {
    try {
      kept = features.protect!(value, options.copy);
    } catch (cause) {
      const error = new CacheError("unstorable", `${cachedFn.id}: ${(cause as Error).message}.`, { cause });
      store!.events.emit("error", () => ({
        ...eventInfo({ cachedFn, place }),
        error,
        reason: (cause as Error).message,
      }));
      return error;
    }
  }
  const ttl = options.ttl ?? store!.ttlMs;
  const expires = now + (options.jitter ? ttl * (1 - options.jitter * Math.random()) : ttl);
  tier.store(place, { value: kept, expires, promised }, now);
  counters.sets++;
  store!.events.emit("set", () => eventInfo({ cachedFn, place }));
  return undefined;
}

/** Whether an option is against keeping a result. */
export const isSkipped = (call: Call, value: unknown): boolean =>
  call.cachedFn.options.skip !== undefined && features.isSkipped!(call, value);

/** What every event of a function says. */
export const eventInfo = ({ cachedFn, place }: CallTarget): { key: string; id: string } => ({
  key: cachedFn.keyTextAt(place),
  id: cachedFn.id,
});
