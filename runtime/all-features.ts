import { backends } from "./config.ts";
import { kinds } from "./key-kinds.ts";
import { copies } from "./protect.ts";
import { signals } from "./signals.ts";
import { skips } from "./skip.ts";
import { stale } from "./stale.ts";

/** Puts everything in place that a function may need whose options or types nobody has seen before. */
export function all(): void {
  kinds();
  signals();
  stale();
  skips();
  copies();
  backends();
}
