/**
 * The kinds of value that JSON does not support: how each is taken apart into JSON values, and restored from them.
 *
 * A kind is recognized by its prototype and by its internal slots, which only its own methods can read. So an object that
 * only looks like a `Map` is not one. An instance of a class that extends `Map` is not one either, because its class
 * would be lost.
 */
import { bytesOf, sharedBytes } from "./bytes.ts";

/** A value taken apart, as one of these: `items`, which are encoded like any other value, `text` or `bytes`. */
export interface ValueParts {
  readonly tag: string;
  readonly items?: readonly unknown[];
  readonly text?: string;
  readonly bytes?: Uint8Array;
}

// Read when the module is loaded, so that later patches have no effect. These methods throw if the value only looks
// like its kind.
const { toString, propertyIsEnumerable } = Object.prototype;
const datePrototype = Date.prototype;
const { getTime } = datePrototype;
const mapForEach = Map.prototype.forEach;
const setForEach = Set.prototype.forEach;

const VIEWS = [
  "DataView",
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "BigInt64Array",
  "BigUint64Array",
  "Float16Array",
  "Float32Array",
  "Float64Array",
] as const;

type ViewConstructor = new (buffer: ArrayBuffer) => ArrayBufferView;

/** Constructors by name. `Buffer`, `URL` and `Float16Array` do not exist on every platform. */
const globals = globalThis as unknown as Record<
  string,
  (ViewConstructor & { readonly prototype: object }) | undefined
>;

interface Kind {
  readonly tag: string;
  /** What `Object.prototype.toString` returns for values of this kind. For a `Buffer`, it names `Uint8Array`. */
  readonly toStringResult: string;
  /** Returns `undefined` for a value that could not be restored, such as a `RegExp` with additional properties. */
  readonly takeApart: (value: object, tag: string) => ValueParts | undefined;
}

const kind = (tag: string, takeApart: Kind["takeApart"], toStringTag = tag): Kind => ({
  tag,
  takeApart,
  toStringResult: `[object ${toStringTag}]`,
});

const ALL_KINDS: readonly Kind[] = [
  kind("Date", (value, tag) => ({ tag, text: `${getTime.call(value as Date)}` })),
  kind("Map", (value, tag) => {
    const items: unknown[] = [];
    mapForEach.call(value as Map<unknown, unknown>, (item, key) => void items.push(key, item));
    return { tag, items };
  }),
  kind("Set", (value, tag) => {
    const items: unknown[] = [];
    setForEach.call(value as Set<unknown>, (item) => void items.push(item));
    return { tag, items };
  }),
  kind("RegExp", (value, tag) => {
    const { source, flags, lastIndex } = value as RegExp;
    // `lastIndex` is always an own property, and can be set to anything. Another one, such as `global`, could change
    // the flags.
    if (Reflect.ownKeys(value).length > 1 || !Number.isFinite(lastIndex)) return undefined;
    return { tag, items: [source, flags, lastIndex] };
  }),
  kind("URL", (value, tag) => ({ tag, text: Reflect.get<URL, "href">(URL.prototype, "href", value) })),
  kind("Array", (value, tag) => takeArrayApart(value as readonly unknown[], tag)),
  kind("Buffer", takeBytesApart, "Uint8Array"),
  ...["ArrayBuffer", "SharedArrayBuffer", ...VIEWS].map((tag) => kind(tag, takeBytesApart)),
];

const kindByPrototype = new Map<unknown, Kind>();

function kindOf(prototype: unknown): Kind | undefined {
  const known = kindByPrototype.get(prototype);
  if (known) return known;
  // Fills the map on first use, and again if fake timers replaced `Date` or a test DOM replaced `URL`.
  for (const each of ALL_KINDS) {
    const found = globals[each.tag]?.prototype;
    if (found) kindByPrototype.set(found, each);
  }
  return kindByPrototype.get(prototype);
}

/** Returns the parts of an object that is neither a dense array nor a plain object, or `undefined` if it has none. */
export function takeApart(value: object): ValueParts | undefined {
  const found = kindOf(Object.getPrototypeOf(value));
  if (!found || toString.call(value) !== found.toStringResult || hasSymbols(value)) return undefined;
  const { tag } = found;
  try {
    return tag === "Array" || hasNoProperties(value, tag) ? found.takeApart(value, tag) : undefined;
  } catch {
    return undefined; // It only looks like its kind.
  }
}

/** Returns the text of a `Date`, or `undefined` for anything else. Takes a quarter of the time of {@link takeApart}. */
export function dateText(value: object, prototype: unknown): string | undefined {
  if (prototype !== datePrototype || toString.call(value) !== "[object Date]") return undefined;
  if (hasSymbols(value) || Object.keys(value).length > 0) return undefined;
  return `${getTime.call(value as Date)}`;
}

/** Tells whether a value is of a known kind, but has properties of its own, with which it cannot be taken apart. */
export const isKindWithProperties = (value: object): boolean =>
  toString.call(value) === kindOf(Object.getPrototypeOf(value))?.toStringResult &&
  Object.keys(value).length > 0;

/** Tells whether an object has enumerable symbol properties, which isDeepStrictEqual compares. */
export function hasSymbols(value: object): boolean {
  const symbols = Object.getOwnPropertySymbols(value);
  return symbols.length > 0 && symbols.some((symbol) => propertyIsEnumerable.call(value, symbol));
}

/** The element names of a longer typed array are not counted: for 50 million bytes, that would take seconds. */
const MAX_COUNTED_ELEMENTS = 10_000;

/** An own property of a `Date` or a `Map` would be lost. The elements of a typed array do not count as properties. */
function hasNoProperties(value: object, tag: string): boolean {
  const elements = ArrayBuffer.isView(value) && tag !== "DataView" ? (value as Uint8Array).length : 0;
  return elements > MAX_COUNTED_ELEMENTS || Object.keys(value).length === elements;
}

/** Omits holes, so that `new Array(1e9)` is short. */
function takeArrayApart(value: readonly unknown[], tag: string): ValueParts | undefined {
  if (!Array.isArray(value)) return undefined;
  const items: unknown[] = [value.length];
  for (const key of Object.keys(value)) {
    const index = Number(key);
    // Not an index in canonical form, so an additional property, such as `match.groups`.
    if (String(index >>> 0) !== key || index >= value.length) return undefined;
    items.push(index, value[index]);
  }
  return { tag, items };
}

function takeBytesApart(value: object, tag: string): ValueParts {
  const view = ArrayBuffer.isView(value) ? value : new DataView(value as ArrayBuffer);
  return { tag, bytes: new Uint8Array(view.buffer, view.byteOffset, view.byteLength) };
}

/** Restores a value from its text or bytes. Throws for data that {@link takeApart} does not return. */
export function valueFromData(tag: string, data: string | Uint8Array): unknown {
  const restore = FROM_TEXT.get(tag);
  if (restore && typeof data === "string") return restore(data);
  return (FROM_BYTES.get(tag) ?? fail())(bytesOf(data));
}

/**
 * Restores a value from a list of its items, which start at index 1. The name is the first item, such as `~RegExp`. Throws
 * for items that {@link takeApart} does not return.
 */
export function valueFromItems(name: string, list: readonly unknown[]): unknown {
  return (FROM_ITEMS.get(name) ?? fail())(list);
}

// Maps instead of objects: a tag is untrusted, and every object has a property `constructor`.
const FROM_TEXT: ReadonlyMap<string, (text: string) => unknown> = new Map<string, (text: string) => unknown>([
  ["undefined", (given) => check(given === "", undefined)],
  ["number", (given) => NUMBERS.get(given) ?? fail()],
  ["bigint", (given) => BigInt(check(/^(?:0|-?[1-9]\d*)$/.test(given), given))],
  ["string", (given) => asText(JSON.parse(given))],
  ["Date", dateFromText],
  ["URL", urlFromText],
]);

const FROM_ITEMS: ReadonlyMap<string, (list: readonly unknown[]) => unknown> = new Map<
  string,
  (list: readonly unknown[]) => unknown
>([
  ["~RegExp", regExpFromItems],
  ["~Array", arrayFromItems],
  ["~Object", objectFromItems],
  ["~null", (list) => Object.setPrototypeOf(asPlainObject(list[1]), null) as unknown],
]);

const FROM_BYTES: ReadonlyMap<string, (bytes: Uint8Array<ArrayBuffer>) => unknown> = new Map<
  string,
  (bytes: Uint8Array<ArrayBuffer>) => unknown
>([
  ["ArrayBuffer", (bytes) => bytes.buffer],
  ["SharedArrayBuffer", sharedBytes],
  ["Buffer", (bytes) => (globals["Buffer"] as unknown as typeof Buffer).from(bytes.buffer)],
  ...VIEWS.map(
    (name) => [name, (bytes: Uint8Array<ArrayBuffer>) => new globals[name]!(bytes.buffer)] as const,
  ),
]);

const NUMBERS: ReadonlyMap<string, number> = new Map(
  [NaN, -0, Infinity, -Infinity].map((number) => [numberName(number), number]),
);

/** Returns the name of a number that JSON does not support: `-0`, `NaN` or an infinity. */
export function numberName(number: number): string {
  return Object.is(number, -0) ? "-0" : String(number);
}

/** Returns a date from its milliseconds. Throws if they are not an integer or `NaN`. */
export function dateFromText(given: string): Date {
  const time = Number(given);
  return new Date(check(Number.isInteger(time) || given === "NaN", time));
}

function urlFromText(href: string): URL {
  const url = new URL(href);
  return check(url.href === href, url);
}

function regExpFromItems(list: readonly unknown[]): RegExp {
  const expression = new RegExp(asText(list[1]), asText(list[2]));
  expression.lastIndex = asNumber(list[3]);
  return expression;
}

function arrayFromItems(list: readonly unknown[]): unknown[] {
  const array: unknown[] = [];
  const size = asUnsigned(list[1]);
  check(list.length % 2 === 0, list);
  // Setting `length` would allocate, so an entry of 20 bytes could allocate a gigabyte. A large index does not.
  if (size > 0) {
    array[size - 1] = null;
    Reflect.deleteProperty(array, size - 1);
  }
  for (let i = 2; i < list.length; i += 2) {
    const index = asUnsigned(list[i]);
    array[check(index < size, index)] = list[i + 1];
  }
  return array;
}

function objectFromItems(list: readonly unknown[]): object {
  check(list.length % 2 === 1, list);
  const object = {};
  for (let i = 1; i < list.length; i += 2) {
    // Defined, not assigned: assigning to `__proto__` would set the prototype.
    const property = { value: list[i + 1], enumerable: true, configurable: true, writable: true };
    Object.defineProperty(object, asText(list[i]), property);
  }
  return object;
}

function fail(): never {
  throw new TypeError("not what was written");
}

function check<T>(isValid: boolean, value: T): T {
  return isValid ? value : fail();
}

const asText = (value: unknown): string => (typeof value === "string" ? value : fail());
const asNumber = (value: unknown): number => (typeof value === "number" ? value : fail());

const asUnsigned = (value: unknown): number => check(asNumber(value) >>> 0 === value, value as number);

function asPlainObject(value: unknown): object {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject && Object.getPrototypeOf(value) === Object.prototype ? value : fail();
}
