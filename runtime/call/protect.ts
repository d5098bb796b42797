import type { SpecOptions } from "../contract/spec.ts";
import { freeze, isCopyable } from "./copy.ts";
import { features } from "./features.ts";

/** Enables the option `copy`. */
export function enableCopy(): void {
  features.protect = protect;
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
