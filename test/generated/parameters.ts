/** Parameters of generated functions, and arguments for them. */
import fc from "fast-check";

/** A name that a body may read. */
export interface Name {
  readonly name: string;
  readonly type: "number" | "union" | "object" | "list" | "any";
}

interface Parameter {
  readonly text: string;
  readonly names: readonly Name[];
  /** Texts of arguments; an empty one leaves the argument out. */
  readonly args: readonly string[];
  /** No default, no pattern, no rest: the body may have directives. */
  readonly simple: boolean;
}

export interface Signature {
  readonly parameters: readonly Parameter[];
  readonly names: readonly Name[];
}

/** Most of these are also names that emitted code reads, or words of the language. */
const NAMES = [
  "a",
  "b",
  "Promise",
  "Symbol",
  "$aot",
  "$aot_hit",
  "hit",
  "self",
  "async",
  "of",
  "NaN",
  "name",
  "cached",
  "f0",
  "f1",
  "require_",
  "undefined",
  "Object",
  "Klass",
];

const logged = (n: number): string => `(log.push("key: default ${n}"), ${n})`;
const number = (...names: readonly string[]): readonly Name[] =>
  names.map((name) => ({ name, type: "number" }));

/** Each writes the parameter `a`, which is the nth of its function. */
const PARAMETERS: readonly ((a: string, n: number) => Parameter)[] = [
  (a) => ({ text: `${a}: number`, names: number(a), args: ["1", "2", "-0"], simple: true }),
  (a) => ({
    text: `${a}: string | number`,
    names: [{ name: a, type: "union" }],
    args: ["1", '"1"'],
    simple: true,
  }),
  (a) => ({
    text: `${a}: { x: number; y?: string }`,
    names: [{ name: a, type: "object" }],
    args: ["{ x: 1 }", '{ y: "y", x: 1 }', "{ x: -0 }"],
    simple: true,
  }),
  (a) => ({
    text: `${a}: readonly number[]`,
    names: [{ name: a, type: "list" }],
    args: ["[]", "[1, 2]"],
    simple: true,
  }),
  (a) => ({
    text: `${a}?: number | null`,
    names: [{ name: a, type: "any" }],
    args: ["", "null", "0"],
    simple: true,
  }),
  (a) => ({
    text: `${a}: Map<string, Date> | Set<bigint>`,
    names: [{ name: a, type: "any" }],
    args: ['new Map([["a", new Date(0)]])', "new Set([1n])", "new Map()"],
    simple: true,
  }),
  (a, n) => ({
    text: `{ ${a} = ${n} }: { ${a}?: number } = {}`,
    names: number(a),
    args: ["", "{}", `{ ${a}: ${n} }`, `{ ${a}: 7 }`],
    simple: false,
  }),
  (a, n) => ({
    text: `${a}: number = ${logged(n)}`,
    names: number(a),
    args: ["", `${n}`, "7"],
    simple: false,
  }),
  (a, n) => ({ text: `${a} = ${n}`, names: number(a), args: ["", `${n}`, "7"], simple: false }),
  (a, n) => ({
    text: `{ ${a}, b${n}: c${n} = ${logged(n)} }: { ${a}: number; b${n}?: number }`,
    names: number(a, `c${n}`),
    args: [`{ ${a}: 1 }`, `{ ${a}: 1, b${n}: 3 }`, `{ b${n}: 2, ${a}: 2 }`],
    simple: false,
  }),
  (a, n) => ({
    text: `[${a} = ${logged(n)}, , ...r${n}]: readonly number[] = []`,
    names: [...number(a), { name: `r${n}`, type: "list" }],
    args: ["", "[]", "[1, 2, 3]"],
    simple: false,
  }),
  (a, n) => ({
    text: `{ x${n}: { ${a} }, ...r${n} }: { x${n}: { ${a}: number | string }; x: number }`,
    names: [
      { name: a, type: "union" },
      { name: `r${n}`, type: "object" },
    ],
    args: [`{ x${n}: { ${a}: 1 }, x: 1 }`, `{ x: 1, x${n}: { ${a}: "1" } }`],
    simple: false,
  }),
];

const REST: readonly Parameter[] = [
  {
    text: "...more: number[]",
    names: [{ name: "more", type: "list" }],
    args: ["", "1, 2"],
    simple: false,
  },
  {
    text: "...[one, two = 2]: number[]",
    names: [
      { name: "one", type: "any" },
      { name: "two", type: "number" },
    ],
    args: ["", "1", "1, 2"],
    simple: false,
  },
  {
    text: "...pair: [x?: number, y?: string]",
    names: [{ name: "pair", type: "any" }],
    args: ["", "1", '1, "y"'],
    simple: false,
  },
];

export const signatures: fc.Arbitrary<Signature> = fc
  .record({
    chosen: fc.array(fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom(...PARAMETERS)), { maxLength: 3 }),
    rest: fc.option(fc.constantFrom(...REST)),
  })
  .map(({ chosen, rest }) => {
    const distinct = [...new Map(chosen)];
    const parameters = distinct.map(([name, write], index) => write(name, index));
    if (rest) parameters.push(rest);
    return { parameters, names: parameters.flatMap(({ names }) => names) };
  });

/** Returns arguments up to the first one that is left out. */
export function argumentsOf({ parameters }: Signature, pick: readonly number[]): string {
  const args = parameters.map(({ args: choices }, index) => choices[(pick[index] ?? 0) % choices.length]!);
  const last = args.findLastIndex((arg) => arg !== "");
  return args
    .slice(0, last + 1)
    .map((arg) => (arg === "" ? "void 0" : arg))
    .join(", ");
}
