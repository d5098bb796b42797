/** Bodies of generated functions. */
import fc from "fast-check";
import type { Name, Signature } from "./parameters.ts";

/** Writes a statement that reads or writes the names; undefined if it cannot. `n` makes its own names distinct. */
type Statement = (name: string, n: number) => string;

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
  ["", (_, n) => `out.push(hoisted${n}); var hoisted${n}: unknown = 1;`],
  ["", () => "out.push(((...x: number[]) => x.length)(1, 2), (function () { return arguments.length; })());"],
  ["", (_, n) => `const tag${n} = (s: TemplateStringsArray) => s.raw[0]; out.push(tag${n}\`a\\n\`);`],
  ["", () => "do { log.push('once'); } while (out.length > 99);"],
  ["", () => "out.push({ v: 3, m() { return this.v; } }.m(), { get x() { return 1; } }.x);"],
  [
    "",
    (_, n) =>
      `class P${n} { #p = 1; static s = 2; get p() { return this.#p + P${n}.s; } } out.push(new P${n}().p);`,
  ],
  ["", (_, n) => `enum E${n} { A = 1, B } out.push(E${n}.B, E${n}[1]);`],
  [
    "",
    (_, n) =>
      `if (out.length > 99) return out\nconst after${n} = /[\/)]/g.test("/)") ? 1 : -1\nout.push(after${n})`,
  ],
  ["number", (a, n) => `const get${n} = () => ${a}; ${a}++; out.push(get${n}(), ${a}--);`],
  ["number", (a) => `[${a}] = [${a} * 2]; ({ v: ${a} = 1 } = { v: ${a} });`],
  ["number", (a) => `for (let i = 0, j = ${a}; i < 2; i++, j--) out.push(() => j), out.pop(), out.push(j);`],
  ["number", (a) => `out.push(((${a}: number) => ${a} || 2)(0), ${a} ? 1 : 2, (-${a}) ** 2, !(${a} > 1));`],
  ["number", (a) => `if (${a} > 99) { function inBlock(): number { return ${a}; } out.push(inBlock()); }`],
  ["any", (a) => `out.push(typeof ${a}, ${a}?.toString().length);`],
  ["any", (a) => `out.push([${a}, ...[${a}]].map((each) => each === ${a}));`],
  ["any", (a) => `try { log.push("a"); } catch { fail("b"); } finally { out.push(${a} ?? "none"); }`],
  ["number", (a) => `${a} += 1;`],
  ["number", (a) => `var ${a}: number;`],
  ["number", (a) => `var ${a} = ${a} + 1;`],
  ["number", (a) => `if (out.length > 9) { for (var ${a} of [5]) out.push(${a}); }`],
  ["number", (a) => `out.push([1].map(() => ${a})[0]);`],
  ["number", (a, n) => `out.push(inner${n}(1)); function inner${n}(x: number): number { return x + ${a}; }`],
  [
    "number",
    (a, n) => `function shadow${n}(${a}: string): string { return ${a}; } out.push(shadow${n}("x"));`,
  ],
  ["number", (a) => `switch (${a}) { case 1: out.push("one"); break; default: out.push("other"); }`],
  ["number", (a) => `if (${a} === 2) fail("two");`],
  ["number", (a) => `if (${a} === 7) return out;`],
  ["number", (a) => `try { if (${a} === 1) return out; } finally { log.push("finally"); }`],
  ["number", (a) => `{ const ${a} = "x"; out.push(${a}); }`],
  ["number", (a) => `try { fail("caught"); } catch (${a}) { out.push(typeof ${a}); }`],
  ["number", (a, n) => `class Local${n} { v = ${a}; m() { return this.v; } } out.push(new Local${n}().m());`],
  ["number", (a, n) => `type L${n} = typeof ${a}; const l${n}: L${n} = ${a}; out.push(l${n});`],
  ["number", (a) => `out.push(...(function* () { yield ${a}; })());`],
  ["number", (a) => `out.push((log.push("comma"), ${a}), { ${a} });`],
  [
    "union",
    (a) => `if (typeof ${a} === "number") ${a} = \`\${${a}}\`; out.push([1].map(() => ${a}.length)[0]);`,
  ],
  ["union", (a) => `if (typeof ${a} !== "string") fail("no text"); out.push(${a}.length);`],
  ["object", (a) => `out.push(${a}.x, { ...${a} });`],
  ["list", (a) => `for (const item of ${a}) out.push(item);`],
  ["list", (a, n) => `const [first${n} = 0, ...others${n}] = ${a}; out.push(first${n}, others${n});`],
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
    const fitting = names.filter((name) => name.type === type);
    const { name = "" } = fitting[pick % fitting.length] ?? {};
    return type === "" || name !== "" ? write(name, n) : [];
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
