import type { Party } from "./abort.ts";
import { Place } from "./trie.ts";

/** A run of a cold key that has not ended; those who ask for the key meanwhile wait for its promise. */
export class Flight extends Place {
  /** `Tier.generation` when it started: a later one means that the function was cleared since. */
  readonly generation: number;
  /** Its key was invalidated or given a value: the result goes to those who wait and is not kept. */
  dropped = false;
  /** Undefined for a refresh of a sync function, which nobody can wait for. */
  promise: Promise<unknown> | undefined = undefined;
  /** Those who wait, where the run can be aborted. */
  party: Party | undefined = undefined;

  /** With `lock: none`, where runs of one key fly side by side: `Site.drops` when it started. */
  readonly drops: number | undefined;

  constructor(place: Place, generation: number, drops?: number) {
    super(place.a, place.b, place.more);
    this.drops = drops;
    this.generation = generation;
  }
}
