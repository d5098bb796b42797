/** Forms of generated functions: where each stands, and how it is called. */

/** The parts of a function from which each form makes its declaration. `id` is its name. */
interface FunctionText {
  readonly id: string;
  readonly mark: string;
  readonly isAsync: boolean;
  readonly parameters: string;
  readonly result: string;
  readonly body: string;
  /** Argument lists. */
  readonly calls: readonly string[];
}

/** A marked function inside of its declaration, and expressions that call it. */
export interface Unit {
  readonly text: string;
  readonly calls: readonly string[];
  /** The number of marked functions, if it is not one. */
  readonly marks?: number;
}

const head = ({ isAsync, parameters, result }: FunctionText): string =>
  `(${parameters})${result === "" ? "" : isAsync ? `: Promise<${result}>` : `: ${result}`}`;
const keyword = ({ isAsync }: FunctionText): string => (isAsync ? "async " : "");
const arrow = (fn: FunctionText): string => `${keyword(fn)}${head(fn)} => {\n${fn.body}\n}`;
const expression = (fn: FunctionText, name = ""): string =>
  `${keyword(fn)}function ${name}${head(fn)} {\n${fn.body}\n}`;
const method = (fn: FunctionText, name: string): string =>
  `${keyword(fn)}${name}${head(fn)} {\n${fn.body}\n}`;
const callsOf = (fn: FunctionText, callee: string): string[] => [
  ...fn.calls.map((args) => `${callee}(${args})`),
  `[${callee}.name, ${callee}.length]`,
];

/** An error at the top of a module would stop the module. */
const caught = (call: string): string =>
  `(() => { try { const early: unknown = ${call}; return early instanceof Promise ? early.catch(String) : early; } catch (error) { return String(error); } })()`;

/** Forms of functions, by name. */
export const FORMS: Readonly<Record<string, (fn: FunctionText) => Unit>> = {
  declaration: (fn) => ({
    text: `${fn.mark}\nexport ${expression(fn, fn.id)}`,
    calls: callsOf(fn, fn.id),
  }),
  "called above its declaration": (fn) => ({
    text: `export const early_${fn.id}: unknown = ${caught(`${fn.id}(${fn.calls[0]})`)};\n${fn.mark}\n${expression(fn, fn.id)}`,
    calls: [`early_${fn.id}`, ...callsOf(fn, fn.id)],
  }),
  "default declaration": (fn) => ({
    text: `${fn.mark}\nexport default ${expression(fn, fn.id)}`,
    calls: callsOf(fn, fn.id),
  }),
  "default without a name": (fn) => ({
    text: `${fn.mark}\nexport default ${expression(fn)}`,
    calls: callsOf(fn, "_module.default"),
  }),
  "default arrow": (fn) => ({
    text: `${fn.mark}\nexport default ${arrow(fn)};`,
    calls: callsOf(fn, "_module.default"),
  }),
  arrow: (fn) => ({ text: `${fn.mark}\nexport const ${fn.id} = ${arrow(fn)};`, calls: callsOf(fn, fn.id) }),
  "function expression": (fn) => ({
    text: `${fn.mark}\nexport const ${fn.id} = ${expression(fn)};`,
    calls: callsOf(fn, fn.id),
  }),
  "named function expression": (fn) => ({
    text: `${fn.mark}\nexport const ${fn.id} = ${expression(fn, "inner")};`,
    calls: callsOf(fn, fn.id),
  }),
  method: (fn) => ({
    text: `export class C_${fn.id} {\n${fn.mark}\n${method(fn, fn.id)}\n}`,
    calls: callsOf(fn, `new C_${fn.id}().${fn.id}`),
  }),
  "static method": (fn) => ({
    text: `export class C_${fn.id} {\n${fn.mark}\nstatic ${method(fn, fn.id)}\n}`,
    calls: callsOf(fn, `C_${fn.id}.${fn.id}`),
  }),
  "quoted method": (fn) => ({
    text: `export class C_${fn.id} {\n${fn.mark}\n${method(fn, `"${fn.id} x"`)}\n}`,
    calls: callsOf(fn, `new C_${fn.id}()["${fn.id} x"]`),
  }),
  "private method": (fn) => ({
    text: `export namespace N_${fn.id} { export class Klass {\n${fn.mark}\n${method(fn, "#m")}\n${fn.calls.map((args, n) => `call${n}(): unknown { return this.#m(${args}); }`).join("\n")}\n} }`,
    calls: fn.calls.map((_, n) => `new N_${fn.id}.Klass().call${n}()`),
  }),
  "private static method": (fn) => ({
    text: `export namespace N_${fn.id} { export class Klass {\n${fn.mark}\nstatic ${method(fn, "#m")}\n${fn.calls.map((args, n) => `static call${n}(): unknown { return Klass.#m(${args}); }`).join("\n")}\n} }`,
    calls: fn.calls.map((_, n) => `N_${fn.id}.Klass.call${n}()`),
  }),
  "method of an object": (fn) => ({
    text: `export const o_${fn.id} = {\n${fn.mark}\n${method(fn, fn.id)},\n};`,
    calls: callsOf(fn, `o_${fn.id}.${fn.id}`),
  }),
  "property of an object": (fn) => ({
    text: `export const o_${fn.id} = {\n${fn.mark}\n${fn.id}: ${arrow(fn)},\n};`,
    calls: callsOf(fn, `o_${fn.id}.${fn.id}`),
  }),
  "field of a class": (fn) => ({
    text: `export class C_${fn.id} {\n${fn.mark}\n${fn.id} = ${arrow(fn)};\n}\nexport const i_${fn.id} = new C_${fn.id}();`,
    calls: callsOf(fn, `i_${fn.id}.${fn.id}`),
  }),
  "static field of a class": (fn) => ({
    text: `export class C_${fn.id} {\n${fn.mark}\nstatic ${fn.id} = ${arrow(fn)};\n}`,
    calls: callsOf(fn, `C_${fn.id}.${fn.id}`),
  }),
  "member of a namespace": (fn) => ({
    text: `export namespace N_${fn.id} {\n${fn.mark}\nexport ${expression(fn, fn.id)}\n}`,
    calls: callsOf(fn, `N_${fn.id}.${fn.id}`),
  }),
  call: (fn) => ({
    text: `export const ${fn.id} = cached(${arrow(fn)}, { ttl: 60 });`,
    calls: callsOf(fn, fn.id),
  }),
  "curried call": (fn) => ({
    text: `export const ${fn.id} = cached({ ttl: "1m" })(${expression(fn)});`,
    calls: callsOf(fn, fn.id),
  }),
  "call with a named function": (fn) => ({
    text: `export const ${fn.id} = cached(${expression(fn, "inner")});`,
    calls: callsOf(fn, fn.id),
  }),
  decorator: (fn) => ({
    text: `export class C_${fn.id} {\n@cached({ ttl: 60 }) ${method(fn, fn.id)}\n}`,
    calls: callsOf(fn, `new C_${fn.id}().${fn.id}`),
  }),
  "inside of a function": (fn) => ({
    text: `export function make_${fn.id}() {\n${fn.mark}\n${expression(fn, fn.id)}\nreturn ${fn.id};\n}\nexport const ${fn.id} = make_${fn.id}();`,
    calls: callsOf(fn, fn.id),
  }),
  overloaded: ({ id, mark }) => ({
    text: `${mark}\nexport function ${id}(x: string): string;\nexport function ${id}(x: number, y?: string): number;\nexport function ${id}(x: string | number, y = "z"): unknown { log.push("body"); return typeof x === "number" ? x + y.length : x; }`,
    calls: [`${id}("a")`, `${id}(1)`, `${id}(1, "zz")`, `[${id}.name, ${id}.length]`],
  }),
  generic: ({ id, mark }) => ({
    text: `${mark}\nexport function ${id}<T extends string | number, K extends keyof T>(a: T, b: readonly T[] = [], k?: K & string): { a: T; b: readonly T[]; k: K | "none" } { log.push("body"); return { a, b, k: k ?? "none" }; }`,
    calls: [`${id}("a")`, `${id}(1, [2, 3])`, `${id}("a", ["b"], "length").k`],
  }),
  "typed by its context": ({ id, mark }) => ({
    text: `${mark}\nexport const ${id}: (a: number, b?: string, ...c: number[]) => unknown[] = (a, b, ...c) => [a, b, c];`,
    calls: [`${id}(1)`, `${id}(1, "x", 2)`, `[${id}.name, ${id}.length]`],
  }),
  "type predicate": ({ id, mark }) => ({
    text: `${mark}\nexport function ${id}(x: string | number): x is string { return typeof x === "string"; }\n${mark}\nexport const not_${id} = (x: string | null) => x !== null;`,
    calls: [`${id}("a")`, `${id}(1)`, `["a", null].filter(not_${id}).map((x) => x.length)`],
    marks: 2,
  }),
  recursive: ({ id, mark }) => ({
    text: `${mark}\nexport function ${id}(n: number): number { return n < 1 ? 0 : n + ${id}(n - 1); }`,
    calls: [`${id}(3)`, `${id}(5)`, `${id}(4)`],
  }),
  "marked inside of a marked one": ({ id, mark }) => ({
    text: `${mark}\nexport function ${id}(n: number): number[] {\n${mark}\nconst inner = (m: number): number => { return m + n; };\nreturn [inner(1), inner(1)]; }`,
    calls: [`${id}(3).length`],
    marks: 2,
  }),
  "capturing variables": ({ id, mark, isAsync }) => ({
    text: `export function make_${id}(tenant: number, { limit }: { limit: number }) {\n${mark}\n${isAsync ? "async " : ""}function ${id}(n: number)${isAsync ? ": Promise<unknown[]>" : ": unknown[]"} { log.push("body"); return n > 1 ? [n, tenant, limit] : [n, limit]; }\nreturn ${id}; }\nexport const ${id} = make_${id}(1, { limit: 2 });\nexport const other_${id} = make_${id}(2, { limit: 2 });`,
    calls: [`${id}(1)`, `${id}(2)`, `other_${id}(1)`, `other_${id}(2)`],
  }),
  "exported under another name": (fn) => ({
    text: `${fn.mark}\n${expression(fn, fn.id)}\nexport { ${fn.id} as other_${fn.id} };`,
    calls: callsOf(fn, fn.id),
  }),
  "merged with a namespace": (fn) => ({
    text: `${fn.mark}\nexport ${expression(fn, fn.id)}\nexport namespace ${fn.id} { export const more = 1; }`,
    calls: [...callsOf(fn, fn.id), `${fn.id}.more`],
  }),
  "reading its receiver": ({ id, mark }) => ({
    text: `export class C_${id} { constructor(readonly tenant: number, readonly other: string) {}\n${mark.replace("@cached", "@cached this=tenant")}\n${id}(n: number): unknown[] { log.push("body"); return [n, this.tenant]; } }`,
    calls: [`new C_${id}(1, "a").${id}(1)`, `new C_${id}(2, "a").${id}(1)`, `new C_${id}(1, "b").${id}(1)`],
  }),
  "generic call": ({ id }) => ({
    text: `export const ${id} = cached(<T extends string>(a: T) => ({ a }));`,
    calls: [`${id}("x").a`],
  }),
  "typed by a union of tuples": ({ id, mark }) => ({
    text: `type F_${id} = (...args: ["a", number] | ["b", string]) => string | number;\n${mark}\nexport const ${id}: F_${id} = (kind, v) => kind === "a" ? v.toFixed() : v.length;`,
    calls: [`${id}("a", 1)`, `${id}("b", "x")`],
  }),
  "types of parameters": ({ id, mark }) => ({
    text: `${mark}\nexport function ${id}(a: number, b: typeof a): typeof a { return a + b; }`,
    calls: [`${id}(1, 2)`],
  }),
  "assertions of parameters": ({ id, mark }) => ({
    text: `${mark.replace("@cached", "@cached ignore=context")}\nexport function ${id}(context: { fail(): never; assertText(x: unknown): asserts x is string }, x: string | number, y: string | number): number { if (typeof x === "number") context.fail(); context.assertText(y); return x.length + y.length; }`,
    calls: [`${id}({ fail, assertText: () => {} } as never, "a", "b")`],
  }),
  "capturing a variable before it is initialized": ({ id, mark }) => ({
    text: `export function make_${id}() {\n${mark}\nfunction ${id}(n: number): unknown[] { return n > 1 ? [n, late] : [n]; }\nconst early = ${id}(1); const late = 7; return { early, ${id} }; }`,
    calls: [`make_${id}().early`, `make_${id}().${id}(2)`],
  }),
  "reading its receiver at times": ({ id, mark }) => ({
    text: `export class C_${id} { tenant = 1;\n${mark.replace("@cached", "@cached this=tenant")}\n${id}(n: number): unknown[] { return n > 1 ? [n, this.tenant] : [n]; } }`,
    calls: [`new C_${id}().${id}.call(void 0 as never, 1)`, `new C_${id}().${id}(2)`],
  }),
  "member that is gone": ({ id, mark }) => ({
    text: `const replace_${id} = (_value: unknown, _context: unknown): any => class {};\n@replace_${id}\nexport class C_${id} {\n${mark}\nstatic ${id}(n: number): number { return n; } }`,
    calls: [`typeof C_${id}.${id}`],
  }),
};
