/** Single-id functions, which share the entries of a batch function. */
import type { CachedFunction } from "../call/cached-function.ts";
import { answerCall, Call, type HandleRequest, type Invocation } from "../call/slow-path.ts";
import { CacheError } from "../contract/errors.ts";
import { isUnshapedSlots } from "../key/slots.ts";
import { cachedFunctionOf } from "./link.ts";

/** The batch function, the receiver of its call, and the arguments, with the id in place of the ids. */
type BatchCall = readonly [batchFn: unknown, receiver: unknown, args: readonly unknown[]];

/**
 * Answers a call of a compiled single-id function.
 *
 * @param args the arguments of the inner function
 * @param holder the inner function as a property with the outer function's name
 * @param self the receiver, if the inner function is a method
 * @throws {CacheError} `option-value` if the batch function is none.
 */
export function one<const A extends readonly unknown[], R, T = undefined>(
  batchCall: BatchCall,
  args: readonly [...A],
  holder: Readonly<Record<string, (this: T, ...args: A) => R>>,
  self?: T,
): R {
  const [name] = Object.keys(holder) as [string];
  const fn = holder[name]!;
  return callOne(batchCall, name, { fn, self, inputs: args, args: batchCall[2] }) as R;
}

/** Answers a call of a single-id function. `name`: for messages. */
export function callOne([batchFn, receiver, args]: BatchCall, name: string, invocation: Invocation): unknown {
  const shared = checkBatch(batchFn, name);
  // The batch function itself makes the key of its arguments: only it knows its defaults, and what makes its keys.
  const { arg } = shared.spec.multi!;
  const given = Array.from({ length: Math.max(args.length, arg + 1) }, (_, index) => args[index]);
  const request: HandleRequest = { op: "bind" };
  const { handleRequest } = shared;
  // No look-up comes before the function sees the request.
  shared.handleRequest = request;
  try {
    Reflect.apply(batchFn as Invocation["fn"], receiver, given.with(arg, [given[arg]]));
  } finally {
    request.cachedFn?.serveHandle(undefined);
    shared.handleRequest = handleRequest;
  }
  const { cachedFn, slots } = request.each![0]!;
  if (handleRequest && cachedFn !== shared) {
    // The entries of the receiver, under `this=instance`.
    shared.serveHandle(undefined);
    handleRequest.cachedFn = cachedFn;
    cachedFn.serveHandle(handleRequest);
  }
  const isFlat = !handleRequest && !isUnshapedSlots(slots) && slots.length <= cachedFn.depth;
  const hit = isFlat ? cachedFn.get(slots) : undefined;
  if (hit) return hit.result();
  return answerCall(new Call(cachedFn, invocation), slots);
}

/** @throws {CacheError} `option-value` for any other function than a batch function. */
export function checkBatch(batchFn: unknown, name: string): CachedFunction {
  const shared = typeof batchFn === "function" ? cachedFunctionOf(batchFn) : undefined;
  if (shared?.spec.multi) return shared;
  throw new CacheError(
    "option-value",
    `\`one\` of ${name} is no function with the option \`multi\`; name the batch function whose entries ${name} shares.`,
  );
}

/**
 * The cached function of a batch function; `undefined` if that is not defined yet.
 *
 * @param needs enable the features that the single-id function needs
 */
export function batchOf(fn: () => unknown, ...needs: readonly (() => void)[]): CachedFunction {
  for (const need of needs) need();
  let found: unknown;
  try {
    found = fn();
  } catch {
    // A `const` further down.
  }
  return (typeof found === "function" ? cachedFunctionOf(found) : undefined) as CachedFunction;
}
