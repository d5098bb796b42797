import { enableBackends } from "../cache/configure.ts";
import { enableCopy } from "../call/protect.ts";
import { enableSignals } from "../call/signals.ts";
import { enableSkip } from "../call/skip.ts";
import { enableStale } from "../call/stale.ts";
import { enableBuiltInKeys } from "../key/built-ins.ts";

/** Puts everything in place that a function may need whose options or types nobody has seen before. */
export function enableAll(): void {
  enableBuiltInKeys();
  enableSignals();
  enableStale();
  enableSkip();
  enableCopy();
  enableBackends();
}
