/** Suggests a value of `key=` for a function with a parameter that has no key as a whole. */
import { ts } from "ts-morph";
import { propertyName } from "../types/type-shape.ts";
import type { Types } from "../types/types.ts";
import type { KeyInput } from "./inputs.ts";
import { inputVerdicts } from "./inputs.ts";
import type { Verdict } from "./keyability.ts";

/** A longer list of paths does not help. */
const MAX_HINT_CHARS = 60;

/** Returns the parameters that have a key, and those properties of the faulty one that do: `id,opts.limit`. */
export function keyHint(faulty: KeyInput, inputs: readonly KeyInput[], types: Types): string | undefined {
  const properties = keyableProperties(faulty, inputErrors(faulty, types), types);
  if (properties.length === 0) return undefined;
  const paths = inputs.flatMap((input) => {
    if (input === faulty) return properties;
    return inputErrors(input, types).length > 0 ? [] : [input.path];
  });
  const text = paths.join(",");
  return text.length > MAX_HINT_CHARS ? undefined : text;
}

function inputErrors(input: KeyInput, types: Types): readonly Verdict[] {
  return inputVerdicts(input, types).filter(({ kind }) => kind !== "unproved");
}

function keyableProperties(
  { path, type }: KeyInput,
  faults: readonly Verdict[],
  { checker }: Types,
): readonly string[] {
  if (faults.some((fault) => !fault.path.startsWith(`${path}.`))) return [];
  const whole = checker.getNonNullableType(type());
  if ((whole.flags & ts.TypeFlags.Object) === 0) return [];
  return checker
    .getPropertiesOfType(whole)
    .map(propertyName)
    .filter((name) => /^[A-Za-z$_][\w$]*$/.test(name))
    .map((name) => `${path}.${name}`)
    .filter(
      (name) => !faults.some((fault) => fault.path === name || /^[.[]/.test(pathRemainder(fault.path, name))),
    );
}

/** Returns the part of a path after `start`; empty if the path does not start with it. */
function pathRemainder(path: string, start: string): string {
  return path.startsWith(start) ? path.slice(start.length) : "";
}
