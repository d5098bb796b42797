/** The inspector: a page that shows the cached functions of a process, and its JSON. */
import { enableAll } from "../functions/all-features.ts";
import { cacheOf } from "../functions/handle.ts";
import { CacheError } from "../contract/errors.ts";
import { formatDuration } from "../contract/duration.ts";
import { suggest } from "../contract/suggest.ts";
import { isDevelopment } from "../platform/environment.ts";
import { describeCaches } from "./caches.ts";
import { argumentsOf, checkReceiver, functionsOf, invalidate, refreshCall } from "./change.ts";
import { describeAll, describeLoaded, loadedFunctions, type ManifestFunction } from "./describe.ts";
import { entriesOf } from "./entries.ts";
import { eventStream } from "./event-stream.ts";
import { mask } from "./mask.ts";
import { answerNode, type NodeRequest, type NodeResponse } from "./node.ts";
import { page, SCRIPT_NAME } from "./page.ts";
import { recorder } from "./record.ts";
import { Refusal } from "./refusal.ts";
import type { ExplainInfo, FunctionDetails, SourceInfo } from "./types.ts";
import script from "./ui/main.ts?script";

/** Options of {@link inspector}. */
export interface InspectorOptions {
  /**
   * Whether somebody may see the page and use its buttons, asked for each request; a function that throws refuses. Left
   * out: everybody may, and `NODE_ENV` must be `development`.
   */
  authorize?: (request: Request) => boolean | Promise<boolean>;
  /** Whether kept values are shown. Default: `false`, only their types and sizes. */
  values?: boolean;
  /**
   * The manifest that the compiler's option `manifest` writes, or its `sites`: also shows functions of modules that this
   * process has not loaded. Left out: the functions of this process.
   */
  manifest?: InspectedManifest | (() => InspectedManifest | Promise<InspectedManifest>);
  /** The compiled form of a file, for a function's page. Development servers give it. Left out: none. */
  source?: (file: string) => SourceInfo | undefined | Promise<SourceInfo | undefined>;
  /** Where a request opens an editor: `/__open-in-editor?file=`, before `src/users.ts:12`. Left out: nowhere. */
  editor?: string;
}

/** The functions of a project. */
export interface InspectedManifest {
  readonly sites: readonly ManifestFunction[];
}

/** A handler of web requests, and one for servers of Node.js. */
export interface Inspector {
  (request: Request): Promise<Response>;
  /** Answers a request of `http`, Express, Fastify or Connect. */
  node(request: NodeRequest, response: NodeResponse): Promise<void>;
}

const INSPECTOR_OPTIONS = ["authorize", "values", "manifest", "source", "editor"];

/**
 * Makes the handler of the inspector: a page with every cached function of the process, what is kept, whether it pays,
 * and why calls missed. It can be mounted at any path.
 *
 * Calls are recorded for a minute after the handler was made, and after each request. Otherwise it costs nothing.
 *
 * @throws {CacheError} `authorize-missing` outside of development, `option-unknown`, or `option-value`.
 * @example
 * const inspect = inspector({ authorize: (request) => request.headers.get("x-admin") === "secret" });
 * const response = await inspect(new Request("http://localhost/cache/api/functions"));
 */
export function inspector(options: InspectorOptions = {}): Inspector {
  checkInspectorOptions(options);
  const { authorize = () => true } = options;
  const context: Context = { ...options, token: crypto.randomUUID() };
  recorder.look();
  const handle = async (request: Request): Promise<Response> => {
    try {
      if (!(await isAllowed(authorize, request))) throw new Refusal(401, "You may not see this inspector.");
      recorder.look();
      return await answer(context, request);
    } catch (error) {
      if (error instanceof Refusal) return json({ error: error.message }, error.status, error.headers);
      const message = error instanceof Error ? error.message : String(error);
      return json({ error: message }, error instanceof CacheError ? 400 : 500);
    }
  };
  return Object.assign(handle, {
    node: (request: NodeRequest, response: NodeResponse) => answerNode(handle, request, response),
  });
}

function checkInspectorOptions(options: InspectorOptions): void {
  for (const name of Object.keys(options)) {
    if (INSPECTOR_OPTIONS.includes(name)) continue;
    const nearest = suggest(name, INSPECTOR_OPTIONS);
    const help = nearest ? `write \`${nearest}\`` : `it takes ${INSPECTOR_OPTIONS.join(", ")}`;
    throw new CacheError("option-unknown", `inspector() has no option \`${name}\`; ${help}.`);
  }
  const { authorize } = options;
  if (authorize !== undefined && typeof (authorize as unknown) !== "function")
    throw new CacheError("option-value", "`authorize` is not a function; write one that takes a Request.");
  if (authorize || isDevelopment()) return;
  throw new CacheError(
    "authorize-missing",
    "inspector() shows what is cached, so outside of development it must know who may see that; write inspector({ authorize: (request) => … }).",
  );
}

async function isAllowed(
  authorize: NonNullable<InspectorOptions["authorize"]>,
  request: Request,
): Promise<boolean> {
  try {
    const answer: unknown = await authorize(request);
    return answer === true;
  } catch {
    return false;
  }
}

interface Context extends InspectorOptions {
  readonly token: string;
}

/** The first part is the mount point, which the handler does not know. */
const API_PATH = /^(.*?)\/api\/(functions|caches|events|session|explain|invalidate|refresh)(?:\/(.+?))?\/?$/;

async function answer(context: Context, request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const [, , name, rest] = API_PATH.exec(pathname) ?? [];
  if (name === "invalidate" || name === "refresh") {
    allow(request, "POST");
    checkSameOrigin(context, request);
    const change = await bodyOf(request);
    if (name === "invalidate") return json({ removed: await invalidate(change) });
    return json({ value: mask(await refreshCall(change), context.values === true) });
  }
  allow(request, "GET", "HEAD");
  if (name === undefined) return pageOrScript(context, request, pathname);
  if (rest !== undefined && name !== "functions")
    throw new Refusal(404, `There is nothing at api/${name}/….`);
  switch (name) {
    case "functions":
      enableAll();
      if (rest === undefined) return json(describeAll(await sitesOf(context)));
      return json(await details(context, decoded(rest)));
    case "caches":
      return json(describeCaches(loadedFunctions().values()));
    case "session":
      return json({ token: context.token });
    case "explain":
      return json(await explain(searchParams));
    default:
      return respond(
        eventStream(request.signal, searchParams.get("only") === "stats"),
        200,
        "text/event-stream",
      );
  }
}

function pageOrScript({ editor }: Context, request: Request, pathname: string): Response {
  if (pathname.endsWith(`/${SCRIPT_NAME}`)) return respond(script, 200, "text/javascript; charset=utf-8");
  const wantsPage = request.headers.get("accept")?.includes("text/html") ?? false;
  // Without a word of the browser: a page may be mounted at `/api/cache`, but something below it may not.
  if (!wantsPage && /[^/]\/api(?:\/|$)/.test(pathname))
    throw new Refusal(
      404,
      "The inspector has api/functions, api/caches, api/events, api/session and api/explain.",
    );
  return respond(page(pathname, editor), 200, "text/html; charset=utf-8");
}

async function sitesOf({ manifest }: Context): Promise<readonly ManifestFunction[]> {
  const given = typeof manifest === "function" ? await manifest() : manifest;
  return given?.sites ?? [];
}

async function details(context: Context, id: string): Promise<FunctionDetails> {
  const functions = loadedFunctions().get(id);
  const listed = (await sitesOf(context)).find((site) => site.id === id);
  const info = functions
    ? describeLoaded(functions, listed)
    : listed && describeAll([listed]).find((each) => each.id === id);
  if (!info) throw new Refusal(404, `There is no function ${id}.`);
  const source = info.file === undefined ? undefined : await context.source?.(info.file);
  return {
    ...info,
    calls: recorder.callsOf(id),
    entries: functions ? await entriesOf(functions, context.values === true) : [],
    ...(source && { source }),
  };
}

async function explain(search: URLSearchParams): Promise<ExplainInfo> {
  const { fn, cachedFn } = functionsOf(search.get("id") ?? undefined).at(-1)!;
  checkReceiver({ cachedFn });
  const args = argumentsOf(parsed(search.get("args") ?? "[]"));
  const { key, parts, state, ttl, miss } = await cacheOf(fn).explain(...(args as never[]));
  return { key, parts, state, miss, ttl: ttl === undefined ? undefined : formatDuration(ttl * 1000) };
}

function allow(request: Request, ...methods: readonly string[]): void {
  if (methods.includes(request.method)) return;
  throw new Refusal(405, `This takes ${methods[0]!}, not ${request.method}.`, { allow: methods.join(", ") });
}

/** A page of another origin cannot read the token, and a browser says where a request comes from. */
function checkSameOrigin({ token }: Context, request: Request): void {
  const { headers } = request;
  const site = headers.get("sec-fetch-site");
  const origin = headers.get("origin");
  const isSame =
    site === null ? origin === null || hostOf(origin) === new URL(request.url).host : site === "same-origin";
  if (!isSame) throw new Refusal(403, "Only the inspector's own page may change something.");
  if (headers.get("x-aotcache-token") === token) return;
  throw new Refusal(403, "The header x-aotcache-token must have the token that api/session gives.");
}

function hostOf(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    return undefined; // `null`, of a sandboxed frame.
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, "This is not JSON.");
  }
}

async function bodyOf(request: Request): Promise<object> {
  const body = parsed(await request.text());
  if (typeof body === "object" && body !== null && !Array.isArray(body)) return body;
  throw new Refusal(400, "The body is a JSON object.");
}

function decoded(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    throw new Refusal(400, "The id of the function is not encoded as in a URL.");
  }
}

const HEADERS = {
  "cache-control": "no-store, no-transform",
  "content-security-policy":
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  // For event streams behind nginx.
  "x-accel-buffering": "no",
};

const respond = (
  body: string | ReadableStream,
  status: number,
  type: string,
  more: Readonly<Record<string, string>> = {},
): Response => new Response(body, { status, headers: { ...HEADERS, "content-type": type, ...more } });

const json = (value: unknown, status = 200, more?: Readonly<Record<string, string>>): Response =>
  respond(JSON.stringify(value), status, "application/json; charset=utf-8", more);
