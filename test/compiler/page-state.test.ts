/** A page holds state that is in no key. It is known by what a name is bound to, never by the name alone. */
import { describe, expect, test } from "vitest";
import { analyzeAll, analyzeTexts, sources } from "../support/analyzed.ts";

const READS: readonly (readonly [expression: string, ...reads: string[]])[] = [
  ['matchMedia("(max-width: 40em)").matches', 'matchMedia("(max-width: 40em)").matches'],
  ["localStorage.getItem(id)", "localStorage.getItem(id)"],
  ["sessionStorage.length + localStorage[id]", "sessionStorage.length", "localStorage[id]"],
  ["globalThis.localStorage[id]", "globalThis.localStorage[id]"],
  ["id + location.hash", "location.hash"],
  ["new URLSearchParams(window.location.search).get(id)", "window.location.search"],
  ["String(location)", "location"],
  ["document.cookie.includes(id) || document.hidden", "document.cookie", "document.hidden"],
  ["navigator.language || id", "navigator.language"],
  ["getComputedStyle(document.documentElement).fontSize", "getComputedStyle(…)"],
  ["innerWidth + window.innerHeight + self.scrollY", "innerWidth", "window.innerHeight", "self.scrollY"],
  ["document.getElementById(id)", "document.getElementById(id)"],
  ["document.querySelector(id)!.textContent", "document.querySelector(id)"],
  [
    "document.getElementById(id)?.getBoundingClientRect().left",
    "document.getElementById(id)?.getBoundingClientRect(…)",
  ],
  ["document.documentElement.lang", "document.documentElement.lang"],
  ["history.state", "history.state"],
  ["screen.width + visualViewport!.scale", "screen.width", "visualViewport!.scale"],
  ["(() => { const { theme } = localStorage; return theme; })()", "localStorage"],
  ["(() => { const kept = localStorage; return kept.getItem(id); })()", "kept.getItem(id)"],
  ["root.offsetWidth + root.scrollTop", "root.offsetWidth", "root.scrollTop"],
  ["dark.matches && root.ownerDocument.activeElement", "dark.matches", "root.ownerDocument.activeElement"],
  ["if_(window.innerWidth ? 1 : 2)", "window.innerWidth"],
  ["measure(id)", "root.clientWidth"],
];

const SILENT: readonly string[] = [
  "new URL(id).hash + new URL(id).search",
  "given.location.hash + given.clientWidth + given.innerWidth",
  "given.getBoundingClientRect().left + given.getItem(id)",
  "(() => { const location = new URL(id); const localStorage = new Map([[id, 1]]); return location.hash + localStorage.get(id); })()",
  'document.createElement("canvas").getContext("2d")!.measureText(id).width',
  '(() => { const area = document.createElement("textarea"); area.innerHTML = id; return area.value; })()',
  'new DOMParser().parseFromString(id, "text/html").querySelector("title")?.textContent',
  "/x/.exec(id)?.indices ?? id.matchAll(/x/g) ?? window.name_ ?? window.encodeURIComponent(id)",
  'typeof window === "undefined" || typeof document === "undefined" || typeof localStorage',
  '"share" in navigator || !window.matchMedia || globalThis.localStorage === undefined',
  "(() => { localStorage.setItem(id, id); localStorage[id] = id; sessionStorage.removeItem(id); return id; })()",
  "(() => { document.title = id; location.href = id; root.scrollTop = 1; location.reload(); return id; })()",
  "(() => { document.body.append(id); document.body.classList.add(id); history.pushState(null, id); return id; })()",
  "(() => { void navigator.clipboard.writeText(id); window.scrollTo(0, 0); return id; })()",
  "use(document, localStorage, document.body) + id",
  "own + theirs.innerWidth",
];

const textOf = (expression: string): string => `
const root = document.createElement("div"); const dark = matchMedia("x"); const own = 1;
const given = { location: { hash: "" }, clientWidth: 1, innerWidth: 1, getItem: String, getBoundingClientRect: () => ({ left: 1 }) };
class Window { innerWidth = 1; } const theirs = new Window();
function use(...all: unknown[]): string { return String(all.length); } const if_ = (n: number) => n;
function measure(id: string): number { return root.clientWidth + id.length; }
declare global { interface Window { name_: string } }
// @cached
export function f(id: string): unknown { return ${expression}; }`;

describe("what a page holds", () => {
  const expressions = [...READS.map(([expression]) => expression), ...SILENT];
  const analyses = analyzeTexts(expressions.map(textOf));
  const readsOf = (index: number): readonly string[] =>
    analyses[index]!.problems.filter(({ name }) => name !== "result-unproved").map(({ name, message }) =>
      name === "ambient-read" ? /^`(.*?)`/.exec(message)![1]! : message,
    );

  test.each(READS.map(([expression, ...reads], index) => [expression, reads, index] as const))(
    "%s",
    (_, reads, index) => expect(readsOf(index)).toEqual(reads),
  );

  test.each(SILENT.map((expression, index) => [expression, index + READS.length] as const))(
    "silent: %s",
    (_, index) => expect(readsOf(index)).toEqual([]),
  );
});

test("the file that an element's type comes from is a dependency, as a change there may end the warning", () => {
  const { file } = sources({
    "/app/box.ts": "export interface Box { readonly clientWidth: number } export declare const box: Box;",
    "/app/a.ts":
      'import { box } from "./box.ts";\n// @cached\nexport function f(id: string): string { return id + box.clientWidth; }',
  });
  const [analysis] = analyzeAll(file("/app/a.ts"));
  expect(analysis!.problems).toEqual([]);
  expect(analysis!.dependencies).toEqual(["/app/box.ts"]);
});

test("names of a page mean nothing where the project declares them", () => {
  const [analysis] = analyzeTexts([
    "export {}; declare global { const launchQueue_: string; var cookies: string }\n// @cached\nexport function f(id: string): string { return id + cookies; }",
  ]);
  expect(analysis!.problems).toEqual([]);
});
