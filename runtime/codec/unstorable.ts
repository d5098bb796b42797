/** The error for a value that cannot be stored. Its message names the place in the value, and the reason. */
import { CacheError } from "../contract/errors.ts";
import { classes } from "../key/classes.ts";
import { hasSymbols, isKindWithProperties, numberName, takeApart } from "./kinds.ts";

/** Limits the stack. A value that nests deeper cannot be stored. This includes every cycle. */
export const MAX_VALUE_DEPTH = 1000;
/** Limits the time and the text of a value that refers to the same objects many times. */
export const MAX_VALUE_OBJECTS = 5_000_000;

/** Thrown at a part of a value that cannot be stored. */
export class UnstorablePart extends Error {
  /** The keys that lead to the part. */
  readonly path: readonly (string | number)[];
  /** Whether the value has more than {@link MAX_VALUE_OBJECTS} objects. */
  readonly hasTooManyObjects: boolean;
  /** Whether `decode` of its class makes another instance of it. */
  readonly isChanged: boolean;

  constructor(
    path: readonly (string | number)[],
    {
      hasTooManyObjects = false,
      isChanged = false,
    }: { hasTooManyObjects?: boolean; isChanged?: boolean } = {},
  ) {
    super("not stored");
    this.path = path;
    this.hasTooManyObjects = hasTooManyObjects;
    this.isChanged = isChanged;
  }
}

/**
 * Returns the error for an {@link UnstorablePart}, or for anything else that was thrown while the value was read.
 *
 * @param codec the serializer to name in the message, if it is not the generic one
 */
export function unstorable(thrown: unknown, value: unknown, codec?: string): CacheError {
  if (thrown instanceof CacheError && thrown.code === "unstorable") return thrown;
  const by = codec === undefined ? "" : ` by the serializer "${codec}"`;
  const problem = `The value cannot be stored${by}`;
  if (!(thrown instanceof UnstorablePart)) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return new CacheError("unstorable", `${problem}: writing it failed with "${reason}".`, { cause: thrown });
  }
  if (thrown.hasTooManyObjects) {
    const why = `it has more than ${MAX_VALUE_OBJECTS} objects, or refers to the same objects many times`;
    return new CacheError("unstorable", `${problem}: ${why}.`);
  }
  const { name, target, isCycle } = follow(value, thrown.path);
  if (isCycle) {
    return new CacheError("unstorable", `${problem}: \`${name}\` refers back to an object that contains it.`);
  }
  if (thrown.path.length >= MAX_VALUE_DEPTH) {
    return new CacheError("unstorable", `${problem}: it nests deeper than ${MAX_VALUE_DEPTH} levels.`);
  }
  const what = describe(target);
  return new CacheError(
    "unstorable",
    `${problem}: \`${name}\` is ${what}${rest(target, what, thrown, codec)}`,
  );
}

/** Ends the sentence, and says what to do. */
function rest(target: unknown, what: string, { isChanged }: UnstorablePart, codec?: string): string {
  if (isChanged) return ", and `decode` of its class does not return an equal one.";
  if (codec !== undefined) return ". Use a value that it supports, or leave `serializer` out.";
  if (!what.startsWith("an instance of "))
    return ". Use plain data, or store it in memory and leave `serializer` out.";
  return classes.byPrototype.has(Object.getPrototypeOf(target))
    ? ", and `encode` of its class returns a value that cannot be stored."
    : ". Add its class to configure({ classes }), or use plain data.";
}

/** Follows a path, and returns its target and the expression that reads it. */
function follow(
  value: unknown,
  path: readonly (string | number)[],
): { name: string; target: unknown; isCycle: boolean } {
  const ancestors = new Set<unknown>();
  let name = "value";
  let target = value;
  for (const key of path) {
    ancestors.add(target);
    [name, target] = step(name, target, key);
    if (typeof target === "object" && ancestors.has(target)) return { name, target, isCycle: true };
  }
  return { name, target, isCycle: false };
}

/** For a value that is taken apart, a numeric key is an index in the items of {@link takeApart}. */
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

/** Describes a value in a few words. */
function describe(value: unknown): string {
  if (typeof value === "number") return numberName(value);
  if (typeof value === "string") return "a string with one half of a surrogate pair";
  if (typeof value === "function" || typeof value === "symbol" || typeof value === "bigint") {
    return `a ${typeof value}`;
  }
  if (typeof value !== "object" || value === null) return String(value);
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (Array.isArray(value) && prototype === Array.prototype) {
    return takeApart(value) ? "an array with holes" : "an array with properties besides its items";
  }
  if (hasSymbols(value)) return "an object with symbols for keys";
  if (prototype === null) return "an object without a prototype";
  if (prototype === Object.prototype) {
    return tag === "Object" ? "an object with a method toJSON" : `an object that calls itself ${tag}`;
  }
  const { constructor } = prototype as { constructor?: { name?: unknown } };
  const name = typeof constructor?.name === "string" && constructor.name ? constructor.name : "a class";
  if (takeApart(value)) return `a ${name}`;
  return isKindWithProperties(value) ? `a ${name} with properties of its own` : `an instance of ${name}`;
}
