/** `configure({ log })`, and the lines for which the environment variable `DEBUG` asks. */
import { idOf, keyText, keyTextAt } from "./key-text.ts";
import type { CacheEvent } from "../contract/cache.ts";
import { debugNames, setWarningSink } from "../platform/environment.ts";
import { performance } from "../platform/real-timers.ts";
import { shared } from "../platform/shared.ts";
import type { CallEvent } from "./events.ts";
import { features } from "./features.ts";
import { enableMeter } from "./meter.ts";
import { observe } from "./observers.ts";
import type { Call } from "./slow-path.ts";
import { enableWarnings } from "./warnings.ts";

/** How important a message is: `debug` for each event, `warn` for what is said once, `error` for failures. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** What a message is about. A warning has no details. */
export interface LogDetails extends Partial<CacheEvent> {
  /** The kind of the store: `memory`, `redis`. */
  readonly cache?: string;
  /** From the call to the event. */
  readonly seconds?: number;
}

/** Writes a message. */
export type LogFunction = (level: LogLevel, message: string, details: LogDetails) => unknown;

/** `console`, or a logger with the same methods. */
export type Logger = { readonly [Level in LogLevel]: (message: string, details: LogDetails) => unknown };

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

export const isLogger = (value: unknown): value is Logger =>
  typeof value === "object" &&
  value !== null &&
  LEVELS.every((level) => typeof (value as Record<string, unknown>)[level] === "function");

const state = /* @__PURE__ */ shared("log", (): { stop?: () => void; isDebugRead?: boolean } => ({}));

/** Sends all messages to a log, or again to the console. */
export function setLog(log: LogFunction | Logger | undefined): void {
  state.stop?.();
  delete state.stop;
  setWarningSink(undefined);
  if (!log) return;
  const write = guarded(
    typeof log === "function" ? log : (level, message, details) => log[level](message, details),
  );
  enableWarnings();
  setWarningSink((message) => write("warn", message, {}));
  const repeats = new Repeats();
  state.stop = observeAll(true, (details) => {
    const level = details.type === "error" && !repeats.has(messageOf(details)) ? "error" : "debug";
    write(level, messageOf(details), details);
  });
}

/** Observes the events of functions and of keys, with the time that they took. */
function observeAll(hits: true | "all", see: (details: LogDetails) => void): () => void {
  enableMeter();
  features.callBegan = noteBegin;
  return observe(
    (...[type, target, more]: CallEvent) => {
      const { cachedFn, place, slots } = target;
      const start = began.get(target as Call);
      const text = keyTextAt(cachedFn, place) ?? (slots && keyText(cachedFn, slots));
      see({
        type,
        key: typeof text === "string" ? text : undefined,
        id: idOf(cachedFn),
        cache: cachedFn.store?.remote?.name ?? "memory",
        ...(start !== undefined && { seconds: (performance.now() - start) / 1000 }),
        ...more,
      });
    },
    { hits, keys: (type, info, cache) => see({ type, ...info, cache }) },
  );
}

/** When the calls that an observer may see began. */
const began = /* @__PURE__ */ new WeakMap<Call, number>();

function noteBegin(call: Call): void {
  began.set(call, performance.now());
}

/** The longest key in a message, in characters. */
const MAX_KEY_LENGTH = 200;

/** `hit shop/users:getUser@3f9a2c1d(42) 0.012 ms`. */
function messageOf({ type, key, id, seconds, reason, error }: LogDetails): string {
  const name = key ?? id ?? "";
  const shown = name.length > MAX_KEY_LENGTH ? `${name.slice(0, MAX_KEY_LENGTH)}…` : name;
  const time = seconds === undefined ? "" : ` ${(seconds * 1000).toFixed(3)} ms`;
  const why = [reason, error instanceof Error ? error.message : undefined].filter(
    (text, index, all) => text && all.indexOf(text) === index,
  );
  return `${type ?? ""} ${shown}${time}${why.length > 0 ? `: ${why.join(": ")}` : ""}`;
}

/** A log that may call cached functions, throw, or reject, which is said once. */
function guarded(log: LogFunction): LogFunction {
  let isWriting = false;
  let isReported = false;
  const report = (error: unknown): void => {
    if (isReported) return;
    isReported = true;
    console.warn(`aotcache: the log threw: ${error instanceof Error ? error.message : typeof error}`);
  };
  return (...message) => {
    if (isWriting) return;
    isWriting = true;
    try {
      const result = log(...message);
      if (result instanceof Promise) result.catch(report);
    } catch (error) {
      report(error);
    } finally {
      isWriting = false;
    }
  };
}

/** A store that is down fails at each call. */
const REPEAT_MS = 1000;
const MAX_REPEATS = 100;

/** Tells which messages were written within the last second. */
class Repeats {
  readonly #written = new Map<string, number>();

  has(message: string): boolean {
    const about = message.replace(/^.*?: /, "");
    const now = performance.now();
    if (now - (this.#written.get(about) ?? -Infinity) < REPEAT_MS) return true;
    if (this.#written.size >= MAX_REPEATS) this.#written.clear();
    this.#written.set(about, now);
    return false;
  }
}

/** Reads `DEBUG` once, and writes what it names to the console, as lines of standard error. */
export function enableDebug(): void {
  if (state.isDebugRead) return;
  state.isDebugRead = true;
  const isWanted = debugNames();
  if (!isWanted) return;
  if (isWanted("aotcache")) observeAll("all", (details) => console.error(`aotcache ${messageOf(details)}`));
  features.storeAnswered = ({ store, what, keys, ms, error }) => {
    const scope = `aotcache:${store.split(" ", 1)[0]!}`;
    if (!isWanted(scope)) return;
    const failure = error === undefined ? "" : `: ${error instanceof Error ? error.message : typeof error}`;
    console.error(`${scope} ${what}${keys ? ` ${keys}` : ""} ${ms.toFixed(3)} ms${failure}`);
  };
}
