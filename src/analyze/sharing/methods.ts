/** What the methods of built-in objects do with the objects that they hold, by the interfaces that declare them. */

const names = (text: string): readonly string[] => text.split(" ");

const TYPED_ARRAYS = names(
  "Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array Float16Array Float32Array Float64Array BigInt64Array BigUint64Array Buffer",
);
const LISTS: readonly string[] = ["Array", "ReadonlyArray", ...TYPED_ARRAYS];
const DATE_SETTERS = names(
  "setDate setFullYear setHours setMilliseconds setMinutes setMonth setSeconds setTime setUTCDate setUTCFullYear setUTCHours setUTCMilliseconds setUTCMinutes setUTCMonth setUTCSeconds setYear",
);

type Table = ReadonlyMap<string, readonly string[]>;

const tableOf = (
  ...rows: readonly (readonly [methods: readonly string[], owners: readonly string[]])[]
): Table => {
  const table = new Map<string, readonly string[]>();
  for (const [methods, owners] of rows)
    for (const method of methods) table.set(method, [...(table.get(method) ?? []), ...owners]);
  return table;
};

/** Methods that change their object. */
export const CHANGING: Table = tableOf(
  [names("pop push shift splice unshift"), ["Array"]],
  [names("copyWithin fill reverse sort"), ["Array", ...TYPED_ARRAYS]],
  [names("clear delete set"), ["Map"]],
  [names("add clear delete"), ["Set"]],
  [["set"], TYPED_ARRAYS],
  [DATE_SETTERS, ["Date"]],
  [names("append delete set sort"), ["URLSearchParams"]],
);

/** Functions that change their first argument. */
export const CHANGING_FUNCTIONS: ReadonlySet<string> = new Set([
  "Object.assign",
  "Object.defineProperties",
  "Object.defineProperty",
  "Object.setPrototypeOf",
  "Reflect.defineProperty",
  "Reflect.deleteProperty",
  "Reflect.set",
  "Reflect.setPrototypeOf",
]);

/** Methods that put their arguments into their object; the number of arguments before those. */
export const STORING: ReadonlyMap<string, number> = new Map([
  ["push", 0],
  ["unshift", 0],
  ["add", 0],
  ["fill", 0],
  ["set", 1],
  ["splice", 2],
]);

/** Methods that return their own object. */
export const CHAINING: Table = tableOf(
  [names("copyWithin fill reverse sort"), LISTS],
  [["set"], ["Map"]],
  [["add"], ["Set"]],
);

/** Methods that return one of the objects in theirs. */
export const PICKING: Table = tableOf(
  [names("at find findLast pop shift"), LISTS],
  [["get"], ["Map", "ReadonlyMap"]],
);

/** Methods that return a new list of the same objects. */
export const COPYING: Table = tableOf(
  [names("concat filter slice splice toReversed toSorted toSpliced with"), LISTS],
  [["values"], [...LISTS, "Map", "ReadonlyMap", "Set", "ReadonlySet"]],
);

/** Methods that call a function with an object in theirs; the position of that argument. */
export const VISITING: Table = tableOf([
  names("every filter find findIndex findLast findLastIndex flatMap forEach map some"),
  [...LISTS, "Map", "ReadonlyMap", "Set", "ReadonlySet"],
]);
