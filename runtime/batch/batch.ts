/** Calls of functions with the option `multi`: each id has an entry of its own, and one run gives those that are missing. */
import type { CachedFunction } from "../call/cached-function.ts";
import { features } from "../call/features.ts";
import type { Flight } from "../call/flight.ts";
import { nameWithPlace } from "../call/name-with-place.ts";
import {
  answerWithoutRun,
  beginRun,
  Call,
  failBinding,
  MUST_RUN,
  recordBypass,
  startRun,
  type IdRequest,
  type Invocation,
} from "../call/slow-path.ts";
import { CacheError } from "../contract/errors.ts";
import { isPrimitive } from "../key/encode.ts";
import { isUnshapedSlots, unshaped as unshapedSlots, type Slots } from "../key/slots.ts";
import { keyPlaceOf, type KeyPlace } from "../memory/trie.ts";
import { isThenable } from "../platform/is-thenable.ts";
import { Bulk, isBulk } from "./bulk.ts";
import { assemble, formOf, type ListedIds } from "./form.ts";
import { Later, type BatchCall } from "./later.ts";
import { isErrorOfId, readRun, resultOf, runFor, type GivenIds } from "./run-queue.ts";
import { noteRun } from "./running.ts";

/**
 * Answers a call of a batch function.
 *
 * @param args the arguments of the inner function
 * @param holder the inner function as a property with the outer function's name
 * @param slots the slots of the key, with the ids. Left out: `args`
 * @param self the receiver, if the inner function is a method
 * @param given the arguments of the outer function, for options that are functions. Left out: `args`
 */
export function batch<const A extends readonly unknown[], R, T = undefined>(
  cachedFn: CachedFunction,
  args: readonly [...A],
  holder: Readonly<Record<string, (this: T, ...args: A) => R>>,
  slots: Slots = args,
  self?: T,
  given: readonly unknown[] = args,
): R {
  const [fn] = Object.values(holder);
  return callBatch(cachedFn, { fn: fn!, self, inputs: args, args: given }, slots) as R;
}

/** {@link batch}, with the function and its arguments as one object. */
export function callBatch(cachedFn: CachedFunction, invocation: Invocation, slots: Slots): unknown {
  features.noteRun ??= noteRun;
  features.batches ??= { assemble, readRun };
  const run = (): unknown => Reflect.apply(invocation.fn, invocation.self, invocation.inputs);
  const { handleRequest } = cachedFn;
  if (!handleRequest && cachedFn.disabled) return run();
  try {
    cachedFn.bind();
  } catch (error) {
    return failBinding(cachedFn, error);
  }
  const { multi } = cachedFn.spec;
  const given = idsIn(slots, multi!.slot, multi!.unshaped);
  if (!handleRequest) {
    if (given) return new Batch(cachedFn, invocation, { slots, ...given }).answer();
    recordBypass(new Call(cachedFn, invocation), `\`${multi!.name}\` is no list or Set of texts and numbers`);
    return run();
  }
  cachedFn.serveHandle(undefined);
  handleRequest.cachedFn = cachedFn;
  handleRequest.slots = slots;
  if (handleRequest.op === "bypass") return run();
  if (!given) {
    throw new CacheError(
      "key-unkeyable",
      `\`${multi!.name}\` of ${nameWithPlace(cachedFn)} takes a list or a Set of texts and numbers; each of them has an entry.`,
    );
  }
  const called = new Batch(cachedFn, invocation, { slots, ...given });
  handleRequest.each = called.requests();
  handleRequest.all = given.all;
  return handleRequest.op === "bind" ? undefined : called.answer(handleRequest.each);
}

/** The ids of a call, each once; `undefined` if they are no list or `Set` of primitive values. */
function idsIn(slots: Slots, slot: number, unshaped = slot): (GivenIds & ListedIds) | undefined {
  const given: unknown = isUnshapedSlots(slots) ? slots.slots[unshaped] : slots[slot];
  const isSet = given instanceof Set;
  if (!isSet && !Array.isArray(given)) return undefined;
  const all: unknown[] = [...given];
  let areAscending = true;
  for (let at = 0; at < all.length; at++) {
    const id = all[at];
    if (!isPrimitive(id) || Object.is(id, -0)) return undefined;
    areAscending &&= typeof id === "number" && (at === 0 || id > (all[at - 1] as number));
  }
  // Measured: to make the table takes a seventh of a call whose results are in memory.
  const distinct = isSet || areAscending ? undefined : new Set(all);
  return { all, ids: distinct && distinct.size < all.length ? [...distinct] : all, isSet };
}

/** How a run has ended that may be sync. */
type Outcome =
  | { readonly byId: ReadonlyMap<unknown, unknown> }
  | { readonly later: Promise<ReadonlyMap<unknown, unknown>> }
  | { readonly failure: unknown };

class Batch implements BatchCall {
  readonly cachedFn: CachedFunction;
  readonly invocation: Invocation;
  readonly given: GivenIds;
  readonly #slots: Slots;
  /** The ids as they were given. */
  readonly #all: readonly unknown[];
  /** By the position of the id. */
  readonly #results: unknown[];
  /** Whether the keys of numbers are found by their slots, and those of other ids that are short enough. */
  readonly #isFlat: boolean;
  /** See `BatchCall`. */
  absentSince = -1;

  constructor(
    cachedFn: CachedFunction,
    invocation: Invocation,
    { slots, all, ids, isSet }: GivenIds & ListedIds & { readonly slots: Slots },
  ) {
    this.cachedFn = cachedFn;
    this.invocation = invocation;
    this.given = { ids, isSet };
    this.#slots = slots;
    this.#all = all;
    this.#results = new Array<unknown>(ids.length);
    this.#isFlat =
      !isUnshapedSlots(slots) &&
      slots.length <= cachedFn.depth &&
      cachedFn.fits(this.slotsOf(0) as readonly unknown[]);
  }

  /** The requests of a handle, one for each id. */
  requests(): readonly IdRequest[] {
    const { arg } = this.cachedFn.spec.multi!;
    return this.given.ids.map((id) => ({
      op: "refresh",
      id,
      cachedFn: this.cachedFn,
      slots: this.slotsOf(id),
      args: this.invocation.args.with(arg, id),
    }));
  }

  /** Answers the call. With requests, the function runs for all ids. */
  answer(requests?: readonly IdRequest[]): unknown {
    const { cachedFn } = this;
    if (cachedFn.store!.remote && !cachedFn.givesPromises) return this.#runToKnow();
    const missing = requests ? [...this.given.ids.keys()] : this.#lookUp();
    if (missing.length === 0 && !cachedFn.spec.multi!.form) return this.#runToKnow();
    if (!cachedFn.givesPromises) return this.#answerNow(missing, requests);
    if (missing.length === 0) return Promise.resolve(this.#assembled());
    return new Later(this).answer(missing, requests)!.then(() =>
      // No run in this process has shown the form of the results that a store has.
      cachedFn.spec.multi!.form ? this.#assembled() : this.#runToKnow(),
    );
  }

  /** Looks up all ids in the way in which compiled code does. Returns the positions of those that are no hits. */
  #lookUp(): number[] {
    const { cachedFn } = this;
    const { ids } = this.given;
    const tier = this.#isFlat ? cachedFn.hitTier : undefined;
    const missing: number[] = [];
    let isAbsent = tier !== undefined;
    for (let at = 0; at < ids.length; at++) {
      if (!tier || tier.size === 0) {
        missing.push(at);
        continue;
      }
      const id = ids[at];
      const entry = cachedFn.depth === 1 ? tier.get1(id) : tier.get(this.slotsOf(id) as unknown[]);
      const hit = cachedFn.serve(entry);
      if (hit) this.#results[at] = hit.value;
      else {
        missing.push(at);
        isAbsent &&= entry < 0 && this.isShort(at);
      }
    }
    if (isAbsent) this.absentSince = tier!.added;
    return missing;
  }

  /** See `BatchCall`. */
  isShort(at: number): boolean {
    const id = this.given.ids[at];
    if (!this.#isFlat || typeof id === "number") return this.#isFlat;
    return this.cachedFn.fits(this.slotsOf(id) as readonly unknown[]);
  }

  /** See `BatchCall`. */
  placeOf(at: number): KeyPlace {
    return keyPlaceOf(this.slotsOf(this.given.ids[at]) as readonly unknown[]);
  }

  /** See `BatchCall`. */
  slotsOf(id: unknown): Slots {
    const { slot, unshaped = slot } = this.cachedFn.spec.multi!;
    const slots = this.#slots;
    return isUnshapedSlots(slots) ? unshapedSlots(slots.slots.with(unshaped, id)) : slots.with(slot, id);
  }

  /** See `BatchCall`. */
  callOf(id: unknown, fn: Invocation["fn"] = this.invocation.fn): Call {
    const { input, arg } = this.cachedFn.spec.multi!;
    const { inputs, args, self } = this.invocation;
    const ofId = { fn, self, inputs: inputs.with(input, id), args: args.with(arg, id) };
    const call = new Call(this.cachedFn, ofId);
    call.isPart = true;
    call.recompute = () => this.#recompute(id);
    return call;
  }

  /** See `BatchCall`. */
  keep(at: number, result: unknown): void {
    this.#results[at] = result;
  }

  /** Runs the function for one id, and stores nothing. */
  async #recompute(id: unknown): Promise<unknown> {
    const ids = [id];
    const result = await runFor(this.cachedFn, this.invocation, { ...this.given, ids });
    return resultOf(readRun(this.cachedFn, ids, result)[0]);
  }

  /**
   * Runs the function with all ids, and stores nothing: only a result shows its form and, if the compiler did not see the
   * function, whether it is a promise.
   */
  #runToKnow(): unknown {
    const { spec } = this.cachedFn;
    const { fn, self, inputs } = this.invocation;
    const returned: unknown = Reflect.apply(fn, self, inputs);
    features.results?.check(this.cachedFn, returned);
    this.cachedFn.rebind();
    const learn = (result: unknown): unknown => {
      spec.multi!.form ??= formOf(result);
      return result;
    };
    return returned instanceof Promise ? returned.then(learn) : learn(returned);
  }

  /** Answers a call of a function that returns no promises, or of which no run has shown whether it does. */
  #answerNow(missing: readonly number[], requests: readonly IdRequest[] | undefined): unknown {
    const { cachedFn } = this;
    const { ids } = this.given;
    const { spec } = cachedFn;
    const isTogether = !requests && spec.mode === "sync" && isBulk(cachedFn, this.invocation);
    const bulk = new Bulk(cachedFn, this, undefined);
    const begun: { readonly at: number; readonly call: Call; readonly flight: Flight | undefined }[] = [];
    let outcome: Outcome;
    const resultFor = (id: unknown): unknown => {
      if ("failure" in outcome) throw outcome.failure;
      if ("later" in outcome) return outcome.later.then((byId) => resultOf(byId.get(id)));
      return resultOf(outcome.byId.get(id));
    };
    for (const at of missing) {
      const id = ids[at];
      if (isTogether && bulk.isMissing(at)) {
        bulk.add(at, at);
        continue;
      }
      const call = this.callOf(id, (...inputs: unknown[]) => resultFor(inputs[spec.multi!.input]));
      if (requests) cachedFn.serveHandle(requests[at]);
      const answer = answerWithoutRun(call, this.slotsOf(id));
      if (answer !== MUST_RUN) this.#results[at] = answer;
      else begun.push({ at, call, flight: call.uncached ? undefined : beginRun(call) });
    }
    if (bulk.count + begun.length > 0) {
      const positions = [...bulk.positions, ...begun.map(({ at }) => at)].sort((a, b) => a - b);
      bulk.start();
      outcome = this.#runNow(positions.map((at) => ids[at]));
      bulk.started();
    }
    let failure: { readonly error: unknown } | undefined;
    if (bulk.count > 0) failure = this.#endBulk(bulk, outcome!);
    for (const { at, call, flight } of begun) {
      try {
        this.#results[at] = call.uncached ? call.run() : startRun(call, flight);
      } catch (error) {
        if (isErrorOfId(error)) this.#results[at] = error;
        else failure ??= { error };
      }
    }
    if (failure) throw failure.error;
    const promises = [...this.#results.keys()].filter((at) => isThenable(this.#results[at]));
    if (promises.length === 0) return this.#assembled();
    const settled = promises.map(async (at) => {
      try {
        this.keep(at, await this.#results[at]);
      } catch (error) {
        if (!isErrorOfId(error)) throw error;
        this.keep(at, error);
      }
    });
    return Promise.all(settled).then(() => this.#assembled());
  }

  /** Ends the run of ids that are handled together. Returns the error if it has failed. */
  #endBulk(bulk: Bulk, outcome: Outcome): { readonly error: unknown } | undefined {
    if ("byId" in outcome) bulk.end((at) => outcome.byId.get(bulk.ids[at]), false);
    else if ("failure" in outcome) {
      bulk.fail(outcome.failure);
      return { error: outcome.failure };
    } else {
      const { later } = outcome;
      recordBypass(this.callOf(bulk.ids[0]), "its type does not match the result, which is a promise");
      for (const [index, id] of bulk.ids.entries())
        this.keep(
          bulk.positions[index]!,
          later.then((byId) => resultOf(byId.get(id))),
        );
    }
    return undefined;
  }

  /** Runs the function for some ids. */
  #runNow(ids: readonly unknown[]): Outcome {
    const read = (settled: unknown): ReadonlyMap<unknown, unknown> => {
      const results = readRun(this.cachedFn, ids, settled);
      return new Map(ids.map((id, index) => [id, results[index]]));
    };
    try {
      const result = runFor(this.cachedFn, this.invocation, { ...this.given, ids });
      return isThenable(result) ? { later: Promise.resolve(result).then(read) } : { byId: read(result) };
    } catch (failure) {
      return { failure };
    }
  }

  #assembled(): unknown {
    const { ids } = this.given;
    return assemble(this.cachedFn.spec.multi!.form ?? "list", { all: this.#all, ids }, this.#results);
  }
}
