import { enableBackends } from "../cache/configure.ts";
import { enableDebug } from "../call/log.ts";
import { enableMeter } from "../call/meter.ts";
import { enableCopy } from "../call/protect.ts";
import { enableDeadline } from "../call/run-deadline.ts";
import { enableBuiltInKeys } from "../call/hashed-place.ts";
import { enableIdentity } from "../call/identity.ts";
import { enableResultTtl } from "../call/result-ttl.ts";
import { enableResultChecks } from "../call/shareable.ts";
import { enableSignals } from "../call/signals.ts";
import { enableSkip } from "../call/skip.ts";
import { enableStale } from "../call/stale.ts";
import { enableTags } from "../call/tags.ts";
import { enableLargeMemory } from "../memory/large.ts";

/** Enables all features, for functions whose options or types the compiler did not see. */
export function enableAll(): void {
  enableDebug();
  enableBuiltInKeys();
  enableIdentity();
  enableSignals();
  enableStale();
  enableDeadline();
  enableSkip();
  enableResultTtl();
  enableTags();
  enableCopy();
  enableResultChecks();
  enableBackends();
  enableMeter();
  enableLargeMemory();
}
