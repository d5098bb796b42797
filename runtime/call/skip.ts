import { isPlain } from "../key/plain.ts";
import type { Call } from "./slow-path.ts";
import { features } from "./features.ts";
import { emitCall } from "./store-result.ts";

/** Enables the option `skip`. */
export function enableSkip(): void {
  features.isSkipped = isSkipped;
}

function isSkipped(call: Call, value: unknown): boolean {
  const { skip } = call.cachedFn.options;
  try {
    const isExcluded = typeof skip === "function" ? skip(value, ...call.args) : SKIP_TESTS[skip!](value);
    if (isExcluded) features.warnings?.excluded(call.cachedFn, "skip");
    return isExcluded;
  } catch (error) {
    call.cachedFn.counters.errors++;
    // The caller still gets the result. A predicate that throws only keeps it from being stored.
    emitCall("error", call, { error, reason: "skip threw" });
    features.warnings?.unstored(call.cachedFn, `\`skip\` threw ${String(error)}; return a boolean.`, "skip ");
    return true;
  }
}

const SKIP_TESTS: Record<"null" | "undefined" | "nullish" | "empty", (value: unknown) => boolean> = {
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
