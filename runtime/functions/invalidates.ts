import { invalidateTags } from "../cache/invalidate-tags.ts";
import { features } from "../call/features.ts";
import { emitCall } from "../call/store-result.ts";
import { warnOnce } from "../call/warnings.ts";
import type { CacheError } from "../contract/errors.ts";
import { NO_PLACE } from "../memory/trie.ts";
import { isThenable } from "../platform/is-thenable.ts";
import { warn } from "../platform/environment.ts";
import { cacheOf, type AnyFunction } from "./handle.ts";
import { cachedFunctionOf } from "./link.ts";

/** The entry of one call, which another function removes when it has succeeded. */
export interface Invalidation {
  readonly fn: AnyFunction;
  readonly receiver: unknown;
  readonly args: readonly unknown[];
  /** Whether the function rejects if the entry cannot be removed. */
  readonly strict: boolean;
}

/** All entries with one of the tags. */
interface TagInvalidation {
  readonly tags: readonly string[];
  readonly strict: boolean;
}

/** The entry of `fn.call(receiver, ...args)`. */
export const invalidation = (
  fn: AnyFunction,
  receiver: unknown,
  args: readonly unknown[],
  strict = false,
): Invalidation => ({ fn, receiver, args, strict });

/**
 * Runs a function, and removes entries when it has succeeded, before its caller continues. The entries of a function that
 * returns no promise are removed at once in memory, and in the background elsewhere.
 *
 * A failure to remove an entry is an `error` event of its cache; if that is `strict`, the promise rejects with it.
 *
 * @param holder the function, as a property with the name that it has
 * @param makers make the entries, from the result
 */
export function invalidating<R>(
  holder: Readonly<Record<string, () => R>>,
  ...makers: readonly Maker<Awaited<R>>[]
): R {
  const [run] = Object.values(holder);
  const result = run!();
  if (isThenable(result)) {
    return Promise.resolve(result).then(async (value) => {
      await invalidateAll(makers, value as Awaited<R>);
      return value;
    }) as R;
  }
  const work = invalidateAll(makers, result as Awaited<R>).catch(() => undefined);
  features.runInBackground?.(work);
  return result;
}

type Maker<T> = (result: T) => Invalidation | TagInvalidation;

async function invalidateAll<T>(makers: readonly Maker<T>[], result: T): Promise<void> {
  const errors: unknown[] = [];
  await Promise.all(
    makers.map(async (make) => {
      let made: Invalidation | TagInvalidation | undefined;
      try {
        made = make(result);
        if ("tags" in made) {
          await invalidateTags(made.tags);
          return;
        }
        const { fn, receiver, args } = made;
        // A private method that was not called yet has no entry, and no handle.
        if (fn.name.startsWith("#") && !cachedFunctionOf(fn)) return;
        await (
          cacheOf(fn, receiver) as { invalidate(...args: readonly unknown[]): Promise<boolean> }
        ).invalidate(...args);
      } catch (error) {
        report(made, error);
        if (made?.strict) errors.push(error);
      }
    }),
  );
  if (errors.length > 0) throw errors[0];
}

function report(made: Invalidation | TagInvalidation | undefined, error: unknown): void {
  const cachedFn = made && "fn" in made ? cachedFunctionOf(made.fn) : undefined;
  const reason = "an entry could not be invalidated";
  if (cachedFn?.store) {
    cachedFn.store.counters.errors++;
    emitCall("error", { cachedFn, place: NO_PLACE }, { error, reason });
  }
  const why = (error as Error | undefined)?.message ?? String(error);
  if (cachedFn) warnOnce(cachedFn, "invalidates ", (name) => `${reason}, of ${name}: ${why}`);
  else warnOfKind((error as Partial<CacheError> | undefined)?.code, `${reason}: ${why}`);
}

/** The codes of errors that were written to the console. Each is, once: a store that is down fails every call. */
const warned = /* @__PURE__ */ new Set<unknown>();

function warnOfKind(code: unknown, message: string): void {
  if (warned.has(code)) return;
  if (code !== undefined) warned.add(code);
  warn(message);
}
