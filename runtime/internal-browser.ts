/**
 * `aotcache/internal` for bundles for browsers: the contract between compiler and runtime. Only emitted code imports this
 * entry.
 *
 * The compiler refers to these names by `import type`, so a rename here is a compile error in the compiler.
 */
export { enableBackends } from "./cache/configure.ts";
export { enableBuiltInKeys, enableHashes } from "./call/hashed-place.ts";
export { enableIdentity, identityHit, identityHit1, identityHit2 } from "./call/identity.ts";
export { ABI } from "./contract/spec.ts";
export { invalidating, invalidation } from "./functions/invalidates.ts";
export { bind, bindMember, define, link, receiver } from "./functions/link.ts";
export { named } from "./functions/named.ts";
export { enableDeadline } from "./call/run-deadline.ts";
export { enableCopy } from "./call/protect.ts";
export { options } from "./functions/run-options.ts";
export { availableBuffer, missing, shapeBuffer, readShape } from "./key/shape.ts";
export { unshaped } from "./key/slots.ts";
export { enableResultChecks } from "./call/shareable.ts";
export { enableSignals } from "./call/signals.ts";
export { inlineRun, type InlineRun } from "./call/inline-run.ts";
export { CachedFunction } from "./call/cached-function.ts";
export { enableSkip } from "./call/skip.ts";
export { enableTags } from "./call/tags.ts";
export { enableStale } from "./call/stale.ts";
export { unreadable } from "./key/unreadable.ts";
export { blanked, without } from "./key/without.ts";
export { batch } from "./batch/batch.ts";
export { batchOf, one } from "./functions/one.ts";
export type { KeyPart, Mode, SpecOptions, FunctionSpec } from "./contract/spec.ts";
