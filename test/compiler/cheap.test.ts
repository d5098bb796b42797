import { describe, expect, test } from "vitest";
import { analyzeTexts } from "../support/analyzed.ts";

const BEFORE = `
interface Money { amount: number; currency: "EUR" | "USD" }
interface Person { first: string; last: string; age: number }
type Point = readonly [x: number, y: number];
const SLUG = /^[a-z0-9-]+$/;
const UNITS = ["B", "kB", "MB"] as const;
const RATES = { EUR: 1, USD: 1.08 };
const KNOWN = new Set(["a", "b"]);
const middle = (low: number, high: number): number => (low + high) / 2;
const linear = (c: number): number => (c <= 0.04 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
function even(n: number): boolean { return n === 0 || odd(n - 1); }
function odd(n: number): boolean { return n === 0 ? false : even(n - 1); }
declare function unknown(n: number): number;
let factor = 2;
export function scale(by: number): void { factor = by; }
`;

/** What a function does, and its text from the parameters on. */
type Rows = readonly (readonly [what: string, text: string])[];

const CHEAP: Rows = [
  ["a comparison of texts", "(a: string, b: string): boolean { return a === b; }"],
  ["the order of two texts", "(a: string, b: string): number { return a.localeCompare(b); }"],
  [
    "a comparison of records",
    "(a: Person, b: Person): number { return a.age - b.age || a.last.localeCompare(b.last); }",
  ],
  ["a regular expression", "(text: string): boolean { return SLUG.test(text); }"],
  ["the start of a text", "(text: string): boolean { return text.startsWith('https:'); }"],
  ["a template of texts", "(by: Person): string { return `${by.first} ${by.last}`; }"],
  [
    "a number within bounds",
    "(n: number, low: number, high: number): number { return Math.min(high, Math.max(low, n)); }",
  ],
  ["a formula", "(a: Point, b: Point): number { return Math.hypot(a[0] - b[0], a[1] - b[1]); }"],
  [
    "the grey of a colour",
    "(r: number, g: number, b: number): number { return 0.3 * r + 0.6 * g + 0.1 * b; }",
  ],
  ["a helper of the module", "(a: number, b: number): number { return middle(a, b) + 1; }"],
  ["a table", "(money: Money): number { return money.amount / RATES[money.currency]; }"],
  ["a set of the module", "(name: string): boolean { return KNOWN.has(name); }"],
  ["a list that is written out", "(unit: string): boolean { return ['a', 'b', 'c'].includes(unit); }"],
  [
    "a loop with three steps",
    "(a: Point): number { let n = 0; for (let i = 0; i < 3; i++) n += a[i % 2]!; return n; }",
  ],
  [
    "a loop over a constant",
    "(a: Person): number { let n = 0; for (const unit of UNITS) n += unit.length; return n + a.age; }",
  ],
  [
    "a switch",
    "(n: number): string { switch (n) { case 1: return 'a'; case 2: return 'b'; default: return 'c'; } }",
  ],
  [
    "one of several returns",
    "(n: number): string { if (n > 9) return 'a'; if (n > 5) return 'b'; return 'c'; }",
  ],
  ["the day of a date", "(at: Date): boolean { return at.getUTCDay() === 0; }"],
  ["an error", "(n: number): number { if (n < 0) throw new Error(`not ${n}`); return n + 1; }"],
  [
    "a part of a list",
    "(list: readonly Point[]): boolean { return list.length > 3 && list[0] === list.at(-1); }",
  ],
  ["async without await", "async (name: string): Promise<string> { return `Hello ${name}`; }"],
];

const NOT_CHEAP: Rows = [
  [
    "a loop over a parameter",
    "(list: Point[]): number { let n = 0; for (const [x] of list) n += x; return n; }",
  ],
  [
    "a loop to a parameter",
    "(max: number): number { let n = 0; for (let i = 0; i < max; i++) n += i; return n; }",
  ],
  ["a loop until it ends", "(n: number): number { while (n > 9) n /= 10; return n; }"],
  [
    "a hash",
    "(text: string): number { let n = 0; for (const c of text) n = n * 31 + c.charCodeAt(0); return n; }",
  ],
  ["a method with a callback", "(list: number[]): boolean { return list.some((n) => n > 1); }"],
  ["a search in a list", "(list: string[], name: string): boolean { return list.includes(name); }"],
  ["recursion", "(n: number): number { return n < 2 ? n : f(n - 1) + f(n - 2); }"],
  ["functions that call each other", "(n: number): boolean { return even(n); }"],
  ["an unknown function", "(n: number): number { return unknown(n); }"],
  ["a function of a parameter", "(a: { length: number; at(n: number): number }): number { return a.at(0); }"],
  ["a regular expression that backtracks", "(text: string): boolean { return /^(\\w+-?)+$/.test(text); }"],
  ["a regular expression that starts anywhere", "(text: string): boolean { return /\\s+$/.test(text); }"],
  [
    "a regular expression made by the call",
    "(a: string, b: string): boolean { return new RegExp(a).test(b); }",
  ],
  ["parsing", "(text: string): string { return String(JSON.parse(text)); }"],
  ["formatting a number", "(n: number): string { return n.toFixed(2); }"],
  ["formatting a number in a template", "(n: number): string { return `${n} px`; }"],
  ["formatting a date", "(at: Date): string { return at.toISOString(); }"],
  ["formatting for a country", "(n: number): string { return new Intl.NumberFormat('de').format(n); }"],
  ["powers", "(r: number, g: number, b: number): number { return linear(r) + linear(g) + linear(b); }"],
  ["replacing", "(text: string): string { return text.replace(/-/g, ' '); }"],
  ["a request", "async (id: number): Promise<string> { return (await fetch(`/${id}`)).text(); }"],
  ["a new object", "(a: Person): { name: string } { return { name: a.first }; }"],
  ["a new list", "(a: number, b: number): number[] { return [a, b]; }"],
  ["an effect", "(n: number): number { factor++; return n + 1; }"],
  ["state of the module", "(n: number): number { return n * factor; }"],
  ["the clock", "(n: number): number { return Date.now() - n; }"],
  ["the environment", "(name: string): boolean { return process.env.NAME === name; }"],
  ["nothing", "(n: number): number { return n; }"],
];

const warned = (rows: Rows): Rows => {
  const texts = rows.map(([, text]) => {
    const [, async = "", rest = ""] = /^(async )?(.*)$/.exec(text)!;
    return `${BEFORE}\n// @cached\nexport ${async}function f${rest}`;
  });
  const found = analyzeTexts(texts, "ts", { allow: [] }).map(({ problems }) =>
    problems.some(({ name }) => name === "cheap"),
  );
  return rows.filter((_, index) => found[index]);
};

describe("a function is cheaper than a hit", () => {
  test("if it computes, compares and reads a little", () => {
    expect(warned(CHEAP)).toEqual(CHEAP);
  });

  test("unless it may take longer, makes an object, or does more than compute", () => {
    expect(warned(NOT_CHEAP)).toEqual([]);
  });

  test("as compared with the key that its options leave", () => {
    const of = (options: string): boolean => {
      const texts = [
        `// @cached ${options}\nexport function f(id: number, text: string): boolean { return /^\\d$/.test(text); }`,
      ];
      const [analysis] = analyzeTexts(texts, "ts", { allow: [] });
      return analysis!.problems.some(({ name }) => name === "cheap");
    };
    expect([of(""), of("key=id allow=ignored-read"), of("ignore=text allow=ignored-read")]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test("however long its text is", () => {
    const sum = Array.from({ length: 5000 }, () => "n").join(" + ");
    const chain = `n${".valueOf()".repeat(3000)}`;
    const doubled = Array.from({ length: 40 }, (_, i) => `const a${i + 1} = a${i} + a${i};`).join(" ");
    for (const body of [`return ${sum};`, `return ${chain};`, `const a0 = n; ${doubled} return a40;`])
      expect(
        analyzeTexts([`// @cached\nexport function f(n: number): number { ${body} }`])[0]!.site,
      ).toBeDefined();
  });
});
