/** Calls of functions with the option `multi`: each id has an entry of its own, and one run gives those that are missing. */
import type { CachedFunction } from "../call/cached-function.ts";
import { features } from "../call/features.ts";
import type { Flight } from "../call/flight.ts";
import { nameWithPlace } from "../call/name-with-place.ts";
import {
  answerCall,
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
import { UnshapedSlots, type Slots } from "../key/shape.ts";
import { isThenable } from "../platform/is-thenable.ts";
import { assemble, formOf, resultsIn } from "./form.ts";
import { isErrorOfId, readRun, resultOf, runFor, RunQueue, type GivenIds } from "./run-queue.ts";
import { isRunning, noteRun } from "./running.ts";

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
  features.batches ??= { assemble, formOf, resultsIn };
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
function idsIn(
  slots: Slots,
  slot: number,
  unshaped = slot,
): (GivenIds & { all: readonly unknown[] }) | undefined {
  const given: unknown = slots instanceof UnshapedSlots ? slots.slots[unshaped] : slots[slot];
  const isSet = given instanceof Set;
  if (!isSet && !Array.isArray(given)) return undefined;
  const all = [...given];
  if (!all.every((id) => isPrimitive(id) && !Object.is(id, -0))) return undefined;
  return { all, ids: isSet ? all : [...new Set(all)], isSet };
}

class Batch {
  readonly #cachedFn: CachedFunction;
  readonly #invocation: Invocation;
  readonly #slots: Slots;
  readonly #given: GivenIds;
  /** The ids as they were given. */
  readonly #all: readonly unknown[];
  readonly #results = new Map<unknown, unknown>();

  constructor(
    cachedFn: CachedFunction,
    invocation: Invocation,
    { slots, all, ids, isSet }: GivenIds & { readonly slots: Slots; readonly all: readonly unknown[] },
  ) {
    this.#cachedFn = cachedFn;
    this.#invocation = invocation;
    this.#slots = slots;
    this.#given = { ids, isSet };
    this.#all = all;
  }

  /** The requests of a handle, one for each id. */
  requests(): readonly IdRequest[] {
    const { arg } = this.#cachedFn.spec.multi!;
    return this.#given.ids.map((id) => ({
      op: "refresh",
      id,
      cachedFn: this.#cachedFn,
      slots: this.#slotsOf(id),
      args: this.#invocation.args.with(arg, id),
    }));
  }

  /** Answers the call. With requests, the function runs for all ids. */
  answer(requests?: readonly IdRequest[]): unknown {
    const cachedFn = this.#cachedFn;
    if (cachedFn.store!.remote && !cachedFn.givesPromises) return this.#runToKnow();
    const missing = requests ? this.#given.ids : this.#given.ids.filter((id) => !this.#isHit(id));
    if (missing.length === 0 && !cachedFn.spec.multi!.form) return this.#runToKnow();
    return cachedFn.givesPromises ? this.#answerLater(missing, requests) : this.#answerNow(missing, requests);
  }

  /** Looks up an id in the way in which compiled code does. */
  #isHit(id: unknown): boolean {
    const cachedFn = this.#cachedFn;
    if (this.#slots instanceof UnshapedSlots || this.#slots.length > cachedFn.depth) return false;
    const hit = cachedFn.depth === 1 ? cachedFn.get1(id) : cachedFn.get(this.#slotsOf(id) as unknown[]);
    if (hit) this.#results.set(id, hit.value);
    return hit !== undefined;
  }

  /** The slots of the key of an id. */
  #slotsOf(id: unknown): Slots {
    const { slot, unshaped = slot } = this.#cachedFn.spec.multi!;
    const slots = this.#slots;
    return slots instanceof UnshapedSlots
      ? new UnshapedSlots(slots.slots.with(unshaped, id))
      : slots.with(slot, id);
  }

  #callOf(id: unknown, fn: (...inputs: unknown[]) => unknown): Call {
    const { input, arg } = this.#cachedFn.spec.multi!;
    const { inputs, args, self } = this.#invocation;
    const ofId = { fn, self, inputs: inputs.with(input, id), args: args.with(arg, id) };
    const call = new Call(this.#cachedFn, ofId);
    call.isPart = true;
    call.recompute = () => this.#recompute(id);
    return call;
  }

  /** Runs the function for one id, and stores nothing. */
  async #recompute(id: unknown): Promise<unknown> {
    const ids = [id];
    const result = await runFor(this.#cachedFn, this.#invocation, { ...this.#given, ids });
    return resultOf(readRun(this.#cachedFn, ids, result)[0]);
  }

  /**
   * Runs the function with all ids, and stores nothing: only a result shows its form and, if the compiler did not see the
   * function, whether it is a promise.
   */
  #runToKnow(): unknown {
    const { spec } = this.#cachedFn;
    const { fn, self, inputs } = this.#invocation;
    const returned: unknown = Reflect.apply(fn, self, inputs);
    features.results?.check(this.#cachedFn, returned);
    this.#cachedFn.rebind();
    const learn = (result: unknown): unknown => {
      spec.multi!.form ??= formOf(result);
      return result;
    };
    return returned instanceof Promise ? returned.then(learn) : learn(returned);
  }

  /** Answers a call of a function that returns promises. */
  #answerLater(missing: readonly unknown[], requests: readonly IdRequest[] | undefined): Promise<unknown> {
    const cachedFn = this.#cachedFn;
    const { input } = cachedFn.spec.multi!;
    const calls = new Map<unknown, Call>();
    const decided = new Set<unknown>();
    const queue = new RunQueue(cachedFn, this.#invocation, this.#given, calls);
    const decide = (id: unknown): void => {
      if (decided.has(id)) return;
      decided.add(id);
      queue.decide();
    };
    const add = (...inputs: unknown[]): Promise<unknown> => {
      const id = inputs[input];
      const result = queue.add(id, inputs);
      decide(id);
      return result;
    };
    const answers = missing.map((id, index) => {
      const slots = this.#slotsOf(id);
      const call = this.#callOf(id, add);
      queue.lookUp();
      // The run of a single-id function is part of that run, and its result is the one that is stored.
      const isWithin = isRunning(cachedFn, slots);
      if (!isWithin) {
        calls.set(id, call);
        call.onWait = () => decide(id);
        if (requests) cachedFn.serveHandle(requests[index]);
      }
      return this.#settle(id, isWithin ? add(...call.inputs) : answerCall(call, slots), () => decide(id));
    });
    queue.end(!cachedFn.store!.remote);
    return Promise.all(answers).then(() => this.#assembled());
  }

  /** Keeps the answer for an id. `end` is called when it is there. */
  #settle(id: unknown, answer: unknown, end: () => void): Promise<void> {
    const keep = (value: unknown): void => {
      this.#results.set(id, value);
      end();
    };
    // An `async` function would make each of many ids take twice as long.
    return Promise.resolve(answer).then(keep, (error: unknown) => {
      end();
      if (!isErrorOfId(error)) throw error;
      keep(error);
    });
  }

  /** Answers a call of a function that returns no promises, or of which no run has shown whether it does. */
  #answerNow(missing: readonly unknown[], requests: readonly IdRequest[] | undefined): unknown {
    const cachedFn = this.#cachedFn;
    const begun: { readonly id: unknown; readonly call: Call; readonly flight: Flight | undefined }[] = [];
    let outcome: (id: unknown) => unknown;
    const share = (...inputs: unknown[]): unknown => outcome(inputs[cachedFn.spec.multi!.input]);
    for (const [index, id] of missing.entries()) {
      const call = this.#callOf(id, share);
      if (requests) cachedFn.serveHandle(requests[index]);
      const answer = answerWithoutRun(call, this.#slotsOf(id));
      if (answer !== MUST_RUN) this.#results.set(id, answer);
      else begun.push({ id, call, flight: call.uncached ? undefined : beginRun(call) });
    }
    if (begun.length > 0) outcome = this.#runNow(begun.map(({ id }) => id));
    let failure: { readonly error: unknown } | undefined;
    for (const { id, call, flight } of begun) {
      try {
        this.#results.set(id, call.uncached ? call.run() : startRun(call, flight));
      } catch (error) {
        if (isErrorOfId(error)) this.#results.set(id, error);
        else failure ??= { error };
      }
    }
    if (failure) throw failure.error;
    const promises = [...this.#results].filter(([, answer]) => isThenable(answer));
    if (promises.length === 0) return this.#assembled();
    const settled = promises.map(([id, answer]) => this.#settle(id, answer, () => undefined));
    return Promise.all(settled).then(() => this.#assembled());
  }

  /** Runs the function for some ids. Returns what gives the result of one of them, or throws its error. */
  #runNow(ids: readonly unknown[]): (id: unknown) => unknown {
    let read: (result: unknown) => ReadonlyMap<unknown, unknown>;
    let result: unknown;
    try {
      result = runFor(this.#cachedFn, this.#invocation, { ...this.#given, ids });
      read = (settled) => {
        const results = readRun(this.#cachedFn, ids, settled);
        return new Map(ids.map((id, index) => [id, results[index]]));
      };
      if (!isThenable(result)) {
        const results = read(result);
        return (id) => resultOf(results.get(id));
      }
    } catch (error) {
      return () => {
        throw error;
      };
    }
    const results = Promise.resolve(result).then(read);
    return (id) => results.then((byId) => resultOf(byId.get(id)));
  }

  #assembled(): unknown {
    return assemble(this.#cachedFn.spec.multi!.form ?? "list", this.#all, this.#results);
  }
}
