import type { CachedFunction } from "./cached-function.ts";

/** The name of a function and where it is, because a minifier may have shortened the name. */
export function nameWithPlace({ spec, root }: CachedFunction): string {
  const place = spec.at ?? root.unverified?.place;
  return place === undefined ? spec.id[1] : `${spec.id[1]} (${place})`;
}
