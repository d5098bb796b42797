import type { Mode, SiteOptions } from "../../runtime/contract/spec.ts";
import type { Need } from "../site.ts";
import { isPrimitiveText } from "./key/shape.ts";

export interface Known {
  /** Canonical types of what makes the key. */
  readonly types: readonly string[];
  readonly omitted: readonly unknown[];
  readonly mode: Mode;
}

export function needsOf(
  { swr, sie, skip, copy, backend }: SiteOptions,
  { types, omitted, mode }: Known,
): readonly Need[] {
  const primitive = types.every(isPrimitiveText);
  const needs: readonly (readonly [Need, boolean])[] = [
    ["kinds", !primitive],
    // What is left out of the key may hold a signal, too.
    ["signals", mode !== "sync" && !(primitive && omitted.length === 0)],
    ["stale", swr !== undefined || sie !== undefined],
    ["skips", skip !== undefined],
    ["copies", copy !== undefined && copy !== "none"],
    ["backends", backend !== undefined],
  ];
  return needs.flatMap(([need, isNeeded]) => (isNeeded ? [need] : []));
}
