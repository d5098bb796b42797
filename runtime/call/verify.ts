/** `configure({ verify })`: some hits are recomputed behind the caller, and a difference is an event. */
import { encode } from "../key/encode.ts";
import { enableObjectKeys } from "../key/objects.ts";
import { random } from "../platform/random.ts";
import { inLaterTurn } from "../platform/real-timers.ts";
import { copy } from "./copy.ts";
import type { CachedFunction } from "./cached-function.ts";
import { differenceOf } from "./difference.ts";
import { features, type VerifyFeature } from "./features.ts";
import { enableMeter } from "./meter.ts";
import { observe } from "./observers.ts";
import { MUST_RUN, type Call } from "./slow-path.ts";
import { emitCall } from "./store-result.ts";
import { warnOnce } from "./warnings.ts";

/** The inline lookup asks at every so many hits. */
const ASKED_EVERY = 64;

/** Runs that verify at the same time. In a burst, the other hits are not verified. */
const MAX_RUNS = 10;

/** Ends what {@link setVerify} began. */
let stop: (() => void) | undefined;

/** Recomputes a share of the hits, between 0 and 1. */
export function setVerify(share: number): void {
  stop?.();
  stop = undefined;
  if (features.verify) delete features.verify;
  if (share === 0) return;
  enableMeter();
  // The inputs of a call are compared by their texts.
  enableObjectKeys();
  features.verify = new Verifier(share);
  // Beyond what the inline lookup asks for, all hits take the slow path.
  if (share * ASKED_EVERY > 1) stop = observe(() => undefined, { hits: "all" });
}

/** A call whose body is part of its caller: an `InlineRun`. */
type Inline = Call & { verified: { readonly kept: unknown } | undefined };

/** A hit that is recomputed. */
interface Hit {
  readonly call: Call;
  readonly kept: unknown;
  /** The inputs as they were: the caller may change them. */
  readonly inputs: string | undefined;
  /** Whether the cache still has the value. */
  readonly isCurrent: () => boolean | Promise<boolean>;
}

class Verifier implements VerifyFeature {
  readonly #share: number;
  #due: CachedFunction | undefined;
  #running = 0;
  /** A call that a run makes is not verified. */
  #isRunning = false;
  /** The calls on stores outside of memory that were chosen, and were hits. */
  readonly #served = new WeakMap<Call, boolean>();

  constructor(share: number) {
    this.#share = share;
  }

  isDue(cachedFn: CachedFunction): boolean {
    if (random() >= this.#share * ASKED_EVERY) return false;
    this.#due = cachedFn;
    return true;
  }

  answer(call: Call, answer: () => unknown): unknown {
    const { cachedFn } = call;
    const isChosen = this.#due === cachedFn || random() < this.#share;
    this.#due = undefined;
    if (!isChosen || cachedFn.handleRequest || this.#isRunning || this.#running >= MAX_RUNS) return answer();
    const { hits } = cachedFn.counters;
    const inputs = encode(call.inputs);
    this.#served.set(call, false);
    const result = answer();
    const { store, tier, counters } = cachedFn;
    if (result === MUST_RUN || !store) return result;
    if (counters.hits === hits) {
      if (!store.remote || !(result instanceof Promise)) return result;
      void result.then(
        (kept) => {
          if (this.#served.get(call)) this.#start(hitOf(call, kept, inputs));
        },
        () => undefined,
      );
      return result;
    }
    const entry = tier.find(call.place);
    if (entry < 0) return result;
    const stored = tier.valueAt(entry);
    const isCurrent = (): boolean => {
      const now = cachedFn.tier.find(call.place);
      return now >= 0 && cachedFn.tier.valueAt(now) === stored;
    };
    const kept = cachedFn.options.copy === "clone" ? copied(stored) : stored;
    if (!("verified" in call)) {
      this.#start({ call, kept, inputs, isCurrent });
      return result;
    }
    (call as Inline).verified = { kept: result };
    call.uncached = true;
    return MUST_RUN;
  }

  servedRemotely(call: Call): void {
    if (this.#served.has(call)) this.#served.set(call, true);
  }

  endInlineRun(call: Call, outcome: { readonly result: unknown } | { readonly error: unknown }): void {
    const { verified } = call as Inline;
    if (!verified) return;
    if ("error" in outcome) reportFailure(call, outcome.error);
    else reportDifference(call, verified.kept, outcome.result);
  }

  #start(hit: Hit): void {
    this.#running++;
    const work = new Promise<void>((resolve) => {
      inLaterTurn(() => resolve(this.#verify(hit)));
    });
    const settled = work
      .catch((error: unknown) => reportFailure(hit.call, error))
      .finally(() => {
        this.#running--;
      });
    features.runInBackground?.(settled);
  }

  async #verify({ call, kept, inputs, isCurrent }: Hit): Promise<void> {
    if (inputs !== encode(call.inputs)) return;
    const run = features.signals?.withoutSignal(call) ?? call;
    run.background = "verify";
    let computed: unknown;
    this.#isRunning = true;
    try {
      computed = call.recompute ? call.recompute() : run.run();
    } finally {
      this.#isRunning = false;
    }
    computed = await computed;
    if (await isCurrent()) reportDifference(call, kept, computed);
  }
}

/** A hit on a store outside of memory. Its value is the caller's own. */
function hitOf(call: Call, kept: unknown, inputs: string | undefined): Hit {
  const { remote } = call.cachedFn.store!;
  const own = copied(kept);
  const isCurrent = async (): Promise<boolean> => differenceOf(await remote?.peek(call), own) === undefined;
  return { call, kept: own, inputs, isCurrent };
}

function copied(value: unknown): unknown {
  try {
    return copy(value);
  } catch {
    return value;
  }
}

function reportDifference(call: Call, kept: unknown, computed: unknown): void {
  const path = differenceOf(kept, computed);
  if (path === undefined) return;
  emitCall("mismatch", call, { kept, computed, path });
  const where = path === "" ? "" : ` at ${path}`;
  warnOnce(
    call.cachedFn,
    "verify ",
    (name) =>
      `a stored result of ${name} differs from a new one${where}: it depends on more than its key, or has changed within its ttl.`,
  );
}

function reportFailure(call: Call, error: unknown): void {
  call.cachedFn.counters.errors++;
  emitCall("error", call, { error, reason: "the run that verifies a hit failed" });
}
