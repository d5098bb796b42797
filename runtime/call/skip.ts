import type { Call } from "./call.ts";
import { isPlain } from "../key/plain.ts";
import { features } from "./features.ts";
import { eventInfo } from "./store-result.ts";

/** Lets functions have the option `skip`. */
export function enableSkip(): void {
  features.isSkipped = isSkipped;
}

function isSkipped(call: Call, value: unknown): boolean {
  const { skip } = call.cachedFn.options;
  if (typeof skip !== "function") return SKIPS[skip!](value);
  try {
    return skip(value, ...call.args);
  } catch (error) {
    // The result is there and belongs to the caller; a predicate that fails keeps it from being kept only.
    call.cachedFn.store!.events.emit("error", () => ({ ...eventInfo(call), error, reason: "skip threw" }));
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
