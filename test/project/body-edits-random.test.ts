/** After random edits of bodies, a compiler with cached type queries returns the results of a new one. */
import { expect, it, onTestFinished, vi } from "vitest";
import { buildCacheProject } from "../support/build-cache-project.ts";
import { random } from "../support/random.ts";

/** `WALK_STEPS=1000 npx vitest run test/project/body-edits-random` runs longer. */
const STEPS = Number(process.env["WALK_STEPS"] ?? 20);
const SEED = Number(process.env["WALK_SEED"] ?? 1);

const BODIES: readonly string[] = [
  "return null!;",
  "unit = 1; return null!;",
  "let unit: unknown; unit = 1; return unit as never;",
  '({ unit } = { unit: "" }); for (unit of [1]) unit++; return null!;',
  "return { id: 7, tags: [] } as never;",
  'return import("./globals") as never;',
  "\n  // @cached\n  const inner = (n: number, key: Query): number => n + key.id;\n  return inner(1, null!) as never;",
  "sizes.deep.value = 1; return sizes as never;",
  "return (limits.first ?? order(null!)) as never;",
  "return Date.now() as never;",
  "return { id: query.id, tags: query.tags, of: query.of };",
  "return Math.random() > 0.5 ? query : { ...query, tags: [...query.tags] };",
  "if (query.of?.tags) return query.of; return { id: 1, tags: query.tags };",
  'if (typeof query.id === "string") return query; return { id: query.id, tags: query.tags };',
  "const { of } = query; if (!of) return query; return { id: 1, tags: query.tags, of: query.of };",
  'const isText = typeof query.id === "string"; return { id: 1, tags: isText ? query.tags : [] };',
  "function fail(): never { throw 1; } if (!query.of) fail(); return query.of!;",
  "query.tags.reverse(); for (const tag of query.tags) sizes.deep.value = tag; return query;",
  "query = null!; return { id: 1, tags: [], of: query.of };",
  "type Query = string; return ((query: Query) => query) as never;",
];
/** Syntax errors hide other differences, so they are rare and the next edit removes them. */
const BROKEN: readonly string[] = ["return 1 as never; } function late(): void {", "return ("];

/** Each `BODY` is replaced with one of {@link BODIES}. */
const FILES: Readonly<Record<string, readonly string[]>> = {
  "src/find.ts": [
    `import type { Query } from "./query";
import { order } from "./order";
let unit: number | string = Math.random() > 1 ? 1 : "";
const sizes = { deep: { value: 1 as unknown } };
const limits: { first?: Query } = {};
export function closed(n: number): Query { BODY }
export function open(n: number) { BODY }
class Box { width; constructor() { this.width = closed(1); } area(): Query { BODY } get wide(): Query { BODY } }
const made = typeof unit === "string" ? () => ({ unit }) : undefined;
(function (): void { BODY })();
((): Query => { BODY })();
// @cached
export function find(query: Query, rest: ReturnType<typeof closed>): Query { BODY }
// @cached
export const inferred = (query: Query, from: ReturnType<typeof open>) => { BODY };
// @cached
export const arrow = async (wide: Box["width"], of: ReturnType<NonNullable<typeof made>>): Promise<typeof unit> => { BODY };
class Finder {
  limit = unit;
  // @cached this=limit
  find({ id, tags = closed(1).tags }: Query): Query { BODY }
}
// @cached ttl=1 key=query.id,unknown
export function wrong(query: Query, plain: number): Query { BODY }
export function outer() {
  const local = open(1);
  // @cached
  return function inner(n: typeof local): Query { BODY };
}
`,
    `import type { Query } from "./query";
let unit = 1, sizes: any, limits: any, order: any;
// @cached
export function find(query: Query): Query;
export function find(query: string, more: Query): Query;
export function find(query: any): Query { BODY }
`,
  ],
  "src/order.ts": [
    `import { cached } from "aotcache";
import { Limit, type Query } from "./query";
export let unit = 1;
const sizes = { deep: { value: 1 } }, limits = new Limit();
function helper(): Query { BODY }
export const order = cached((query: Query): Query => { BODY }, { key: "query.id" });
export const first = cached((limit: Limit["first"]): ReturnType<typeof helper> => { BODY });
`,
  ],
  "src/query.ts": [
    `let unit = 1, sizes: any, limits: any, order: any;
export class Limit { first?: Query; more() { BODY } read(): Query { BODY } }
export interface Query { id: number; tags: string[]; of?: ReturnType<Limit["more"]> }
`,
    "export class Limit { first?: Query }\nexport type Query = { id: string; tags: readonly string[] };\n",
    `export class Limit { first?: Query }
export type Query =
  | { readonly id: string; readonly tags: readonly string[]; readonly of?: undefined }
  | { readonly id: number; readonly tags: string[]; readonly of: Query };
`,
  ],
  "src/globals.ts": ["export {};\n", "export {};\ndeclare global { interface Array<T> { extra: T } }\n"],
};
/** What the result holds of the arguments is checked too. */
const OPTIONS = { allow: ["cheap"] };
const MARKED = ["src/find.ts", "src/order.ts"];

it(`random edits never produce a stale result in ${STEPS} steps`, () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  const project = buildCacheProject();
  const next = random(SEED);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
  const texts = new Map<string, { form: string; bodies: readonly string[] }>();
  const start = (path: string): void => {
    const form = next() < 0.8 ? FILES[path]![0]! : pick(FILES[path]!);
    texts.set(path, { form, bodies: form.split("BODY").map(() => BODIES[0]!) });
  };
  const write = (path: string): void => {
    const { form, bodies } = texts.get(path)!;
    let index = 0;
    project.write(
      path,
      form.replace(/BODY/g, () => bodies[index++]!),
    );
  };
  for (const path of Object.keys(FILES)) {
    start(path);
    write(path);
  }
  const compiler = project.compiler(OPTIONS);
  const seen = new Set<string>();
  for (let step = 0; step < STEPS; step++) {
    const unpruned = project.unprunedCompiler(OPTIONS);
    for (const path of MARKED) {
      const [cached, fresh] = [compiler.compile(path), unpruned.compile(path)];
      expect(cached, `step ${step}: ${path}\n${project.read(path)}`).toStrictEqual(fresh);
      // Another process knows what the last one has stored.
      const session = project.session(OPTIONS);
      expect(session.compile(path), `step ${step}, stored: ${path}`).toStrictEqual(fresh);
      session.flush();
      seen.add(fresh.sites.map(({ id }) => id.version).join());
    }
    for (let change = 0; change < 1 + Math.floor(next() * 2); change++) {
      const path = next() < 0.6 ? "src/find.ts" : pick(Object.keys(FILES));
      const { form, bodies } = texts.get(path)!;
      if (next() < 0.03 || bodies.length < 2) start(path);
      else {
        const nextBodies = bodies.map((body) => (BROKEN.includes(body) ? BODIES[0]! : body));
        nextBodies[Math.floor(next() * bodies.length)] = pick(next() < 0.05 ? BROKEN : BODIES);
        texts.set(path, { form, bodies: nextBodies });
      }
      write(path);
      if (next() < 0.5) compiler.invalidate(path);
    }
    vi.setSystemTime(Date.now() + 1000);
  }
  // The edits must change results, or the test would prove nothing.
  expect(seen.size).toBeGreaterThan(STEPS / 4);
});
