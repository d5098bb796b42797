import { freeze, isCopyable } from "./copy.ts";
import { features } from "./features.ts";
import type { SiteOptions } from "./internal.ts";

/** Lets functions have the option `copy`. */
export function copies(): void {
  features.protect = protect;
}

function protect(value: unknown, copy: SiteOptions["copy"]): unknown {
  if (copy === "freeze") return freeze(value);
  if (copy !== "clone") return value;
  if (isCopyable(value)) return structuredClone(value);
  throw new TypeError("structuredClone would not give it back as it was");
}
