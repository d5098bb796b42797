/**
 * The timers and the monotonic clock of the platform, also while fake timers of a test stand in for them. A cache that
 * waited for fake timers would wait for ever.
 */

/** The fake timers of Vitest, Jest and Sinon are the same, and hold what they replace under this name. */
interface Fake {
  readonly clock?: Readonly<Record<string, unknown>>;
}

export function realOf<N extends keyof typeof globalThis>(
  name: N,
  owner: object = globalThis,
): (typeof globalThis)[N] {
  const current = (owner as Record<N, Fake | undefined>)[name];
  return (current?.clock?.[`_${name}`] ?? current) as (typeof globalThis)[N];
}

export const setTimeout: typeof globalThis.setTimeout = /* @__PURE__ */ realOf("setTimeout");
export const clearTimeout: typeof globalThis.clearTimeout = /* @__PURE__ */ realOf("clearTimeout");
export const setInterval: typeof globalThis.setInterval = /* @__PURE__ */ realOf("setInterval");
export const clearInterval: typeof globalThis.clearInterval = /* @__PURE__ */ realOf("clearInterval");
/** Only in Node.js. */
export const setImmediate: typeof globalThis.setImmediate = /* @__PURE__ */ realOf("setImmediate");
export const performance: typeof globalThis.performance = /* @__PURE__ */ realOf("performance");

/** Runs a function as a microtask. Fake timers replace `queueMicrotask`. */
export function asMicrotask(run: () => void): void {
  void Promise.resolve().then(run);
}

/** Runs a function in a later turn of the event loop. */
export function inLaterTurn(run: () => void): void {
  if (setImmediate as unknown) setImmediate(run);
  else setTimeout(run, 0);
}
