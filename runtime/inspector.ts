/** `aotcache/inspector`: a page that shows what is cached, whether it pays, and why calls missed. */
export {
  inspector,
  type InspectedManifest,
  type Inspector,
  type InspectorOptions,
} from "./inspector/handler.ts";
export type { ManifestFunction } from "./inspector/describe.ts";
export type { NodeRequest, NodeResponse } from "./inspector/node.ts";
export type {
  CacheInfo,
  CallInfo,
  EntryInfo,
  FunctionDetails,
  FunctionInfo,
  InspectedStats,
  MaskedValue,
  SourceInfo,
} from "./inspector/types.ts";
export type { MissReason } from "./functions/miss-reason.ts";
