import type { SpecOptions } from "../contract/spec.ts";
import { freeze, isCopyable } from "./copy.ts";
import { features } from "./features.ts";
import type { Flight } from "./flight.ts";
import type { Call } from "./slow-path.ts";

/** Enables the option `copy`. */
export function enableCopy(): void {
  features.protect = protect;
  features.shareCopies = shareCopies;
}

/** See `Features`. Takes a copy before the first caller gets the result, which it may change. */
function shareCopies({ cachedFn }: Call, flight: Flight): void {
  if (cachedFn.options.copy !== "clone") return;
  flight.promise = flight.promise!.then((value) => {
    if (!flight.joined) return value;
    try {
      const copy = protect(value, "clone");
      flight.answerJoined ??= () => structuredClone(copy);
    } catch {
      // What cannot be copied is not stored either. Those who share its run share it.
    }
    return value;
  });
}

function protect(value: unknown, copy: SpecOptions["copy"]): unknown {
  try {
    if (copy === "freeze") return freeze(value);
    if (isCopyable(value)) return structuredClone(value);
  } catch (cause) {
    throw new TypeError(NOT_COPYABLE, { cause });
  }
  throw new TypeError(NOT_COPYABLE);
}

const NOT_COPYABLE =
  'the result is not stored: it cannot be copied or frozen (a function, a class instance); write copy: "none"';
