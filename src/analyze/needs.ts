/** Decides which optional features of the runtime a function needs. */
import type { KeyPart, Mode, SpecOptions } from "../../runtime/contract/spec.ts";
import type { Need } from "../site.ts";
import { withoutObjects } from "./key/by-identity.ts";
import { isPrimitiveText } from "./key/shape.ts";

export interface NeedInput {
  /** Canonical types of the key's inputs, captured variables included. */
  readonly types: readonly string[];
  readonly parts: readonly KeyPart[];
  readonly omitted: readonly unknown[];
  readonly mode: Mode;
  /** The type of the result proves that it is plain data. */
  readonly proven: boolean;
}

/** Tells whether values of a primitive type, given by its canonical text, may be of any length. */
const isText = (type: string): boolean => /string|bigint/.test(type.replace(/"[^"]*"/g, ""));

export function needsOf(
  { swr, sie, refresh, deadline, skip, copy, tags, backend }: SpecOptions,
  { parts, types: all, omitted, mode, proven }: NeedInput,
): readonly Need[] {
  const types = all.map(withoutObjects);
  const hasIdentity = parts.some(({ identity }) => identity);
  const primitive = types.every(isPrimitiveText);
  const needs: readonly (readonly [Need, boolean])[] = [
    ["enableBuiltInKeys", !primitive],
    // A long text is kept as its hash.
    ["enableHashes", primitive && types.some(isText)],
    ["enableIdentity", hasIdentity],
    ["enableResultChecks", !proven],
    // A parameter that is left out of the key may hold a signal, too.
    ["enableSignals", mode !== "sync" && (hasIdentity || !(primitive && omitted.length === 0))],
    ["enableStale", [swr, sie, refresh].some((option) => option !== undefined)],
    ["enableDeadline", deadline !== undefined],
    ["enableSkip", skip !== undefined],
    ["enableCopy", copy !== undefined && copy !== "none"],
    ["enableTags", tags !== undefined],
    ["enableBackends", backend !== undefined],
  ];
  return needs.flatMap(([need, isNeeded]) => (isNeeded ? [need] : []));
}
