import { backends } from "../cache/configure.ts";
import { kinds } from "../key/built-ins.ts";
import { copies } from "../call/protect.ts";
import { signals } from "../call/signals.ts";
import { skips } from "../call/skip.ts";
import { stale } from "../call/stale.ts";

/** Puts everything in place that a function may need whose options or types nobody has seen before. */
export function all(): void {
  kinds();
  signals();
  stale();
  skips();
  copies();
  backends();
}
