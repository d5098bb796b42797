import { CacheError } from "../contract/errors.ts";
import { features } from "./features.ts";
import { nameWithPlace } from "./name-with-place.ts";
import { emitCall, type CallTarget } from "./store-result.ts";

/** Enables reports of results that memory does not keep. */
export function enableRefusals(): void {
  features.refuse = refuse;
}

/** Why a value is not stored in memory. */
export const TOO_LARGE = "it is larger than `maxBytes`";

/** See `Features.refuse`. */
function refuse(target: CallTarget, cause?: Error): CacheError {
  const { cachedFn } = target;
  cachedFn.counters.errors++;
  const reason = cause?.message ?? `the result is not stored: ${TOO_LARGE}`;
  if (!cause)
    features.warnings?.unstored(cachedFn, `${TOO_LARGE}; cache a part of it, or raise \`maxBytes\`.`);
  const error = new CacheError("unstorable", `${nameWithPlace(cachedFn)}: ${reason}.`, { cause });
  emitCall("error", target, { error, reason });
  return error;
}
