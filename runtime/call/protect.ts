import { freeze, isCopyable } from "./copy.ts";
import { features } from "./features.ts";
import type { SpecOptions } from "../contract/spec.ts";

/** Lets functions have the option `copy`. */
export function enableCopy(): void {
  features.protect = protect;
}

function protect(value: unknown, copy: SpecOptions["copy"]): unknown {
  try {
    if (copy === "freeze") return freeze(value);
    if (isCopyable(value)) return structuredClone(value);
  } catch (cause) {
    throw new TypeError(REASON, { cause });
  }
  throw new TypeError(REASON);
}

const REASON =
  'the result is not kept: it cannot be copied or frozen (a function, a class instance); write copy: "none"';
