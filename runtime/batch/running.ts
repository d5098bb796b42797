/** Functions whose sync part is running. One that gives its id to its batch function would wait for itself. */
import { argumentText } from "../call/key-text.ts";
import type { CachedFunction } from "../call/cached-function.ts";
import type { Call } from "../call/slow-path.ts";
import type { Slots } from "../key/slots.ts";

const running: Call[] = [];

/** See `Features.noteRun`. */
export function noteRun(call: Call): unknown {
  running.push(call);
  try {
    return Reflect.apply(call.fn, call.self, call.inputs);
  } finally {
    running.pop();
  }
}

/** Whether the sync part of a function makes this call. */
export const isAnyRunning = (): boolean => running.length > 0;

/** Whether a run of the key is what makes this call. */
export const isRunning = (cachedFn: CachedFunction, slots: Slots): boolean =>
  running.some(
    (call) =>
      call.cachedFn === cachedFn &&
      call.slots &&
      argumentText(cachedFn, call.slots) === argumentText(cachedFn, slots),
  );
