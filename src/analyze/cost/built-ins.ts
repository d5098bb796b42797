/**
 * What built-in operations cost that take about as long as a hit or less, in nanoseconds. The others do not occur here,
 * since a function that uses one of them may be worth caching: `match` and `exec` (130), `toFixed` (100),
 * `replace` (80), `split` (270), `toISOString` (650), `JSON.parse` (200), `new URL` (300), `Intl` (7000).
 *
 * Measured on Node.js 20 with texts of 30 characters, on the machine on which a hit with one number took 20. Only the
 * ratios matter: a faster machine also has faster hits.
 */

/** The kinds of built-in values that the syntax shows. */
export type ShownKind = "text" | "number" | "boolean" | "pattern" | "list" | "date" | "map" | "set";

/** What a call costs, and the kind of its result. */
export interface CallCost {
  readonly cost: number;
  readonly result?: ShownKind;
}

type Row = readonly [result: ShownKind | undefined, cost: number, names: string];

type CallCosts = ReadonlyMap<string, CallCost>;

const tableOf = (...rows: readonly Row[]): CallCosts =>
  new Map(
    rows.flatMap(([result, cost, names]) =>
      names.split(" ").map((name) => [name, result ? { cost, result } : { cost }] as const),
    ),
  );

export const GLOBAL_CALLS: CallCosts = tableOf(
  ["boolean", 2, "Boolean isNaN isFinite Number.isNaN Number.isFinite Number.isInteger Number.isSafeInteger"],
  ["boolean", 2, "Array.isArray Object.is"],
  ["boolean", 10, "Object.hasOwn"],
  ["number", 3, "Math.abs Math.ceil Math.clz32 Math.floor Math.fround Math.imul"],
  ["number", 3, "Math.max Math.min Math.round Math.sign Math.sqrt Math.trunc"],
  ["number", 15, "Math.acos Math.asin Math.atan Math.atan2 Math.cbrt Math.cos Math.exp Math.expm1 Math.log"],
  ["number", 15, "Math.log10 Math.log1p Math.log2 Math.sin Math.tan"],
  ["number", 25, "Math.cosh Math.hypot Math.sinh Math.tanh"],
  ["number", 65, "Math.pow"],
  ["number", 40, "Number"],
  ["number", 50, "Date.UTC Number.parseFloat Number.parseInt parseFloat parseInt"],
  ["text", 5, "String.fromCharCode String.fromCodePoint"],
);

/** The constants of these objects are as cheap as any property. */
export const GLOBAL_CONSTANTS: RegExp = /^(?:Math\.[A-Z]|Number\.[A-Z])/;

/** Methods that only texts have. Their receiver need not be known to be one. */
export const TEXT_METHODS: CallCosts = tableOf(
  ["number", 3, "charCodeAt codePointAt"],
  ["text", 3, "charAt"],
  ["boolean", 20, "endsWith startsWith"],
  ["text", 15, "substring"],
  ["number", 30, "localeCompare"],
  ["text", 40, "toLowerCase toUpperCase padEnd padStart repeat"],
  ["text", 50, "trim trimEnd trimStart"],
);

export const METHODS: Readonly<Partial<Record<ShownKind, CallCosts>>> = {
  text: new Map([
    ...TEXT_METHODS,
    ...tableOf(
      ["boolean", 20, "includes"],
      ["number", 30, "indexOf lastIndexOf"],
      ["text", 15, "at slice concat"],
    ),
  ]),
  date: tableOf(
    ["number", 3, "getTime valueOf"],
    ["number", 20, "getDate getDay getFullYear getHours getMilliseconds getMinutes getMonth getSeconds"],
    ["number", 30, "getUTCDate getUTCDay getUTCFullYear getUTCHours getUTCMinutes getUTCMonth getUTCSeconds"],
  ),
  list: tableOf([undefined, 10, "at"]),
  map: tableOf([undefined, 15, "get"], ["boolean", 15, "has"]),
  set: tableOf(["boolean", 15, "has"]),
};

/** Methods of lists that search, or call a function, once for each element at most. */
export const LIST_METHODS: CallCosts = tableOf(
  ["boolean", 10, "every includes some"],
  ["number", 10, "findIndex indexOf lastIndexOf"],
  [undefined, 10, "find"],
);

/** The regular expression is tested on a short text. */
export const TEST_COST = 40;
/** A part of it repeats without a bound. */
export const REPETITION_COST = 20;
