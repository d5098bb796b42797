import type { Slots } from "../key/slots.ts";
import type { CachedFunction } from "./cached-function.ts";
import { features } from "./features.ts";
import { answerWithoutRun, Call, endSyncRun, failRun, MUST_RUN } from "./slow-path.ts";

/**
 * A sync call whose function body is part of the emitted function, between the start of the run and its end. No frame
 * of the runtime is on the stack while the body runs.
 */
export class InlineRun<R = unknown> extends Call {
  /** The stored value of a hit that is recomputed: the body runs at once, since no part of the runtime can call it. */
  verified: { readonly kept: unknown } | undefined = undefined;
  /** The answer, if there is one without a run of the body. */
  readonly answer: unknown;
  /** Whether the call has its answer. If not, the body runs. */
  readonly isAnswered: boolean;
  #held: { readonly result: R } | undefined = undefined;
  readonly #end: ReturnType<NonNullable<typeof features.beginInlineRun>> | undefined;

  constructor(cachedFn: CachedFunction, slots: Slots, args: readonly unknown[]) {
    super(cachedFn, { fn: noFunction, self: undefined, inputs: [], args });
    this.answer = answerWithoutRun(this, slots);
    this.isAnswered = this.answer !== MUST_RUN;
    if (this.isAnswered) return;
    if (!this.uncached) this.begin();
    this.#end = features.beginInlineRun?.(this);
  }

  /** Stores the result of the body. A setter: an expression that is assigned needs less stack than an argument. */
  set result(result: R) {
    this.keep(result);
  }

  /** Stores the result of the body, and returns it. */
  keep<T extends R>(result: T): T {
    this.#end?.();
    if (!this.uncached) endSyncRun(this, result);
    else features.verify?.endInlineRun(this, { result });
    return result;
  }

  /** Holds the result of a body that may run code after its `return`, until {@link settle}. */
  set held(result: R) {
    this.hold(result);
  }

  /** Like {@link held}, and returns the result. */
  hold<T extends R>(result: T): T {
    this.#held = { result };
    return result;
  }

  /** Stores the result that is held, unless the body has failed. */
  settle(): void {
    if (this.#held) this.keep(this.#held.result);
  }

  /** Throws the error of the body, or returns a stale value that may replace it. */
  fail(error: unknown): never {
    this.#held = undefined;
    this.#end?.({ error });
    if (this.verified) {
      features.verify?.endInlineRun(this, { error });
      return this.verified.kept as never;
    }
    if (this.uncached) throw error;
    return failRun(this, error) as never;
  }
}

/** The function of an inline run: no part of the runtime calls it. */
const noFunction = (): never => {
  throw new TypeError("The body of an inline run is part of its caller.");
};

/**
 * Starts a sync call whose function body is part of the caller: each level of a recursion then needs one stack frame.
 * The body ends with {@link InlineRun.keep} or {@link InlineRun.fail}.
 *
 * @param slots the slots of the key
 * @param given the arguments, if the slots do not hold them as they are
 */
export const inlineRun = (
  cachedFn: CachedFunction,
  slots: Slots,
  given: readonly unknown[] = [],
): InlineRun => new InlineRun(cachedFn, slots, given);
