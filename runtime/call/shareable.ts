/** Tells which results cannot be given to a second caller. Must agree with src/analyze/shareable.ts. */
import { isPlain } from "../key/plain.ts";
import { isPlainPromise, isThenable } from "../platform/is-thenable.ts";
import type { CachedFunction } from "./cached-function.ts";
import { features } from "./features.ts";
import type { Flight } from "./flight.ts";

/** Enables the check of results. For functions whose type does not prove that several callers can use a result. */
export function enableResultChecks(): void {
  features.results = { check, checkSettled, checkValue: (value) => unshareable(value, true) };
}

function check(cachedFn: CachedFunction, returned: unknown): string | undefined {
  const reason = unshareable(returned, false);
  if (!reason) recordKind(cachedFn, isThenable(returned));
  return reason;
}

function checkSettled(flight: Flight, value: unknown): string | undefined {
  const reason = unshareable(value, true);
  if (reason) bypassFlight(flight);
  return reason;
}

/** Gives the result of a run to the caller that started it only. */
export function bypassFlight(flight: Flight): void {
  flight.answerJoined = (run) => run();
  features.signals?.followOwner(flight);
}

/**
 * Notes whether a run returned a promise, if the type of the function does not tell. A function that returns one at
 * some calls only must not use a store outside of memory, so its cache is looked up again.
 */
export function recordKind(cachedFn: CachedFunction, promised: boolean): void {
  const { root, spec } = cachedFn;
  if (spec.mode !== "either" || root.promises === promised || root.promises === "mixed") return;
  if (root.promises !== undefined) cachedFn.rebind();
  root.promises = root.promises === undefined ? promised : "mixed";
}

/**
 * Returns the reason why a result cannot be given to a second caller; `undefined` if it can. `settled`: it is the
 * value of a promise, so that there is time to look into it.
 */
export function unshareable(value: unknown, settled: boolean): string | undefined {
  if (!isThenable(value)) return isReadOnce(value, settled) ? READ_ONCE : undefined;
  return isPlainPromise(value) ? undefined : MORE_THAN_PROMISE;
}

const READ_ONCE = "the result can be read only once (a response, a stream, an iterator)";
const MORE_THAN_PROMISE = "the result has a `then`, but is not a plain promise";

/** Number of items of an array, or properties of an object, that are checked. */
const MAX_CHECKED_PARTS = 16;

type Members = Readonly<Record<PropertyKey, unknown>>;

/**
 * Tells whether a result can be read only once: the body of a request or response, a stream, its reader, an iterator;
 * or an array of these. With `parts`, a plain object of these, too: it runs no getters, which takes its time.
 */
function isReadOnce(value: unknown, parts: boolean): boolean {
  if (typeof value !== "object" || value === null) return false;
  try {
    if (Array.isArray(value)) return value.slice(0, MAX_CHECKED_PARTS).some(isPartReadOnce);
    if (!isPlain(value)) return isOneUse(value as Members);
    return isOwnIterator(value as Members) || (parts && hasPartReadOnce(value));
  } catch {
    return false; // A getter or a proxy that throws.
  }
}

const isPartReadOnce = (part: unknown): boolean =>
  typeof part === "object" &&
  part !== null &&
  !Array.isArray(part) &&
  !isPlain(part) &&
  isOneUse(part as Members);

function hasPartReadOnce(value: object): boolean {
  let left = MAX_CHECKED_PARTS;
  for (const name in value) {
    if (left-- === 0) break;
    if (isPartReadOnce(Object.getOwnPropertyDescriptor(value, name)?.value)) return true;
  }
  return false;
}

/**
 * By members, because classes of other realms and packages count, too. The types are checked, because a proxy may have
 * every member.
 */
function isOneUse(value: Members): boolean {
  return (
    typeof value.bodyUsed === "boolean" ||
    isWebStream(value) ||
    (typeof value.readable === "boolean" && typeof value.pipe === "function") ||
    (typeof value.releaseLock === "function" && typeof value.closed === "object") ||
    ("writable" in value && isWebStream(value.readable)) ||
    isOwnIterator(value)
  );
}

const isWebStream = (value: unknown): boolean =>
  typeof value === "object" &&
  typeof (value as Members | null)?.getReader === "function" &&
  typeof (value as Members).locked === "boolean";

/** Without a method `next`, the method is not called: it may lock a stream or open a cursor. */
const isOwnIterator = (value: Members): boolean =>
  [Symbol.iterator, Symbol.asyncIterator].some(
    (symbol) =>
      typeof value[symbol] === "function" &&
      typeof value.next === "function" &&
      (value[symbol] as () => unknown)() === value,
  );
