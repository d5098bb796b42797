import type { TagState, Tier } from "../memory/tier.ts";
import { KeyPlace } from "../memory/trie.ts";
import { memoryTime } from "../platform/clock.ts";
import type { AbortGroup } from "./abort.ts";

/** A run in flight. Other calls of its key wait for its promise (single flight). */
export class Flight extends KeyPlace {
  /** The function's tier when the run started. `configure` may have bound the function to another one since. */
  readonly tier: Tier;
  /** `Tier.generation` when the run started. If it has changed, the function was cleared since. */
  readonly generation: number;
  /** The key was invalidated or primed during the run: the callers get the result, but it is not stored. */
  dropped = false;
  /** `undefined` until the run starts: a background refresh that has not started cannot be waited for. */
  promise: Promise<unknown> | undefined = undefined;
  /** Whether other calls wait for the promise. */
  joined = false;
  /**
   * Set when the run ends, if other calls do not get its result as it is: the result of one of them. `run` runs it.
   */
  answerJoined: ((run: () => unknown) => unknown) | undefined = undefined;
  /** Whether the run has ended. */
  ended = false;
  /** The callers that wait, if the run can be aborted. */
  abortGroup: AbortGroup | undefined = undefined;
  /**
   * `CachedFunction.drops` when the run started, for a flight that cannot be found by its key (`lock: none`, for
   * example): if it has changed, the result is not stored.
   */
  drops: number | undefined;
  /** The tags of the result, in memory, when the run started. If one was invalidated, the result is not stored. */
  declare tags?: readonly TagState[] | undefined;
  /** How long it may take, in milliseconds, before a background refresh counts as lost. */
  declare maxMs?: number | undefined;
  /** When the flight was made. */
  readonly since: number = memoryTime();
  /** The flights of the other ids, if one run is that of several ids of a batch. */
  declare together?: ReadonlySet<Flight>;
  /** Whether the run took longer than its deadline. */
  declare isLate?: boolean;

  constructor(place: KeyPlace, tier: Tier, drops?: number) {
    super(place.a, place.b, place.more);
    this.drops = drops;
    this.tier = tier;
    this.generation = tier.generation;
  }
}
