/** Why a value is not stored, in a sentence that names the place in it. */
import { hasSymbols, isKind, numberName, takeApart } from "./kinds.ts";
import { CacheError } from "../contract/errors.ts";

/** Bounds the stack. What nests deeper is refused, and so is every cycle, since it nests forever. */
export const MAX_DEPTH = 1000;
/** Bounds the time and the text of a value that refers to the same objects over and over. */
export const MAX_OBJECTS = 5_000_000;

/** Thrown where a value was met that does not come back; carries the keys that lead to it. */
export class UnstorablePart extends Error {
  readonly path: readonly (string | number)[];
  readonly isTooMuch: boolean;

  constructor(path: readonly (string | number)[], isTooMuch = false) {
    super("not stored");
    this.path = path;
    this.isTooMuch = isTooMuch;
  }
}

/**
 * Makes the error from a {@link UnstorablePart}, or from whatever else was thrown while the value was read.
 * `codec` is named where it is the one that refuses, and the generic one would not.
 */
export function unstorable(thrown: unknown, value: unknown, codec?: string): CacheError {
  if (thrown instanceof CacheError && thrown.code === "unstorable") return thrown;
  const by = codec === undefined ? "" : ` by the serializer "${codec}"`;
  const problem = `The value cannot be stored${by}`;
  if (!(thrown instanceof UnstorablePart)) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return new CacheError("unstorable", `${problem}: writing it failed with "${reason}".`, { cause: thrown });
  }
  if (thrown.isTooMuch) {
    const why = `it has more than ${MAX_OBJECTS} objects in it, or the same ones over and over`;
    return new CacheError("unstorable", `${problem}: ${why}.`);
  }
  const { name, target, isCycle } = follow(value, thrown.path);
  if (isCycle) {
    return new CacheError("unstorable", `${problem}: \`${name}\` refers back to what it is a part of.`);
  }
  if (thrown.path.length >= MAX_DEPTH) {
    return new CacheError("unstorable", `${problem}: it nests deeper than ${MAX_DEPTH} levels.`);
  }
  const help =
    codec === undefined
      ? "Give plain data, or keep it in memory, with `serializer` left out."
      : "Give what it can write, or leave `serializer` out.";
  return new CacheError("unstorable", `${problem}: \`${name}\` is ${describe(target)}. ${help}`);
}

/** Walks a path, and gives the place the name that it would have in code. */
function follow(
  value: unknown,
  path: readonly (string | number)[],
): { name: string; target: unknown; isCycle: boolean } {
  const above = new Set<unknown>();
  let name = "value";
  let target = value;
  for (const key of path) {
    above.add(target);
    [name, target] = step(name, target, key);
    if (typeof target === "object" && above.has(target)) return { name, target, isCycle: true };
  }
  return { name, target, isCycle: false };
}

/** A key counts what {@link takeApart} gives where that is called for. */
function step(name: string, from: unknown, key: string | number): [string, unknown] {
  const isDense = Array.isArray(from) && Object.keys(from).length === from.length;
  const parts = typeof from === "object" && from !== null && !isDense ? takeApart(from) : undefined;
  if (typeof key === "number" && parts?.items) {
    const target = parts.items[key];
    if (parts.tag === "Set") return [`[...${name}][${key}]`, target];
    if (parts.tag === "Array") return [`${name}[${String(parts.items[key - 1])}]`, target];
    if (key % 2 === 0) return [`[...${name}.keys()][${key / 2}]`, target];
    const mapKey = parts.items[key - 1];
    return [`${name}.get(${typeof mapKey === "string" ? JSON.stringify(mapKey) : describe(mapKey)})`, target];
  }
  const isWord = typeof key === "string" && /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key);
  return [
    isWord ? `${name}.${key}` : `${name}[${JSON.stringify(key)}]`,
    (from as Record<string | number, unknown>)[key],
  ];
}

/** Says in a few words what a value is. */
function describe(value: unknown): string {
  if (typeof value === "number") return numberName(value);
  if (typeof value === "string") return "a string with one half of a surrogate pair";
  if (typeof value === "function" || typeof value === "symbol" || typeof value === "bigint") {
    return `a ${typeof value}`;
  }
  if (typeof value !== "object" || value === null) return String(value);
  const called = Object.prototype.toString.call(value).slice(8, -1);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (Array.isArray(value) && prototype === Array.prototype) {
    return takeApart(value) ? "an array with holes" : "an array with properties besides its items";
  }
  if (hasSymbols(value)) return "an object with symbols for keys";
  if (prototype === null) return "an object without a prototype";
  if (prototype === Object.prototype) {
    return called === "Object" ? "an object with a method toJSON" : `an object that calls itself ${called}`;
  }
  const { constructor } = prototype as { constructor?: { name?: unknown } };
  const name = typeof constructor?.name === "string" && constructor.name ? constructor.name : "a class";
  if (takeApart(value)) return `a ${name}`;
  return isKind(value) ? `a ${name} with properties of its own` : `an instance of ${name}`;
}
