import type { CacheError } from "../contract/errors.ts";
import { extensions } from "../memory/extensions.ts";
import { isOutdated } from "../memory/tier.ts";
import type { Call } from "./slow-path.ts";
import type { CallEvent } from "./events.ts";
import { features } from "./features.ts";

/** A cached function and the place of one of its keys: where a result belongs. */
export type CallTarget = Pick<Call, "cachedFn" | "place"> & Partial<Call>;

/** Stores a result, unless `skip` excludes it or it cannot be stored; returns it in any case. */
export function storeResult(
  call: Call,
  value: unknown,
  { promised, now }: { promised: boolean; now: number },
): unknown {
  const ttl = ttlToKeep(call, value);
  // A spread would make a miss take half as long again.
  if (ttl > 0) storeValue(call, value, { promised, now, ttl });
  return value;
}

/**
 * How long a result is fresh, without jitter, in milliseconds; 0 if it is not stored, because `skip` or its `ttl` says
 * so.
 */
export function ttlToKeep(call: Call, value: unknown): number {
  const { options, store } = call.cachedFn;
  if (isSkipped(call, value)) return 0;
  return features.ttlToKeep?.(call, value) ?? (options.ttl as number | undefined) ?? store!.ttlMs;
}

/** Stores a value in memory. An error is emitted as an event and returned, never thrown. */
export function storeValue(
  target: CallTarget,
  value: unknown,
  { promised, now, ttl }: { promised: boolean; now: number; ttl: number },
): CacheError | undefined {
  const { cachedFn, place, took, states } = target;
  const { options, tier, counters } = cachedFn;
  if (isOutdated(states)) return undefined;
  let stored = value;
  if (options.copy !== "none") {
    try {
      stored = features.protect!(value, options.copy, target.slots && (target as Call));
    } catch (cause) {
      return features.refuse!(target, cause as Error);
    }
  }
  const expires = now + withJitter(ttl, options);
  const refused = tier.store(place, { value: stored, expires, promised, took, tags: states }, now);
  if (refused) return refused === "large" ? features.refuse?.(target) : undefined;
  cachedFn.root.onStore?.(cachedFn, place);
  counters.sets++;
  emitCall("set", target);
  return undefined;
}

/** Shortens a time by a random share of up to the option `jitter`. */
export const withJitter = (ttl: number, { jitter }: { readonly jitter?: number }): number =>
  jitter ? ttl * (1 - jitter * (extensions.random ?? Math.random)()) : ttl;

/** Whether the option `skip` excludes a result from being stored. */
export const isSkipped = (call: Call, value: unknown): boolean =>
  call.cachedFn.options.skip !== undefined && features.isSkipped!(call, value);

/** Emits an event of a cached function to the listeners of its cache, and to observers. */
export function emitCall(...event: CallEvent): void {
  features.events?.emitCall(...event);
  event[1].cachedFn.store!.events?.emitCall(...event);
}
