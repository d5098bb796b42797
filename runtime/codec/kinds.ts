/**
 * The kinds of value that JSON cannot say, and how each is taken apart into what it can and put together again.
 *
 * A kind is known by its prototype and by what only its own methods can read, so that what merely looks like a
 * `Map` is none; an instance of a class that extends one is none either, since its class would be lost.
 */
import { bytesOf, sharedBytes } from "./bytes.ts";

/** A value taken apart. `items` are values again, each to be taken apart in its turn; the others are final. */
export interface Parts {
  readonly tag: string;
  readonly items?: readonly unknown[];
  readonly text?: string;
  readonly bytes?: Uint8Array;
}

// Kept from the start, so that a later patch does not decide what a value is. Called on what only looks its
// kind they throw.
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

/** What the engine or the platform brings; `Buffer`, `URL` and `Float16Array` are not everywhere. */
const platform = globalThis as unknown as Record<
  string,
  (ViewConstructor & { readonly prototype: object }) | undefined
>;

/** How a kind is taken apart; gives nothing for a value that is its kind, and odd. */
interface Kind {
  readonly tag: string;
  /** What `Object.prototype.toString` says of its values: a `Buffer` calls itself an Uint8Array. */
  readonly called: string;
  readonly take: (value: object, tag: string) => Parts | undefined;
}

const kind = (tag: string, take: Kind["take"], called = tag): Kind => ({
  tag,
  take,
  called: `[object ${called}]`,
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
    // An own `global`, say, would change the flags; `lastIndex` is always own, and can be set to anything.
    if (Reflect.ownKeys(value).length > 1 || !Number.isFinite(lastIndex)) return undefined;
    return { tag, items: [source, flags, lastIndex] };
  }),
  kind("URL", (value, tag) => ({ tag, text: Reflect.get<URL, "href">(URL.prototype, "href", value) })),
  kind("Array", (value, tag) => takeArrayApart(value as readonly unknown[], tag)),
  kind("Buffer", takeBytes, "Uint8Array"),
  ...["ArrayBuffer", "SharedArrayBuffer", ...VIEWS].map((tag) => kind(tag, takeBytes)),
];

const kinds = new Map<unknown, Kind>();

function kindOf(prototype: unknown): Kind | undefined {
  const known = kinds.get(prototype);
  if (known) return known;
  // The first time; and where fake timers have replaced Date, or a DOM for tests has brought a URL of its own.
  for (const each of ALL_KINDS) {
    const found = platform[each.tag]?.prototype;
    if (found) kinds.set(found, each);
  }
  return kinds.get(prototype);
}

/** Returns the parts of an object that is neither a dense array nor a plain object, or `undefined` if it has none. */
export function takeApart(value: object): Parts | undefined {
  const found = kindOf(Object.getPrototypeOf(value));
  if (!found || toString.call(value) !== found.called || hasSymbols(value)) return undefined;
  const { tag, take } = found;
  try {
    return tag === "Array" || hasNoProperties(value, tag) ? take(value, tag) : undefined;
  } catch {
    return undefined; // Only looks its kind.
  }
}

/** Returns the text of a `Date`, or `undefined` for anything else: {@link takeApart} in a fourth of the time. */
export function dateText(value: object, prototype: unknown): string | undefined {
  if (prototype !== datePrototype || toString.call(value) !== "[object Date]") return undefined;
  if (hasSymbols(value) || Object.keys(value).length > 0) return undefined;
  return `${getTime.call(value as Date)}`;
}

/** Tells whether a value is of a kind that has parts, even if this one cannot be taken apart. */
export const isKind = (value: object): boolean =>
  toString.call(value) === kindOf(Object.getPrototypeOf(value))?.called && Object.keys(value).length > 0;

/** Tells whether an object has properties that are named by a symbol and that isDeepStrictEqual would see. */
export function hasSymbols(value: object): boolean {
  const symbols = Object.getOwnPropertySymbols(value);
  return symbols.length > 0 && symbols.some((symbol) => propertyIsEnumerable.call(value, symbol));
}

/** Up to this length the names of a typed array's elements are counted: of fifty million bytes they take seconds. */
const COUNTED = 10_000;

/** A property of one's own on a `Date` or a `Map` would be lost. Elements of a typed array are no properties. */
function hasNoProperties(value: object, tag: string): boolean {
  const elements = ArrayBuffer.isView(value) && tag !== "DataView" ? (value as Uint8Array).length : 0;
  return elements > COUNTED || Object.keys(value).length === elements;
}

/** Holes are left out, so that `new Array(1e9)` is short. */
function takeArrayApart(value: readonly unknown[], tag: string): Parts | undefined {
  if (!Array.isArray(value)) return undefined;
  const items: unknown[] = [value.length];
  for (const key of Object.keys(value)) {
    const index = Number(key);
    // Anything but an index, as it is written, is a property besides the items: `match.groups`.
    if (String(index >>> 0) !== key || index >= value.length) return undefined;
    items.push(index, value[index]);
  }
  return { tag, items };
}

function takeBytes(value: object, tag: string): Parts {
  const view = ArrayBuffer.isView(value) ? value : new DataView(value as ArrayBuffer);
  return { tag, bytes: new Uint8Array(view.buffer, view.byteOffset, view.byteLength) };
}

/** Makes a value from its text or bytes. Throws on what {@link takeApart} does not give. */
export function putLeaf(tag: string, parts: string | Uint8Array): unknown {
  const put = LEAVES.get(tag);
  if (put && typeof parts === "string") return put(parts);
  return (BYTES.get(tag) ?? fail())(bytesOf(parts));
}

/**
 * Puts a value together from its items, which start at index 1 behind their mark. Throws on what
 * {@link takeApart} does not give.
 */
export function putList(mark: string, list: readonly unknown[]): unknown {
  return (LISTS.get(mark) ?? fail())(list);
}

// Maps and not objects: a tag comes from outside, and `constructor` is none.
const LEAVES: ReadonlyMap<string, (text: string) => unknown> = new Map<string, (text: string) => unknown>([
  ["undefined", (given) => check(given === "", undefined)],
  ["number", (given) => NUMBERS.get(given) ?? fail()],
  ["bigint", (given) => BigInt(check(/^(?:0|-?[1-9]\d*)$/.test(given), given))],
  ["string", (given) => text(JSON.parse(given))],
  ["Date", putDate],
  ["URL", putUrl],
]);

const LISTS: ReadonlyMap<string, (list: readonly unknown[]) => unknown> = new Map<
  string,
  (list: readonly unknown[]) => unknown
>([
  ["~RegExp", putRegExp],
  ["~Array", putArray],
  ["~Object", putObject],
  ["~null", (list) => Object.setPrototypeOf(plain(list[1]), null) as unknown],
]);

const BYTES: ReadonlyMap<string, (bytes: Uint8Array<ArrayBuffer>) => unknown> = new Map<
  string,
  (bytes: Uint8Array<ArrayBuffer>) => unknown
>([
  ["ArrayBuffer", (bytes) => bytes.buffer],
  ["SharedArrayBuffer", sharedBytes],
  ["Buffer", (bytes) => (platform["Buffer"] as unknown as typeof Buffer).from(bytes.buffer)],
  ...VIEWS.map(
    (name) => [name, (bytes: Uint8Array<ArrayBuffer>) => new platform[name]!(bytes.buffer)] as const,
  ),
]);

const NUMBERS: ReadonlyMap<string, number> = new Map(
  [NaN, -0, Infinity, -Infinity].map((number) => [numberName(number), number]),
);

/** The text of a number that JSON has none for. */
export function numberName(number: number): string {
  return Object.is(number, -0) ? "-0" : String(number);
}

/** Makes a date from its milliseconds. Throws on what is no number of them. */
export function putDate(given: string): Date {
  const time = Number(given);
  return new Date(check(Number.isInteger(time) || given === "NaN", time));
}

function putUrl(href: string): URL {
  const url = new URL(href);
  return check(url.href === href, url);
}

function putRegExp(list: readonly unknown[]): RegExp {
  const expression = new RegExp(text(list[1]), text(list[2]));
  expression.lastIndex = number(list[3]);
  return expression;
}

function putArray(list: readonly unknown[]): unknown[] {
  const array: unknown[] = [];
  const size = unsigned(list[1]);
  check(list.length % 2 === 0, list);
  // Setting `length` would allocate: an entry of twenty bytes could ask for a gigabyte. A far index does not.
  if (size > 0) {
    array[size - 1] = null;
    Reflect.deleteProperty(array, size - 1);
  }
  for (let i = 2; i < list.length; i += 2) {
    const index = unsigned(list[i]);
    array[check(index < size, index)] = list[i + 1];
  }
  return array;
}

function putObject(list: readonly unknown[]): object {
  check(list.length % 2 === 1, list);
  const object = {};
  for (let i = 1; i < list.length; i += 2) {
    // Assigning to `__proto__` would set the prototype.
    const property = { value: list[i + 1], enumerable: true, configurable: true, writable: true };
    Object.defineProperty(object, text(list[i]), property);
  }
  return object;
}

function fail(): never {
  throw new TypeError("not what was written");
}

function check<T>(holds: boolean, value: T): T {
  return holds ? value : fail();
}

const text = (value: unknown): string => (typeof value === "string" ? value : fail());
const number = (value: unknown): number => (typeof value === "number" ? value : fail());

const unsigned = (value: unknown): number => check(number(value) >>> 0 === value, value as number);

function plain(value: unknown): object {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject && Object.getPrototypeOf(value) === Object.prototype ? value : fail();
}
