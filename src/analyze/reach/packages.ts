/** What is known of packages, of the modules of Node.js and of globals: which read what no key contains, and which do more than compute. */
import { ts } from "ts-morph";
import { withoutGlobalObject } from "./environment.ts";

/** What something does besides computing. `trusted`: nothing is known of it. */
export type Effect = "network" | "files" | "processes" | "machine" | "log" | "environment" | "trusted";

export interface PackageUse {
  /** Undefined if it only computes, or only reads what a warning is about. */
  readonly effect: Effect | undefined;
  /** The package or the global: `pg`, `node:fs`, `fetch`. */
  readonly from: string;
  /** It reads the clock, chance or the context of a request. */
  readonly isAmbient: boolean;
}

interface Facts {
  readonly effect?: Effect;
  /** Calls that read the clock, chance or the context of a request: names of exports with their members. */
  readonly ambient?: readonly string[];
  /** Calls that do so without arguments. */
  readonly ambientWithoutArguments?: readonly string[];
}

const list = (names: string): readonly string[] => names.split(" ");

const ambient = (names: string, rest: Facts = {}): Facts => ({ ...rest, ambient: list(names) });

const COMPUTES: Facts = {};

const TEMPORAL_NOW =
  "Temporal.Now.instant Temporal.Now.plainDateISO Temporal.Now.plainDateTimeISO Temporal.Now.plainTimeISO Temporal.Now.zonedDateTimeISO";

/** By the name of the package, of the module, or of all whose name starts so. */
const PACKAGES: ReadonlyMap<string, Facts> = new Map<string, Facts>([
  ...each(
    "@angular/core @nestjs/common @nestjs/core ajv ansi-styles big.js bignumber.js bytes camelcase chalk change-case cheerio chroma-js class-transformer class-validator classnames clsx culori d3-* decimal.js deepmerge es-toolkit escape-html fast-deep-equal fp-ts gl-matrix he immer immutable io-ts joi js-yaml kleur lodash.* marked markdown-it micromatch minimatch ms papaparse path-to-regexp picocolors picomatch pluralize qs query-string ramda react reflect-metadata remeda rxjs semver slugify superjson superstruct tailwind-merge tiny-invariant tslib typebox valibot validator vue yaml yup zod",
    COMPUTES,
  ),
  ...each(
    "node:assert node:buffer node:events node:path node:querystring node:stream node:string_decoder node:url node:util node:zlib",
    COMPUTES,
  ),
  // The clock.
  [
    "date-fns",
    ambient(
      "endOfToday endOfTomorrow endOfYesterday formatDistanceToNow formatDistanceToNowStrict isFuture isPast isThisHour isThisISOWeek isThisMinute isThisMonth isThisQuarter isThisSecond isThisWeek isThisYear isToday isTomorrow isYesterday startOfToday startOfTomorrow startOfYesterday",
    ),
  ],
  ["dayjs", { ambientWithoutArguments: list(". utc tz") }],
  ...each("moment moment-timezone", { ambientWithoutArguments: list(". utc local tz") }),
  ...each("@js-temporal/polyfill temporal-polyfill", ambient(TEMPORAL_NOW)),
  ["luxon", ambient("DateTime.now", { ambientWithoutArguments: list("DateTime.local DateTime.utc") })],
  ["jsonwebtoken", ambient("sign verify")],
  ["jose", ambient("jwtVerify jwtDecrypt")],
  ["node:perf_hooks", ambient("performance.now")],
  ["node:process", ambient("hrtime hrtime.bigint uptime")],
  // Chance.
  ["node:crypto", ambient("randomUUID getRandomValues randomBytes randomInt webcrypto.randomUUID")],
  ...each("lodash lodash-es underscore", ambient("now random sample sampleSize shuffle uniqueId")),
  ["nanoid", ambient("nanoid customAlphabet")],
  ["uuid", ambient("v1 v4 v6 v7")],
  ["ulid", ambient("ulid")],
  ["cuid", ambient(".")],
  ["@paralleldrive/cuid2", ambient("createId")],
  ...each("bcrypt bcryptjs", ambient("hash hashSync genSalt genSaltSync")),
  ["@faker-js/faker", ambient("faker.*")],
  // The context of a request.
  ["node:async_hooks", ambient("AsyncLocalStorage.getStore")],
  ["next/headers", ambient("cookies headers draftMode")],
  ["next-auth", ambient("getServerSession")],
  ["@clerk/nextjs/server", ambient("auth currentUser")],
  ["next-intl/server", ambient("getLocale getMessages getTranslations getFormatter getNow getTimeZone")],
  ["@fastify/request-context", ambient("requestContext.get asyncLocalStorage.getStore")],
  ["express-http-context", ambient("get")],
  ["cls-hooked", ambient("getNamespace.get")],
  ["nestjs-cls", ambient("ClsService.get ClsService.getId ClsServiceManager.getClsService")],
  ["hono/context-storage", ambient("getContext tryGetContext")],
  ["$app/server", ambient("getRequestEvent")],
  ["solid-js/web", ambient("getRequestEvent")],
  ["vinxi/http", ambient("getEvent getCookie getHeader getHeaders getWebRequest")],
  [
    "@tanstack/react-start/server",
    ambient("getRequest getCookie getCookies getRequestHeader getRequestHeaders"),
  ],
  ...each(
    "nuxt/app #app #imports",
    ambient("useCookie useRequestEvent useRequestHeader useRequestHeaders useRequestURL"),
  ),
  ["i18next", ambient("t")],
  // What a ttl is for.
  ...each(
    "@apollo/client @aws-sdk/* @prisma/client @supabase/supabase-js axios drizzle-orm firebase-admin got graphql-request ioredis knex ky kysely mongodb mongoose mysql mysql2 node-fetch nodemailer ofetch openai pg postgres redis sequelize socket.io-client stripe superagent typeorm undici ws",
    { effect: "network" },
  ),
  ...each("node:dgram node:dns node:http node:http2 node:https node:net node:tls", { effect: "network" }),
  ...each("better-sqlite3 fast-glob fs-extra glob globby node:fs node:sqlite sharp sqlite3 tinyglobby", {
    effect: "files",
  }),
  ...each("execa node:child_process node:cluster node:worker_threads", { effect: "processes" }),
  ["node:os", { effect: "machine" }],
  ...each("consola debug loglevel node:console pino winston", { effect: "log" }),
  ["dotenv", { effect: "environment" }],
]);

/** Globals that read what no key contains, where another name stands for them, and those that do more than compute. */
const GLOBALS: Facts = ambient(
  `Date.now Math.random crypto.randomUUID crypto.getRandomValues performance.now process.hrtime process.uptime ${TEMPORAL_NOW}`,
  { ambientWithoutArguments: list("Intl.DateTimeFormat.format Intl.DateTimeFormat.formatToParts") },
);

const NETWORK_GLOBALS: ReadonlySet<string> = new Set(list("fetch EventSource WebSocket XMLHttpRequest"));

function each(names: string, facts: Facts): readonly (readonly [string, Facts])[] {
  return list(names).map((name) => [name, facts] as const);
}

/** Returns what a use of a package does. `path`: the export and its members; `call`: the call, or the value itself. */
export function useOfPackage(
  { package: name, path }: { readonly package: string; readonly path: readonly string[] },
  call: ts.Node,
): PackageUse {
  const facts = factsOf(name);
  if (!facts) return { effect: "trusted", from: name, isAmbient: false };
  const isAmbient = isAmbientCall(facts, path[0] === "default" ? path.slice(1) : path, call);
  return { effect: facts.effect, from: name, isAmbient };
}

/** Returns what a use of a global does, if it is known. */
export function useOfGlobal(
  { path }: { readonly path: readonly string[] },
  call: ts.Node,
): PackageUse | undefined {
  const names = withoutGlobalObject(path);
  const isNetwork = NETWORK_GLOBALS.has(names[0] ?? "");
  const isNow = names.join() === "Date" && isCallOrNew(call) && !call.arguments?.length;
  const isAmbient = isNow || isAmbientCall(GLOBALS, names, call);
  const effect = isNetwork ? "network" : undefined;
  return isAmbient || isNetwork ? { effect, from: names[0]!, isAmbient } : undefined;
}

const isCallOrNew = (node: ts.Node): node is ts.CallExpression | ts.NewExpression =>
  ts.isCallExpression(node) || ts.isNewExpression(node);

function isAmbientCall(facts: Facts, path: readonly string[], call: ts.Node): boolean {
  if (!ts.isCallExpression(call)) return false;
  const name = path.length === 0 ? "." : path.join(".");
  const group = `${path[0]}.*`;
  const isKnown = (names: readonly string[] = []): boolean => names.includes(name) || names.includes(group);
  return isKnown(facts.ambient) || (call.arguments.length === 0 && isKnown(facts.ambientWithoutArguments));
}

function factsOf(specifier: string): Facts | undefined {
  const [first = "", second = ""] = specifier.replace(/^node:/, "").split("/");
  const base = first.startsWith("@") ? `${first}/${second}` : first;
  for (const name of [
    specifier,
    `node:${specifier}`,
    `node:${base}`,
    base,
    `${first}/*`,
    base.replace(/([.-]).*$/, "$1*"),
  ]) {
    const facts = PACKAGES.get(name);
    if (facts) return facts;
  }
  return undefined;
}
