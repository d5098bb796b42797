import { classes, isCopyOf, restoreInstance } from "../key/classes.ts";
import { isPlain } from "../key/plain.ts";
import { shared } from "../platform/shared.ts";

/**
 * Freezes arrays and plain objects at any depth, and returns the value. Runs no getters. Leaves other objects alone:
 * freezing does not protect a `Map`, and breaks class instances that write their fields. Leaves alone what is in `owned`.
 */
export function freeze<T>(value: T, owned?: ReadonlySet<unknown>): T {
  // Iterative: recursion would overflow the stack on a long chain of objects.
  const left: unknown[] = [value];
  const seen = new Set<unknown>();
  while (left.length > 0) {
    const each = left.pop();
    if (typeof each !== "object" || each === null || seen.has(each)) continue;
    if (owned?.has(each) || (!Array.isArray(each) && !isPlain(each))) continue;
    seen.add(each);
    Object.freeze(each);
    for (const name of Object.keys(each)) left.push(Object.getOwnPropertyDescriptor(each, name)?.value);
  }
  return value;
}

/** Returns the objects that values lead to, nearest first, at most about so many. Runs no getters. */
export function reachable(roots: readonly unknown[], most: number = Infinity): Set<unknown> {
  const found = new Set<unknown>();
  const add = (value: unknown): void => {
    if (typeof value === "object" && value !== null) found.add(value);
  };
  roots.forEach(add);
  for (const each of found as Set<object>) {
    if (found.size > most) break;
    if (ArrayBuffer.isView(each)) continue;
    if (each instanceof Map) for (const entry of each) entry.forEach(add);
    if (each instanceof Set) each.forEach(add);
    try {
      for (const name of Reflect.ownKeys(each)) add(Object.getOwnPropertyDescriptor(each, name)?.value);
    } catch {
      // A proxy may refuse.
    }
  }
  return found;
}

/** Whether `structuredClone` preserves the kind of an object. It does not for instances of subclasses. */
const isCopied = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  // A `Buffer` is cloned as a plain `Uint8Array`. The name of the constructor tells the two apart.
  if (ArrayBuffer.isView(value))
    return Object.prototype.toString.call(value).slice(8, -1) === constructorNameOf(prototype);
  return [Object, Array, Date, RegExp, Map, Set, ArrayBuffer].some((kind) => kind.prototype === prototype);
};

const constructorNameOf = (prototype: unknown): unknown =>
  (prototype as { constructor?: { name?: unknown } } | null)?.constructor?.name;

/** Thrown for what has no copy. */
const NO_COPY = /* @__PURE__ */ new TypeError("no copy");

/**
 * Copies that contain instances of configured classes, which `structuredClone` would turn into plain objects, with the
 * classes as they were.
 */
const withInstances = /* @__PURE__ */ shared(
  "copies",
  () => new WeakMap<object, (typeof classes)["byPrototype"]>(),
);

/** Copies a value. Throws if a part of it has no copy: a function, an instance of a class that is not configured. */
export function copy<T>(value: T): T {
  if (!hasInstances(value)) return structuredClone(value);
  const copied = copyInstances(value, { known: classes.byPrototype, copies: new Map(), isCompared: true });
  withInstances.set(copied as object, classes.byPrototype);
  return copied;
}

/** Copies what {@link copy} returned. */
export function copyAgain<T>(value: T): T {
  const known = withInstances.get(value as object);
  return known
    ? copyInstances(value, { known, copies: new Map(), isCompared: false })
    : structuredClone(value);
}

/** Tells whether a value has instances of configured classes. Throws if a part of it has no copy. */
function hasInstances(value: unknown): boolean {
  const left: unknown[] = [value];
  const seen = new Set<unknown>();
  let found = false;
  while (left.length > 0) {
    const each = left.pop();
    if (typeof each === "function" || typeof each === "symbol") throw NO_COPY;
    if (typeof each !== "object" || each === null || seen.has(each)) continue;
    seen.add(each);
    if (classes.byPrototype.has(Object.getPrototypeOf(each))) {
      found = true;
      continue;
    }
    if (!isCopied(each) || Object.getOwnPropertySymbols(each).length > 0) throw NO_COPY;
    if (ArrayBuffer.isView(each)) continue;
    for (const part of each instanceof Map
      ? [...each].flat()
      : each instanceof Set
        ? each
        : Object.values(each))
      left.push(part);
  }
  return found;
}

interface InstanceCopying {
  readonly known: (typeof classes)["byPrototype"];
  /** By their originals. */
  readonly copies: Map<unknown, unknown>;
  /** Whether an instance that `decode` does not restore has no copy. */
  readonly isCompared: boolean;
}

function copyInstances<T>(value: T, copying: InstanceCopying): T {
  if (typeof value !== "object" || value === null) return value;
  const { known, copies, isCompared } = copying;
  if (copies.has(value)) return copies.get(value) as T;
  const of = <P>(part: P): P => copyInstances(part, copying);
  const keep = <C>(made: C): C => {
    copies.set(value, made);
    return made;
  };
  const type = known.get(Object.getPrototypeOf(value));
  if (type) {
    const encoded = type.encode(value);
    const made = keep(restoreInstance(type, of(encoded)));
    if (isCompared && !isCopyOf(type, value, encoded, made)) throw NO_COPY;
    return made as T;
  }
  if (value instanceof Map) {
    const map = keep(new Map());
    for (const [key, item] of value) map.set(of(key), of(item));
    return map as T;
  }
  if (value instanceof Set) {
    const set = keep(new Set());
    for (const item of value) set.add(of(item));
    return set as T;
  }
  if (!Array.isArray(value) && !isPlain(value)) return keep(structuredClone(value));
  const object: object = keep(Array.isArray(value) ? new Array(value.length) : {});
  for (const [name, item] of Object.entries(value))
    // Defined, not assigned: assigning to `__proto__` would set the prototype.
    Object.defineProperty(object, name, {
      value: of(item) as unknown,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  return object as T;
}
