/** Single-id functions that share the entries of a batch function. */
import type { CachedFunction } from "../call/cached-function.ts";
import type { HandleRequest } from "../call/slow-path.ts";
import { CacheError } from "../contract/errors.ts";
import type { Slots } from "../key/shape.ts";
import { cachedFunctionOf } from "./link.ts";

type Callable = (...args: never[]) => unknown;

/**
 * The cached function of a batch function.
 *
 * @param name the single-id function, for messages
 * @throws {CacheError} `option-value` for any other function.
 */
export function batchOf(fn: unknown, name: string): CachedFunction {
  const cachedFn = typeof fn === "function" ? cachedFunctionOf(fn) : undefined;
  if (cachedFn?.spec.multi) return cachedFn;
  throw new CacheError(
    "option-value",
    `\`one\` of ${name} is no function with the option \`multi\`; name the batch function whose entries ${name} shares.`,
  );
}

/** What the key of one id is made of: the batch function itself binds its arguments. */
export function bindOne(
  fn: Callable,
  cachedFn: CachedFunction,
  { self, args }: { readonly self: unknown; readonly args: readonly unknown[] },
): { readonly cachedFn: CachedFunction; readonly slots: Slots } {
  const { arg } = cachedFn.spec.multi!;
  const given = Array.from({ length: Math.max(args.length, arg + 1) }, (_, index) => args[index]);
  const request: HandleRequest = { op: "bind" };
  const { handleRequest: outer } = cachedFn;
  cachedFn.bind();
  cachedFn.serveHandle(request);
  try {
    Reflect.apply(fn, self, given.with(arg, [given[arg]]));
  } finally {
    request.cachedFn?.serveHandle(undefined);
    cachedFn.serveHandle(outer);
  }
  return request.each![0]!;
}
