/**
 * The contract between compiler and runtime: what emitted code imports, and nobody else.
 *
 * The compiler refers to these types by `import type`, so a rename here is a compile error there.
 */
export { backends } from "./cache/configure.ts";
export { kinds } from "./key/built-ins.ts";
export { ABI, bind, bindMember, link, site } from "./functions/link.ts";
export { named } from "./functions/named.ts";
export { copies } from "./call/protect.ts";
export { options } from "./functions/run-options.ts";
export { idle, none, scratch, take, whole } from "./key/shape.ts";
export { signals } from "./call/signals.ts";
export { Site } from "./call/cached-function.ts";
export { skips } from "./call/skip.ts";
export { stale } from "./call/stale.ts";
export { without } from "./key/without.ts";
export type { KeyPart, Mode, SiteOptions, SiteSpec } from "./contract/spec.ts";
