import { callBatch } from "../batch/batch.ts";
import { callOne, checkBatch } from "./one.ts";
import { CachedFunction } from "../call/cached-function.ts";
import { checkCompiled } from "../call/require-compiled.ts";
import { RecordHashes } from "../call/record-hashes.ts";
import { answerCall, Call } from "../call/slow-path.ts";
import { templatesOf } from "../call/tags.ts";
import { CacheError } from "../contract/errors.ts";
import { resolveOptions, type CachedOptions, type ResolvedOptions } from "../contract/options.ts";
import { REST_PART_NAME, type BatchSpec, type KeyPart, type FunctionSpec } from "../contract/spec.ts";
import { unreadable } from "../key/unreadable.ts";
import { isPlain } from "../key/plain.ts";
import { blanked, without } from "../key/without.ts";
import { Origin } from "../platform/origin.ts";
import { enableAll } from "./all-features.ts";
import { cacheOf, type AnyFunction, type CacheHandle } from "./handle.ts";
import { link, cachedFunctionOf } from "./link.ts";
import { takeIdentity } from "./named.ts";
import { boundProperties, parameterNames, readsReceiver, restIndex } from "./parameter-names.ts";
import { runOptions } from "./run-options.ts";

/** A cached function: called like the original, with its handle as `.cache`. */
export type Cached<F extends AnyFunction> = F & { readonly cache: CacheHandle<F> };

/** The result of `cached(options)`: wraps a function, or decorates a method or a field (standard decorators). */
export interface CachedDecorator {
  <F extends AnyFunction>(fn: F): Cached<F>;
  <F extends AnyFunction>(method: F, context: ClassMethodDecoratorContext): F;
  <F extends AnyFunction>(
    field: undefined,
    context: ClassFieldDecoratorContext<unknown, F>,
  ): (initial: F) => F;
}

/**
 * Wraps a function so that calls with equal arguments are answered from the cache.
 *
 * The compiler determines the identity and the key of a function, and checks it. Without the compiler, the arguments of
 * a call make the key, without trailing `undefined`.
 *
 * A call throws, or rejects if the function returns promises, with `backend-unknown`, `backend-remote`, `result-mixed`,
 * `name-missing`, `id-duplicate`, `option-value` or `option-conflict` if the function cannot use its cache, and in
 * development with `recursion-same-key` if it would wait for its own run.
 *
 * @param options durations are seconds, or `"10s"`, `"5m"`, …; see {@link CachedOptions}. Left out: no options
 * @throws {CacheError} `option-unknown`, `option-value`, `ttl-invalid` or `option-conflict`; `not-compiled` with
 * `requireCompiled`.
 * @example
 * const square = cached((n: number) => n * n, { ttl: "5m", name: "square" });
 * square(4); // 16
 * square.cache.stats().misses; // 1
 */
export function cached(options?: CachedOptions): CachedDecorator;
export function cached<F extends AnyFunction>(fn: F, options?: CachedOptions<F>): Cached<F>;
export function cached<F extends AnyFunction>(method: F): F;
export function cached(
  first?: AnyFunction | CachedOptions,
  second?: CachedOptions | DecoratorContext,
): unknown {
  if (isMemberName(second)) throw legacyDecoratorError();
  if (typeof first !== "function") {
    const options = first ?? {};
    resolveOptions(options); // Throws here, where the options are written.
    return (fn: AnyFunction | undefined, context?: DecoratorContext) => {
      if (isMemberName(context)) throw legacyDecoratorError();
      return apply(fn, options, context);
    };
  }
  return isContext(second) ? apply(first, {}, second) : apply(first, second ?? {});
}

const isContext = (value: unknown): value is DecoratorContext =>
  typeof value === "object" && value !== null && "kind" in value && "addInitializer" in value;

/** Under `experimentalDecorators`, a decorator is called with a prototype, the name of a member and a descriptor. */
const isMemberName = (value: unknown): boolean => typeof value === "string" || typeof value === "symbol";

const legacyDecoratorError = (): CacheError =>
  new CacheError(
    "option-value",
    "`@cached` is a standard decorator, which cannot be called under `experimentalDecorators`; write the comment `// @cached` instead.",
  );

function apply(fn: AnyFunction | undefined, options: CachedOptions, context?: DecoratorContext): unknown {
  if (context?.kind === "field") return (initial: AnyFunction) => wrap(initial, options);
  if (typeof fn !== "function" || (context && context.kind !== "method")) {
    const what = context ? `a ${context.kind}` : String(fn);
    throw new CacheError(
      "option-value",
      `cached() was given ${what}; give it a function, or decorate a method or a field that holds one.`,
    );
  }
  return context ? wrap(fn, options) : withHandle(wrap(fn, options));
}

function withHandle(fn: AnyFunction): unknown {
  if (!Object.hasOwn(fn, "cache"))
    Object.defineProperty(fn, "cache", { get: () => cacheOf(fn), configurable: true });
  return fn;
}

/** Wraps an uncompiled function. A compiled function is its own wrapper, so it only gets the options. */
function wrap(fn: AnyFunction, given: CachedOptions): AnyFunction {
  enableAll();
  const options = resolveOptions(given);
  const compiled = cachedFunctionOf(fn);
  if (compiled) {
    compiled.configure(runOptions(given, compiled.spec.seen));
    return fn;
  }
  const kind = Object.prototype.toString.call(fn).slice(8, -1);
  if (kind.endsWith("GeneratorFunction")) {
    throw new CacheError(
      "option-value",
      `${fn.name || "This function"} is a generator, which gives its values only once; return an array.`,
    );
  }
  if (options.one !== undefined) return wrapOne(fn as (...args: unknown[]) => unknown, options.one);
  const layout = slotLayoutOf(fn, options);
  const spec = takeIdentity(fn);
  const omitted = (options.ignore ?? []).map((name) => [name, "ignore="] as const);
  const { parts, perInstance } = layout;
  const id = idOf(fn, options, spec?.id);
  const multi = batchSpecOf(fn, options);
  const cachedFn = new CachedFunction({
    ...{ ...spec, mode: "either", id, omitted, parts, perInstance },
    ...(multi && { multi }),
  });
  if (!spec) checkCompiled(fn.name);
  if (!spec || spec.isVariable) {
    const isAnonymous = !spec && options.name === undefined && fn.name === "";
    const origin = new Origin(fn);
    const place = options.name === undefined ? origin.place : undefined;
    cachedFn.unverified = { compiled: spec && fn, isAnonymous, origin, place };
  }
  if (!layout.slots) cachedFn.recordHashes = new RecordHashes(cachedFn);
  cachedFn.parameterNames = () => parameterNames(fn);
  cachedFn.configure(runOptions(given));
  if (Array.isArray(options.tags)) templatesOf(cachedFn); // Throws for an unknown path.
  if (kind === "AsyncFunction") cachedFn.promises = true;
  return linked(wrapperOf(fn as (...args: unknown[]) => unknown, cachedFn, layout), fn, cachedFn);
}

function linked(wrapper: AnyFunction, fn: AnyFunction, cachedFn: CachedFunction): AnyFunction {
  Object.defineProperty(wrapper, "name", { value: fn.name, configurable: true });
  Object.defineProperty(wrapper, "length", { value: fn.length, configurable: true });
  link(wrapper, () => cachedFn);
  return wrapper;
}

/** Wraps a single-id function, which shares the entries of a batch function. */
function wrapOne(fn: (...args: unknown[]) => unknown, one: AnyFunction | string): AnyFunction {
  const name = fn.name || "this function";
  const shared = checkBatch(one, name);
  const wrapper = function (this: unknown, ...args: unknown[]): unknown {
    return callOne([one, this, args], name, { fn, self: this, inputs: args, args });
  };
  return linked(wrapper, fn, shared);
}

/** The parameter with the ids of a batch function. */
function batchSpecOf(
  fn: AnyFunction,
  { multi, key, this: receiver }: ResolvedOptions,
): BatchSpec | undefined {
  if (multi === undefined) return undefined;
  const names = parameterNames(fn);
  const at = names.indexOf(multi);
  if (at < 0) throw unknownParameter(fn, multi, names);
  if (at === restIndex(fn))
    throw new CacheError(
      "option-value",
      `\`multi\` of ${fn.name || "the function"} names \`${multi}\`, which is a rest parameter; declare a parameter with the ids, like \`ids\`.`,
    );
  const extras = Array.isArray(receiver) ? receiver.length : 0;
  return { name: multi, slot: extras + (key ? key.indexOf(multi) : at), input: at, arg: at };
}

const unknownParameter = (fn: AnyFunction, path: string, names: readonly string[]): CacheError =>
  new CacheError(
    "option-value",
    `\`${path}\` is not a parameter of ${fn.name || "the function"}(${names.map((name) => name || "{…}").join(", ")}).`,
  );

/** The id: from the options, else from the compiler, else from the function's name. */
const idOf = (
  fn: AnyFunction,
  { namespace, name, version }: ResolvedOptions,
  [defaultNamespace, defaultName, defaultVersion]: FunctionSpec["id"] = [
    "uncompiled",
    fn.name === "" ? "anonymous" : fn.name,
    "0",
  ],
): FunctionSpec["id"] => [namespace ?? defaultNamespace, name ?? defaultName, version ?? defaultVersion];

/** The key parts of an uncompiled function, and how a call fills their slots. */
interface SlotLayout {
  readonly parts: readonly KeyPart[];
  /** `undefined` if the slots are the arguments. */
  readonly slots: ((receiver: unknown, args: readonly unknown[]) => unknown[]) | undefined;
  readonly perInstance: boolean;
}

function slotLayoutOf(
  fn: AnyFunction,
  { key, ignore = [], identity = [], this: receiver }: ResolvedOptions,
): SlotLayout {
  const extras = Array.isArray(receiver) ? (receiver as readonly string[]) : [];
  const perInstance = receiver === "instance" || (receiver === undefined && readsReceiver(fn));
  const named = [...(key ?? []), ...ignore, ...identity];
  if (named.length === 0 && extras.length === 0)
    return { parts: [{ name: REST_PART_NAME }], slots: undefined, perInstance };
  const names = named.length > 0 ? parameterNames(fn) : [];
  const bound = named.some((path) => !names.includes(rootOf(path))) ? boundProperties(fn) : undefined;
  for (const path of named) {
    if (names.includes(rootOf(path)) || (bound?.has(rootOf(path)) && !identity.includes(path))) continue;
    throw unknownParameter(fn, path, names);
  }
  const restAt = named.length > 0 ? restIndex(fn) : -1;
  const collected = identity.find((path) => rootOf(path) === names[restAt]);
  if (collected !== undefined)
    throw new CacheError(
      "option-value",
      `\`identity\` cannot be \`${collected}\` in ${fn.name || "cached()"}: each call makes a new array for a rest parameter. Leave it out of \`identity\`, or declare a parameter for an array.`,
    );
  /** The parts whose values are paths of the arguments, then the other arguments. */
  const left = ignore.flatMap((name) => bound?.get(name) ?? []);
  const last = Math.max(...identity.map((path) => names.indexOf(rootOf(path))), ...left.map(({ at }) => at));
  const positional = key ?? names.slice(0, last + 1).map((name, index) => name || `arguments[${index}]`);
  const inner = identity.filter((path) => !positional.includes(path));
  const paths = [...positional, ...inner];
  const reads = paths.map((path, index) => {
    const [root = "", ...segments] = path.split(".");
    const property = key ? bound?.get(root) : undefined;
    const at = property?.at ?? (key || index >= positional.length ? names.indexOf(root) : index);
    const rest = [...(property?.path ?? []), ...segments];
    const blanks = [
      ...inner.filter((each) => each.startsWith(`${path}.`)).map((each) => each.slice(path.length + 1)),
      ...(key ? [] : left.filter((each) => each.at === at).map((each) => each.path.join("."))),
    ];
    return (args: readonly unknown[]) => {
      const value = ignore.includes(names[at]!)
        ? undefined
        : valueAt(at === restAt ? args.slice(at) : args[at], rest);
      return blanks.length > 0 ? blanked(value, ...blanks) : value;
    };
  });
  const ignored = ignore.map((name) => names.indexOf(name));
  const isIgnored = (index: number): boolean =>
    ignored.includes(restAt >= 0 && index > restAt ? restAt : index);
  const receiverPaths = extras.map((path) => path.split("."));
  return {
    perInstance,
    parts: [
      ...extras.map((path): KeyPart => ({ name: `this.${path}`, as: "extra" })),
      ...paths.map((path): KeyPart => ({
        name: path,
        ...(identity.includes(path) ? { identity: true } : {}),
        ...(path.includes(".") || bound?.has(path) ? { as: "label" } : {}),
      })),
      ...(key ? [] : [{ name: REST_PART_NAME }]),
    ],
    slots: (self, args) => [
      ...receiverPaths.map((path) => valueAt(self, path)),
      ...reads.map((read) => read(args)),
      ...(key
        ? []
        : args
            .slice(positional.length)
            .map((arg, index) => (isIgnored(index + positional.length) ? undefined : arg))),
    ],
  };
}

/** The parameter of a path. */
const rootOf = (path: string): string => path.split(".", 1)[0]!;

function valueAt(value: unknown, path: readonly string[]): unknown {
  try {
    return path.reduce<unknown>(
      (at, name) => (at as Record<string, unknown> | null | undefined)?.[name],
      value,
    );
  } catch {
    return unreadable; // A getter that throws: the function may never read it.
  }
}

/** Removes an `AbortSignal`, also as a property: it never is part of a key. */
function withoutAbortSignal(value: unknown, byIdentity: boolean): unknown {
  if (typeof value !== "object" || value === null || typeof AbortSignal === "undefined") return value;
  if (value instanceof AbortSignal) return undefined;
  // To list the keys of large binary data takes long.
  if (byIdentity || !isPlain(value)) return value;
  const names = Object.keys(value).filter((name) => valueAt(value, [name]) instanceof AbortSignal);
  return names.length > 0 ? without(value, ...names) : value;
}

function wrapperOf(
  fn: (...args: unknown[]) => unknown,
  cachedFn: CachedFunction,
  layout: SlotLayout,
): AnyFunction {
  const hasRestPart = layout.parts.at(-1)?.name === REST_PART_NAME;
  function slow(this: unknown, ...args: unknown[]): unknown {
    const own = layout.perInstance ? cachedFn.of(this === globalThis ? undefined : this) : cachedFn;
    const slots = (layout.slots?.(this, args) ?? args.slice()).map((slot, index) =>
      withoutAbortSignal(slot, layout.parts[index]?.identity === true),
    );
    while (hasRestPart && slots.length > 0 && slots[slots.length - 1] === undefined) slots.pop();
    while (slots.length < own.depth) slots.push(undefined);
    const invocation = { fn, self: this, inputs: args, args };
    return own.spec.multi ? callBatch(own, invocation, slots) : answerCall(new Call(own, invocation), slots);
  }
  if (layout.slots || cachedFn.spec.multi) return slow;
  // Three named parameters and `arguments.length` allocate no array; a rest parameter would, for every hit.
  // `slow.apply(this, arguments)` passes the call on without allocating one either.
  return function (this: unknown, a?: unknown, b?: unknown, c?: unknown): unknown {
    if (arguments.length <= 3 && (this === undefined || !layout.perInstance)) {
      const hit = cachedFn.get3(a, b, c);
      if (hit !== undefined) return hit.result();
    }
    // eslint-disable-next-line prefer-rest-params -- see above
    return slow.apply(this, arguments as unknown as unknown[]);
  };
}
