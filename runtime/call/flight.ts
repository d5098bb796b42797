import type { AbortGroup } from "./abort.ts";
import type { Tier } from "../memory/tier.ts";
import { KeyPlace } from "../memory/trie.ts";

/** A run of a cold key that has not ended; those who ask for the key meanwhile wait for its promise. */
export class Flight extends KeyPlace {
  /** Where the function kept its results when it started; another one since `configure` said otherwise. */
  readonly tier: Tier;
  /** `Tier.generation` when it started: a later one means that the function was cleared since. */
  readonly generation: number;
  /** Its key was invalidated or given a value: the result goes to those who wait and is not kept. */
  dropped = false;
  /** Undefined for a refresh of a sync function, which nobody can wait for. */
  promise: Promise<unknown> | undefined = undefined;
  /** Those who wait, where the run can be aborted. */
  abortGroup: AbortGroup | undefined = undefined;

  /** Of one that nobody finds by its key, as with `lock: none`: `Site.drops` when it started. */
  readonly drops: number | undefined;

  constructor(place: KeyPlace, tier: Tier, drops?: number) {
    super(place.a, place.b, place.more);
    this.drops = drops;
    this.tier = tier;
    this.generation = tier.generation;
  }
}
