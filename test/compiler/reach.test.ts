import { describe, expect, test } from "vitest";
import { analyzeAll, sources } from "../support/analyzed.ts";

/** The texts of a project, whose `main.ts` has the one cached function `f`, and the ways that its warnings show. */
type Trap = readonly [what: string, files: Readonly<Record<string, string>>, ...ways: string[]];

const main = (head: string, body: string, sign = "f(id: number): unknown"): string =>
  `${head}\n// @cached ttl=1 this=ignore\nexport function ${sign} { return ${body}; }\n`;

const TRAPS: readonly Trap[] = [
  [
    "the user of a request, through two modules",
    {
      "main.ts": main(`import { loadUser } from "./db.ts";`, "loadUser(id)"),
      "db.ts": `import { currentUser } from "./context.ts";\nexport const loadUser = (id: number) => [id, currentUser()];`,
      "context.ts": `import { AsyncLocalStorage } from "node:async_hooks";\nconst storage = new AsyncLocalStorage<string>();\nexport function currentUser() { return storage.getStore(); }`,
    },
    "f → loadUser (db.ts:2) → currentUser (context.ts:3) → storage.getStore()",
  ],
  [
    "a storage that another module exports",
    {
      "main.ts": main(`import { userId } from "./user.ts";`, "userId()"),
      "user.ts": `import { request } from "./storage.ts";\nexport const userId = () => request.storage.getStore();`,
      "storage.ts": `import { AsyncLocalStorage } from "node:async_hooks";\nexport const request = { storage: new AsyncLocalStorage<string>() };`,
    },
    "f → userId (user.ts:2) → request.storage.getStore()",
  ],
  [
    "a clock behind a re-export",
    {
      "main.ts": main(`import { stamp } from "./index.ts";`, "stamp()"),
      "index.ts": `export * from "./other.ts"; export { now as stamp } from "./time.ts";`,
      "other.ts": `export const nothing = 1;`,
      "time.ts": `export function now() { return Date.now(); }`,
    },
    "f → stamp (time.ts:1) → Date.now()",
  ],
  [
    "a clock behind `export *`, of a module that imports it",
    {
      "main.ts": main(`import { now } from "./index.ts";`, "now()"),
      "index.ts": `export * from "./index.ts"; export * from "./time.ts";`,
      "time.ts": `import { read } from "./clock.ts"; export { read as now };`,
      "clock.ts": `export const read = () => performance.now();`,
    },
    "f → now (clock.ts:1) → performance.now()",
  ],
  [
    "the request of a framework behind a re-export",
    {
      "main.ts": main(`import { jar } from "./request.ts";`, "jar()"),
      "request.ts": `export { cookies as jar } from "next/headers";`,
    },
    "jar()",
  ],
  [
    "a member of the instance that a module holds",
    {
      "main.ts": main(`import { settings } from "./settings.ts";`, "settings.language(id)"),
      "settings.ts": `class Settings { private locale = "en"; set(to: string) { this.locale = to; }\nlanguage(id: number) { return [id, this.short()]; } private short() { return this.locale.slice(0, 2); } }
export const settings = new Settings();`,
    },
    "f → settings.language (settings.ts:2) → this.short (settings.ts:2) → this.locale",
  ],
  [
    "the clock under another name",
    { "main.ts": main(`const Now = Date;`, "[id, new Now().getHours()]") },
    "new Now()",
  ],
  [
    "the clock by an element",
    {
      "main.ts": main(`import { stamp } from "./time.ts";`, "stamp()"),
      "time.ts": `export const stamp = () => Date["now"]();`,
    },
    `f → stamp (time.ts:1) → Date["now"]()`,
  ],
  [
    "a variable of a module that is imported as a whole",
    {
      "main.ts": main(`import * as settings from "./settings.ts";`, "settings.locale"),
      "settings.ts": `export let locale = "en"; export function setLocale(to: string) { locale = to; }`,
    },
    "settings.locale",
  ],
  [
    "a collection of a module that is imported as a whole, in a helper",
    {
      "main.ts": main(`import { names } from "./names.ts";`, "names()"),
      "names.ts": `import * as table from "./table.ts";\nexport const names = () => [...table.rows];`,
      "table.ts": `export const rows: string[] = []; export const add = (row: string) => { rows.push(row); };`,
    },
    "f → names (names.ts:2) → table.rows",
  ],
  [
    "a variable of a namespace",
    {
      "main.ts": main(`import { Settings } from "./settings.ts";`, "Settings.locale"),
      "settings.ts": `export namespace Settings { export let locale = "en"; export const set = (to: string) => { locale = to; }; }`,
    },
    "Settings.locale",
  ],
  [
    "a static member of a class",
    {
      "main.ts": main(`import { Settings } from "./settings.ts";`, "Settings.language()"),
      "settings.ts": `export class Settings { static locale = "en"; static set(to: string) { Settings.locale = to; }\nstatic language() { return this.locale.slice(0, 2); } }`,
    },
    "f → Settings.language (settings.ts:2) → this.locale",
  ],
  [
    "another name of a global",
    {
      "main.ts": main(`import { now } from "./time.ts";`, "now()"),
      "time.ts": `export const now = Date.now;`,
    },
    "now()",
  ],
  [
    "a map that functions change",
    {
      "main.ts": main(`import { rate } from "./rates.ts";`, "rate(id)"),
      "rates.ts": `const rates = new Map<number, number>();\nexport const rate = (id: number) => rates.get(id);\nexport function setRate(id: number, to: number) { rates.set(id, to); }`,
    },
    "f → rate (rates.ts:2) → rates",
  ],
  [
    "a map of another module, directly",
    {
      "main.ts": main(`import { rates } from "./rates.ts";`, "rates.get(id)"),
      "rates.ts": `export const rates = new Map<number, number>(); export function clear() { rates.clear(); }`,
    },
    "rates",
  ],
  [
    "a typed array that functions change",
    {
      "main.ts": main(`import { rate } from "./rates.ts";`, "rate(id)"),
      "rates.ts": `const rates = new Float64Array(8);\nexport const rate = (id: number) => rates[id];\nexport function setRate(id: number, to: number) { rates[id] = to; }`,
    },
    "f → rate (rates.ts:2) → rates",
  ],
  [
    "a date that functions change",
    {
      "main.ts": main(`import { start } from "./start.ts";`, "start()"),
      "start.ts": `const date = new Date(0);\nexport const start = () => date.getTime();\nexport function move(to: number) { date.setTime(to); }`,
    },
    "f → start (start.ts:2) → date",
  ],
  [
    "a counter in an element",
    {
      "main.ts": main(`import { count } from "./counts.ts";`, "[count(id), count(id + 1)]"),
      "counts.ts": `const counts = new Uint32Array(8); const others: Record<number, number> = {};\nexport function count(id: number) { others[id] += 1; return counts[id]++; }`,
    },
    "f → count (counts.ts:2) → counts",
  ],
  [
    "a setting that is assigned to",
    {
      "main.ts": main(`import { translate } from "./i18n.ts";`, "translate(id)"),
      "i18n.ts": `const config = { locale: "en", debug: false };\nexport const setLocale = (to: string) => { config.locale = to; };\nexport const translate = (id: number) => config.locale + id;`,
    },
    "f → translate (i18n.ts:3) → config",
  ],
  [
    "a variable that is reassigned, under another name",
    {
      "main.ts": main(`import { who } from "./session.ts";`, "who()"),
      "session.ts": `import { user as current } from "./state.ts"; export const who = () => current;`,
      "state.ts": `let name = "a"; export { name as user }; export function login(to: string) { name = to; }`,
    },
    "f → who (session.ts:1) → current",
  ],
  [
    "modules that import each other",
    {
      "main.ts": main(`import { even } from "./even.ts";`, "even(id)"),
      "even.ts": `import { odd } from "./odd.ts"; export const even = (n: number): unknown => n === 0 || odd(n - 1);`,
      "odd.ts": `import { even } from "./even.ts"; import { f } from "./main.ts";\nexport const odd = (n: number): unknown => n > Math.random() && [even(n - 1), f(n)];`,
    },
    "f → even (even.ts:1) → odd (odd.ts:2) → Math.random()",
  ],
  [
    "an overloaded function",
    {
      "main.ts": main(`import { at } from "./at.ts";`, "at(id)"),
      "at.ts": `export function at(a: string): string;\nexport function at(a: number): string;\nexport function at(a: unknown) { return Date() + String(a); }`,
    },
    "f → at (at.ts:3) → Date()",
  ],
  [
    "a default export",
    {
      "main.ts": main(`import load, { other } from "./load.ts";`, "[load(), other()]"),
      "load.ts": `export default () => Date.now(); export { default as other } from "./other.ts";`,
      "other.ts": `export default function named() { return Math.random(); }`,
    },
    "f → load (load.ts:1) → Date.now()",
    "f → other (other.ts:1) → Math.random()",
  ],
  [
    "a namespace import, and a namespace that is exported",
    {
      "main.ts": main(`import * as time from "./time.ts";`, "[time.now(), time.more.at()]"),
      "time.ts": `export const now = () => Date.now(); export * as more from "./more.ts";`,
      "more.ts": `export function at() { return new Date(); }`,
    },
    "f → time.now (time.ts:1) → Date.now()",
    "f → time.more.at (more.ts:1) → new Date()",
  ],
  [
    "a method of a service that the constructor takes",
    {
      "main.ts": `import { Repo } from "./repo.ts";\nexport class Users { constructor(private readonly repo: Repo, readonly b = 1) {}\n// @cached ttl=1 this=ignore\nfind(id: number): unknown { return this.repo.load(id); } }`,
      "repo.ts": `import type { Clock } from "./clock.ts";\nexport class Repo { #clock: Clock; constructor(clock: Clock) { this.#clock = clock; }\nload(id: number) { return this.#clock.now() + id; } }`,
      "clock.ts": `export class Clock extends Base {} class Base { now() { return Date.now(); } }`,
    },
    "Users.find → this.repo.load (repo.ts:3) → this.#clock.now (clock.ts:1) → Date.now()",
  ],
  [
    "services that are injected, created, or returned",
    {
      "main.ts": `import { inject } from "@angular/core"; import { Clock } from "./clock.ts"; import { makeClock } from "./make.ts";\nconst own = makeClock(); export class Users { clock = inject(Clock); made?: Clock = new Clock();\n// @cached ttl=1 this=ignore\nfind(id: number): unknown { return [this.clock.a(), this.made!.b(), own.c(), id]; } }`,
      "make.ts": `import { Clock } from "./clock.ts"; export function makeClock() { return new Clock(); }`,
      "clock.ts": `export class Clock { a() { return Date.now(); } b() { return Date(); } c() { return new Date(); } }`,
    },
    "Users.find → this.clock.a (clock.ts:1) → Date.now()",
    "Users.find → this.made!.b (clock.ts:1) → Date()",
    "Users.find → own.c (clock.ts:1) → new Date()",
  ],
  [
    "functions that are handed to `map` and `then`",
    {
      "main.ts": main(`import { row, done } from "./rows.ts";`, "Promise.all([id].map(row)).then(done)"),
      "rows.ts": `export const row = (n: number) => n + Math.random();\nexport async function done(rows: number[]) { return [Date.now(), ...rows]; }`,
    },
    "f → row (rows.ts:1) → Math.random()",
    "f → done (rows.ts:2) → Date.now()",
  ],
  [
    "methods and accessors of an object",
    {
      "main.ts": main(`import { tools } from "./tools.ts";`, "[tools.time.now(), tools.id, tools.day()]"),
      "tools.ts": `import { day } from "./day.ts"; export const tools = { time: { now: () => Date.now() }, get id() { return Math.random(); }, day };`,
      "day.ts": `export const day = () => new Date();`,
    },
    "f → tools.time.now (tools.ts:1) → Date.now()",
    "f → tools.id (tools.ts:1) → Math.random()",
    "f → tools.day (day.ts:1) → new Date()",
  ],
  [
    "constructors and fields of classes, and static methods",
    {
      "main.ts": main(`import { Token } from "./token.ts";`, "[new Token(), Token.next()]"),
      "token.ts": `import { Base } from "./base.ts"; export class Token extends Base { static next() { return Math.random(); } }`,
      "base.ts": `export class Base { at = Date.now(); constructor() { this.day = new Date(); } day: Date; }`,
    },
    "f → Token (token.ts:1) → Base (base.ts:1) → Date.now()",
    "f → Token (token.ts:1) → Base (base.ts:1) → new Date()",
    "f → Token.next (token.ts:1) → Math.random()",
  ],
  [
    "an import at run time",
    {
      "main.ts": main("", "(await import('./time.ts')).now()", "f(id: number): Promise<unknown>").replace(
        "export function",
        "export async function",
      ),
      "time.ts": `export const now = () => Date.now();`,
    },
    "f → (await import('./time.ts')).now (time.ts:1) → Date.now()",
  ],
  [
    "a function that a package wraps",
    {
      "main.ts": main(`import { load } from "./load.ts";`, "load(id)"),
      "load.ts": `import { cache } from "react"; export const load = cache(async (id: number) => [id, Date.now()]);`,
    },
    "f → load (load.ts:1) → Date.now()",
  ],
  [
    "packages that are known to read the clock",
    {
      "main.ts": main(`import { age } from "./age.ts";`, "age(id)"),
      "age.ts": `import dayjs from "dayjs"; import { isPast } from "date-fns"; import { DateTime } from "luxon";\nexport const age = (id: number) => [dayjs().diff(id), dayjs(id), isPast(id), DateTime.now(), DateTime.fromMillis(id)];`,
    },
    "f → age (age.ts:2) → dayjs()",
    "f → age (age.ts:2) → isPast(id)",
    "f → age (age.ts:2) → DateTime.now()",
  ],
  [
    "what a page shows, the cookies of a request, and a store's request, in helpers",
    {
      "main.ts": main(
        `import { isDark, session, tenant } from "./helpers.ts";`,
        "[isDark(), session(), tenant()]",
      ),
      "helpers.ts": `import { cookies } from "next/headers"; import { getContext } from "hono/context-storage";\nexport const isDark = () => matchMedia("(prefers-color-scheme: dark)").matches;\nexport const session = () => cookies().get("session");\nexport function tenant() { return getContext().var.tenant; }`,
    },
    "f → isDark (helpers.ts:2) → matchMedia(…)",
    "f → session (helpers.ts:3) → cookies()",
    "f → tenant (helpers.ts:4) → getContext()",
  ],
  [
    "defaults of parameters, and tags of templates",
    {
      "main.ts": main(`import { token, tag } from "./text.ts";`, "[token(), tag`a${id}`]"),
      "text.ts": `export const token = (seed = Math.random()) => seed;\nexport function tag(parts: TemplateStringsArray, ...all: unknown[]) { return [parts, all, Date.now()]; }`,
    },
    "f → token (text.ts:1) → Math.random()",
    "f → tag (text.ts:2) → Date.now()",
  ],
  [
    "the request that a service holds",
    {
      "main.ts": `import { Current } from "./current.ts";\nexport class Users { constructor(private readonly current: Current) {}\n// @cached ttl=1 this=ignore\nfind(id: number): unknown { return [id, this.current.user()]; } }`,
      "current.ts": `import { Inject } from "@nestjs/common"; import { REQUEST } from "@nestjs/core";\nexport class Current { constructor(@Inject(REQUEST) private readonly req: { user: string }) {}\nuser() { return this.req.user; } }`,
    },
    "Users.find → this.current.user (current.ts:3) → this.req",
  ],
  [
    "a time that is returned, or decides, besides a log",
    {
      "main.ts": main(`import { timed, slow, late } from "./timed.ts";`, "[timed(id), slow(id), late(id)]"),
      "timed.ts": `export function timed(id: number) { const start = Date.now(); console.log(Date.now() - start); return { id, start }; }
export function slow(id: number) { const start = performance.now(); if (performance.now() - start > 9) { console.warn(id); return 0; } return id; }
export function late(id: number) { let at = new Date(); console.log(at); at = new Date(id); return at; }`,
    },
    "f → timed (timed.ts:1) → Date.now()",
    "f → slow (timed.ts:2) → performance.now()",
    "f → late (timed.ts:3) → new Date()",
  ],
  [
    "an error that a function on the way catches, or may catch",
    {
      "main.ts": main(
        `import { check, checkLater, tell, attempt } from "./check.ts";`,
        "[tell(id), checkLater(id).catch((error) => error.at), attempt(() => check(id))]",
      ),
      "check.ts": `import { attempt as tried } from "some-package"; export const attempt = tried;
export function tell(id: number) { try { return toCheck(id); } catch (error) { return error; } }
function toCheck(id: number) { if (id < 0) throw { at: Date.now() }; return id; }
export async function checkLater(id: number) { if (id < 0) throw { at: new Date() }; return id; }
export function check(id: number) { if (id < 0) throw { at: performance.now() }; return id; }`,
    },
    "f → tell (check.ts:2) → toCheck (check.ts:3) → Date.now()",
    "f → checkLater (check.ts:4) → new Date()",
    "f → check (check.ts:5) → performance.now()",
  ],
  [
    "clocks under other names, and of classes that extend them",
    {
      "main.ts": main(
        `import { plain, day, Later, instant, today } from "./time.ts";`,
        "[plain(), day(), new Later(), instant(), today()]",
      ),
      "time.ts": `export const plain = () => (0, Date.now)();
const format = new Intl.DateTimeFormat("en"); export const day = () => format.format();
class Base extends Date {} export class Later extends Base { label = new Base(0); }
const { Now } = Temporal; export const instant = () => Now.instant();
export const today = () => Intl.DateTimeFormat("en").formatToParts();`,
    },
    "f → plain (time.ts:1) → (0, Date.now)()",
    "f → day (time.ts:2) → format.format()",
    "new Later()",
    "f → instant (time.ts:4) → Now.instant()",
    'f → today (time.ts:5) → Intl.DateTimeFormat("en").formatToParts(…)',
  ],
  [
    "parts of a module's object, which are changed under another name",
    {
      "main.ts": main(
        `import { names, count, first, settings } from "./state.ts";`,
        "[names(), count(), first(), settings()]",
      ),
      "state.ts": `const state = { names: [] as string[], count: { all: 0 }, rows: [{ at: 0 }], settings: {} };
const { names: list } = state; export const names = () => list.join(); export const add = (name: string) => state.names.push(name);
export const count = () => state.count.all; export function tick() { const { count } = state; count.all++; }
export const first = () => state.rows[0]!.at; export function reset() { for (const row of state.rows) row.at = 0; }
export const settings = () => state.settings; export const set = (next: object) => Object.assign(state.settings, next);`,
    },
    "f → names (state.ts:2) → list",
    "f → count (state.ts:3) → state",
  ],
  [
    "the shortest of several ways, once",
    {
      "main.ts": main(`import { a } from "./a.ts"; import { b } from "./b.ts";`, "[a(), b()]"),
      "a.ts": `import { b } from "./b.ts"; export const a = () => b();`,
      "b.ts": `export const b = () => [Date.now(), Date.now()];`,
    },
    "f → b (b.ts:1) → Date.now()",
  ],
];

const SILENT: readonly Trap[] = [
  [
    "functions that compute",
    {
      "main.ts": main(`import { sum } from "./sum.ts";`, "sum(id)"),
      "sum.ts": `import { add } from "./add.ts"; export const sum = (n: number) => add(n, 1);`,
      "add.ts": `export const add = (a: number, b: number) => a + b; export const now = () => Date.now();`,
    },
  ],
  [
    "functions of the same names that are not called",
    {
      "main.ts": main(`import { Clock } from "./clock.ts";`, "new Clock().day(id)"),
      "clock.ts": `export class Clock { now() { return Date.now(); } static day() { return new Date(); } day(id: number) { return new Date(id); } }`,
    },
  ],
  [
    "types, and imports of types",
    {
      "main.ts": main(`import type { now } from "./time.ts";`, "id as unknown as ReturnType<typeof now>"),
      "time.ts": `export const now = () => Date.now();`,
    },
  ],
  [
    "cached functions, which have their own warnings",
    {
      "main.ts": main(`import { now, at } from "./time.ts";`, "[now(), at()]"),
      "time.ts": `import { cached } from "aotcache"; // @cached ttl=1\nexport function now() { return Date.now(); } export const at = cached(() => new Date());`,
    },
  ],
  [
    "a memo, which gives the same answer again",
    {
      "main.ts": main(`import { format } from "./format.ts";`, "format('en', id)"),
      "format.ts": `const formats = new Map<string, Intl.NumberFormat>(); const names: Record<string, string> = {};
export function format(locale: string, n: number) { let format = formats.get(locale); if (!format) { format = new Intl.NumberFormat(locale); formats.set(locale, format); } names[locale] ??= locale; return format.format(n); }`,
    },
  ],
  [
    "runs in flight that are shared",
    {
      "main.ts": main(`import { load } from "./load.ts";`, "load(id)"),
      "load.ts": `const flights = new Map<number, Promise<number>>(); export function load(id: number) { const known = flights.get(id); if (known) return known; const run = Promise.resolve(id).finally(() => flights.delete(id)); flights.set(id, run); return run; }`,
    },
  ],
  [
    "constants of namespaces and classes, and statics that are set once or only counted",
    {
      "main.ts": main(
        `import * as all from "./settings.ts"; import { Limits, Settings } from "./settings.ts";`,
        "[Limits.most, all.size, Settings.limit, Settings.pool(), new Date(id), Reflect['get']({}, 'a')]",
      ),
      "settings.ts": `export const size = 1; export namespace Limits { export const most = 3; }
export class Settings { static limit = 3; static instance?: Settings; static runs = 0; size = 1;
static pool() { Settings.runs++; return (Settings.instance ??= new Settings()).size; } } Settings.limit = 4;`,
    },
  ],
  [
    "members of instances that are made for the call",
    {
      "main.ts": main(`import { Reader } from "./reader.ts";`, "new Reader(id).next()"),
      "reader.ts": `export class Reader { private at = 0; constructor(private readonly from: number) {} next() { this.at = this.at + 1; return this.from + this.at; } }`,
    },
  ],
  [
    "tables that are filled while the module is loaded",
    {
      "main.ts": main(`import { table } from "./table.ts";`, "table.get(id)"),
      "table.ts": `export const table = new Map<number, string>(); for (const id of [1, 2]) table.set(id, String(id)); [3].forEach(() => 0); (() => { table.set(4, "d"); })();`,
    },
  ],
  [
    "a log that is only written",
    {
      "main.ts": main(`import { load } from "./load.ts";`, "load(id)"),
      "load.ts": `const seen: number[] = []; let runs = 0; export const all = () => [seen, runs]; export function load(id: number) { seen.push(id); runs++; return id; }`,
    },
  ],
  [
    "other settings than the one that is assigned to",
    {
      "main.ts": main(`import { config } from "./config.ts";`, "config.locale"),
      "config.ts": `export const config = { locale: "en", debug: false }; export function debug() { config.debug = true; }`,
    },
  ],
  [
    "clients, whose methods have the names of those of collections",
    {
      "main.ts": main(`import { api } from "./api.ts";`, "api.get('/users')"),
      "api.ts": `import axios from "axios"; export const api = axios.create(); export const remove = (id: number) => api.delete("/users/" + id);`,
    },
  ],
  [
    "a value that is created on the first call",
    {
      "main.ts": main(`import { pool } from "./pool.ts";`, "pool()"),
      "pool.ts": `let one: string | undefined; export const pool = () => (one ??= "a");`,
    },
  ],
  [
    "what a module reads while it is loaded",
    {
      "main.ts": main(`import { started } from "./started.ts";`, "started + id"),
      "started.ts": `export const started = Date.now();`,
    },
  ],
  [
    "a clock that only feeds a log",
    {
      "main.ts": main(`import { load } from "./load.ts";`, "load(id)"),
      "load.ts": `import { logger } from "./logger.ts"; export function load(id: number) { logger.info(id, Date.now()); console.log(Date()); return id; }`,
      "logger.ts": `export const logger = { info: (...all: unknown[]) => console.log(Date.now(), ...all) };`,
    },
  ],
  [
    "a time that only feeds a log, by way of variables and tests",
    {
      "main.ts": main(
        `import { logger } from "./logger.ts";`,
        `[id]; console.log(\`\${performance.now() - start} ms\`)`,
      ).replace("return ", "const start = performance.now(); "),
      "logger.ts": `export const logger = { debug: (...all: unknown[]) => {} };`,
    },
  ],
  [
    "times of runs, which are logged",
    {
      "main.ts": main(`import { load } from "./load.ts";`, "load(id)"),
      "load.ts": `import { logger } from "./logger.ts"; import { performance } from "node:perf_hooks";
export function load(id: number) { const start = performance.now(), at = new Date(); try { return id; } finally { const ms = performance.now() - start; logger.debug({ id, ms, at: at.toISOString() }); if (ms > 100) { console.warn(\`slow: \${ms.toFixed(1)}\`); } ms > 200 && logger.error(Math.round(ms)); } }`,
      "logger.ts": `export const logger = { debug: (...all: unknown[]) => {}, error: (...all: unknown[]) => {} };`,
    },
  ],
  [
    "errors that are thrown, which no function keeps",
    {
      "main.ts": main(`import { check } from "./check.ts";`, "check(id)"),
      "check.ts": `import { NotFound, fail } from "./errors.ts";
export function check(id: number) { if (id < 0) throw new NotFound(id); if (id === 0) throw fail(); if (id > 9) throw { at: Date.now() }; return id; }`,
      "errors.ts": `let version = "1"; export const setVersion = (to: string) => { version = to; };
class Base extends Error { at = new Date(); constructor(text: string) { super(text + version + Math.random()); } }
export class NotFound extends Base { constructor(id: number) { super(String(id)); } } export const fail = () => new Base(String(Date.now()));`,
    },
  ],
  [
    "a value that is created by the first call, as an operand",
    {
      "main.ts": main(`import { table } from "./table.ts";`, "table()[id]"),
      "table.ts": `let made: string[] | undefined; const make = () => ["a"]; export const table = () => made || (made = make());`,
    },
  ],
  [
    "dates that are given",
    {
      "main.ts": main(`import { year } from "./year.ts";`, "year(id)"),
      "year.ts": `import dayjs from "dayjs"; class Day extends Date { constructor(at: number) { super(at); } } const format = new Intl.DateTimeFormat("en");
export const year = (at: number) => [new Date(at).getFullYear(), dayjs(at).year(), new Day(at), format.format(at), [new Day(at)].map(format.format)];`,
    },
  ],
  [
    "parts that were read while the module was loaded, and parts that only a memo changes",
    {
      "main.ts": main(`import { read } from "./state.ts";`, "read(id)"),
      "state.ts": `const state = { limit: 1, names: ["a"], memo: new Map<number, number>() }; const { limit } = state; const names = state.names; const { length } = names;
export function change(name: string) { state.limit = 2; const { names } = state; state.names = [...names, name]; }
export function read(id: number) { const { memo } = state; const known = memo.get(id); if (known) return [known, limit, names, length]; memo.set(id, limit); return [limit, limit, names, length]; }`,
    },
  ],
  [
    "stores that are no storage of a request",
    {
      "main.ts": main(`import { store } from "./store.ts";`, "store.getStore()"),
      "store.ts": `export const store = { getStore: () => 1 };`,
    },
  ],
  [
    "methods that have no body, and values that are not known",
    {
      "main.ts": main(
        `import { type Repo, handlers } from "./repo.ts";`,
        "[handlers[id]!(), (globalThis as unknown as { repo: Repo }).repo.find()]",
      ),
      "repo.ts": `export abstract class Repo { abstract find(): number; } export const handlers: (() => number)[] = [];`,
    },
  ],
  [
    "names that shadow those of globals and imports",
    {
      "main.ts":
        main(
          `import { now } from "./time.ts";`,
          "((now: () => number) => now())(() => id) + pick({ now }).length",
          "f(id: number): unknown",
        ) + "const pick = (o: object) => Object.keys(o);",
      "time.ts": `const Date = { now: () => 1 }; export const now = () => Date.now();`,
    },
  ],
  [
    "imports that lead nowhere, and modules that declare only types",
    {
      "main.ts": main(
        `import { gone } from "./gone.ts"; import { there } from "./there.d.ts";`,
        "[gone(), there()]",
      ),
      "there.d.ts": `export declare function there(): number;`,
    },
  ],
  [
    "packages that compute, and packages of which nothing is known",
    {
      "main.ts": main(`import { all } from "./all.ts";`, "all(id)"),
      "all.ts": `import { z } from "zod"; import _ from "lodash"; import own from "some-package"; export const all = (id: number) => [z.number().parse(id), _.chunk([id]), own.now()];`,
    },
  ],
  [
    "ids that are made from names",
    {
      "main.ts": main(`import { idOf } from "./ids.ts";`, "idOf('a')"),
      "ids.ts": `import { v5 } from "uuid"; import { createHash } from "node:crypto"; export const idOf = (name: string) => [v5(name, name), createHash("sha256").update(name).digest("hex")];`,
    },
  ],
];

describe("follows calls across modules", () => {
  const all = [...TRAPS, ...SILENT];
  const { file } = sources(
    Object.fromEntries(
      all.flatMap(([, files], index) =>
        Object.entries(files).map(([name, text]) => [`/app${index}/${name}`, text] as const),
      ),
    ),
  );
  const waysIn = (index: number): readonly string[] =>
    analyzeAll(file(`/app${index}/main.ts`))[0]!.problems.map(
      ({ message }) => /, read by `(.*?)`,/.exec(message)?.[1] ?? /`(.*?)`/.exec(message)![1]!,
    );

  test.each(TRAPS.map(([what, , ...ways], index) => [what, ways, index] as const))(
    "to %s",
    (_, ways, index) => expect(waysIn(index)).toEqual(ways),
  );

  test.each(SILENT.map(([what], index) => [what, index + TRAPS.length] as const))(
    "and is silent about %s",
    (_, index) => expect(waysIn(index)).toEqual([]),
  );
});
