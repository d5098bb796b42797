import type { Call } from "./call.ts";
import { now } from "./clock.ts";
import { freeze, isCopyable, isPlain } from "./copy.ts";
import { CacheError } from "./errors.ts";
import type { SiteOptions } from "./internal.ts";

type Where = Pick<Call, "site" | "place">;
type Outcome = Pick<Call, "site" | "place" | "args">;

/** Keeps a result, unless an option or the value itself is against it; gives it back. */
export function keep(outcome: Outcome, value: unknown, promised: boolean): unknown {
  if (!isSkipped(outcome, value)) put(outcome, value, promised);
  return value;
}

/** Puts a value into memory. What keeps it from being kept is an event, and given back; never thrown. */
export function put({ site, place }: Where, value: unknown, promised: boolean): CacheError | undefined {
  const { options, tier, counters } = site;
  try {
    const kept = protect(value, options.copy);
    const ttl = options.ttl ?? site.store!.ttlMs;
    const time = now();
    const expires = time + ttl * (1 - (options.jitter ?? 0) * Math.random());
    tier.keep(place, { value: kept, expires, promised }, time);
  } catch (cause) {
    const reason =
      'the result is not kept: it cannot be copied or frozen (a function, a class instance); write copy: "none"';
    const error = new CacheError("unstorable", `${site.id}: ${reason}.`, { cause });
    site.store!.events.emit("error", () => ({ ...about({ site, place }), error, reason }));
    return error;
  }
  counters.sets++;
  site.store!.events.emit("set", () => about({ site, place }));
  return undefined;
}

/** What is kept in place of a value, so that a caller who changes what it was given changes nobody else's. */
function protect(value: unknown, copy: SiteOptions["copy"]): unknown {
  if (copy === "freeze") return freeze(value);
  if (copy !== "clone") return value;
  if (isCopyable(value)) return structuredClone(value);
  throw new TypeError("structuredClone would not give it back as it was");
}

/** Whether an option is against keeping a result. */
export function isSkipped({ site, place, args }: Outcome, value: unknown): boolean {
  const { skip } = site.options;
  if (skip === undefined) return false;
  if (typeof skip !== "function") return SKIPS[skip](value);
  try {
    return skip(value, ...args);
  } catch (error) {
    // The result is there and belongs to the caller; a predicate that fails keeps it from being kept only.
    site.store!.events.emit("error", () => ({ ...about({ site, place }), error, reason: "skip threw" }));
    return true;
  }
}

const SKIPS: Record<"null" | "undefined" | "nullish" | "empty", (value: unknown) => boolean> = {
  null: (value) => value === null,
  undefined: (value) => value === undefined,
  nullish: (value) => value === null || value === undefined,
  empty: (value) => {
    if (value === null || value === undefined || value === "") return true;
    if (value instanceof Map || value instanceof Set) return value.size === 0;
    return (
      typeof value === "object" && (Array.isArray(value) || isPlain(value)) && Object.keys(value).length === 0
    );
  },
};

/** What every event of a function says. */
export const about = ({ site, place }: Where): { key: string; id: string } => ({
  key: site.textOfPlace(place),
  id: site.id,
});
