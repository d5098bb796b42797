/** Bodies of generated functions. */
import fc from "fast-check";
import type { Name, Signature } from "./parameters.ts";
import { PENDING } from "./pending.ts";

/** Writes a statement that reads or writes the names; undefined if it cannot. `n` makes its own names distinct. */
type Statement = (names: Readonly<Record<Name["type"], string>>, n: number) => string;

/** Statements, by the type of the name that they need. */
const STATEMENTS: readonly (readonly [Name["type"] | "", Statement])[] = [
  ["", () => 'log.push("body");'],
  [
    "",
    (_, n) =>
      `outer${n}: for (const i of [1, 2]) { for (;;) { if (i > 1) break outer${n}; continue outer${n}; } }`,
  ],
  ["", () => "out.push(/[)}`]/.test('}'), `line\n  }) \\n`); // }) */"],
  ["", (_, n) => `const t${n} = 1\n;[t${n}].forEach((x) => out.push(x))`],
  ["", () => "try { log.push('try'); } finally { log.push('finally'); }"],
  ["number", ({ number: a }) => `${a} += 1;`],
  ["number", ({ number: a }) => `var ${a}: number;`],
  ["number", ({ number: a }) => `var ${a} = ${a} + 1;`],
  ["number", ({ number: a }) => `if (out.length > 9) { for (var ${a} of [5]) out.push(${a}); }`],
  ["number", ({ number: a }) => `out.push([1].map(() => ${a})[0]);`],
  [
    "number",
    ({ number: a }, n) =>
      `out.push(inner${n}(1)); function inner${n}(x: number): number { return x + ${a}; }`,
  ],
  [
    "number",
    ({ number: a }, n) =>
      `function shadow${n}(${a}: string): string { return ${a}; } out.push(shadow${n}("x"));`,
  ],
  [
    "number",
    ({ number: a }) => `switch (${a}) { case 1: out.push("one"); break; default: out.push("other"); }`,
  ],
  ["number", ({ number: a }) => `if (${a} === 2) fail("two");`],
  ["number", ({ number: a }) => `if (${a} === 7) return out;`],
  ["number", ({ number: a }) => `try { if (${a} === 1) return out; } finally { log.push("finally"); }`],
  ["number", ({ number: a }) => `{ const ${a} = "x"; out.push(${a}); }`],
  ["number", ({ number: a }) => `try { fail("caught"); } catch (${a}) { out.push(typeof ${a}); }`],
  [
    "number",
    ({ number: a }, n) =>
      `class Local${n} { v = ${a}; m() { return this.v; } } out.push(new Local${n}().m());`,
  ],
  ["number", ({ number: a }, n) => `type L${n} = typeof ${a}; const l${n}: L${n} = ${a}; out.push(l${n});`],
  ["number", ({ number: a }) => `out.push(...(function* () { yield ${a}; })());`],
  ["number", ({ number: a }) => `out.push((log.push("comma"), ${a}), { ${a} });`],
  [
    "union",
    ({ union: a }) =>
      `if (typeof ${a} === "number") ${a} = \`\${${a}}\`; out.push([1].map(() => ${a}.length)[0]);`,
  ],
  ["union", ({ union: a }) => `if (typeof ${a} !== "string") fail("no text"); out.push(${a}.length);`],
  ["object", ({ object: a }) => `out.push(${a}.x, { ...${a} });`],
  ["list", ({ list: a }) => `for (const item of ${a}) out.push(item);`],
  [
    "list",
    ({ list: a }, n) => `const [first${n} = 0, ...others${n}] = ${a}; out.push(first${n}, others${n});`,
  ],
];

interface Body {
  readonly directive: boolean;
  readonly statements: readonly (readonly [(typeof STATEMENTS)[number], number])[];
}

export const bodies: fc.Arbitrary<Body> = fc.record({
  directive: fc.boolean(),
  statements: fc.array(fc.tuple(fc.constantFrom(...STATEMENTS), fc.nat({ max: 5 })), { maxLength: 5 }),
});

export function writeBody(
  { directive, statements }: Body,
  { names, parameters }: Signature,
  isAsync: boolean,
): string {
  const lines = statements.flatMap(([[type, write], pick], n) => {
    const fitting = names.filter(
      (name) => name.type === type && (name.whole || !PENDING.has("assigned patterns")),
    );
    const { name = "" } = fitting[pick % fitting.length] ?? {};
    if (type === "") return write({ number: "", union: "", object: "", list: "" }, n);
    return name === "" ? [] : write({ number: name, union: name, object: name, list: name }, n);
  });
  const values = names.map(({ name }) => name);
  return [
    ...(directive && parameters.every(({ simple }) => simple) ? ['"use strict"'] : []),
    "const out: unknown[] = [];",
    ...(isAsync ? ["await 0;"] : []),
    ...lines,
    `out.push(${values.join(", ")});`,
    "return out;",
  ]
    .map((line) => `  ${line}`)
    .join("\n");
}
