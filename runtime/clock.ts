/**
 * The one place where the runtime reads the time, in milliseconds since the epoch.
 *
 * `Date.now` is looked up at every read, so that fake timers (Vitest, Jest, `node:test`) move it.
 */
export function now(): number {
  return Date.now();
}
