import { ALONE, MISSING, type BulkKeys } from "../call/bulk.ts";
import type { CachedFunction } from "../call/cached-function.ts";
import { features } from "../call/features.ts";
import { answerCall, type Call, type IdRequest, type Invocation } from "../call/slow-path.ts";
import type { Slots } from "../key/slots.ts";
import type { KeyPlace } from "../memory/trie.ts";
import { Bulk, isBulk, type BulkCaller } from "./bulk.ts";
import { isErrorOfId, RunQueue } from "./run-queue.ts";
import { isRunning } from "./running.ts";

/** A call of a batch function, as far as {@link Later} needs it. */
export interface BatchCall extends BulkCaller {
  readonly cachedFn: CachedFunction;
  readonly invocation: Invocation;
  /** The call of an id. `fn` runs the function for it. */
  callOf(id: unknown, fn?: (...inputs: unknown[]) => unknown): Call;
  /** The slots of the key of an id. */
  slotsOf(id: unknown): Slots;
}

/**
 * Answers the ids of a call of a function that returns promises: those that need nothing but a look-up and a run
 * together, and the others one by one.
 */
export class Later {
  readonly #batch: BatchCall;
  readonly #cachedFn: CachedFunction;
  readonly #queue: RunQueue;
  readonly #calls = new Map<unknown, Call>();
  readonly #decided = new Set<unknown>();
  readonly #answers: Promise<void>[] = [];

  constructor(batch: BatchCall) {
    this.#batch = batch;
    this.#cachedFn = batch.cachedFn;
    this.#queue = new RunQueue(batch.cachedFn, batch.invocation, batch.given, this.#calls);
  }

  /** Fulfils when the caller has an answer for each id. With requests, the function runs for all ids. */
  answer(
    positions: readonly number[],
    requests: readonly IdRequest[] | undefined,
  ): Promise<unknown> | undefined {
    const isRemote = this.#cachedFn.store!.remote !== undefined;
    if (!requests && isBulk(this.#cachedFn, this.#batch.invocation)) {
      const isMeasured = features.meter?.isAmong(this.#cachedFn, positions.length) === true;
      if (isMeasured) this.#answerOne(positions[0]!);
      const left = isMeasured ? positions.slice(1) : positions;
      return isRemote ? this.#answerRemotely(left) : this.#answerFromMemory(left);
    }
    for (const at of positions) this.#answerOne(at, requests?.[at]);
    return this.#end(!isRemote);
  }

  #answerFromMemory(positions: readonly number[]): Promise<unknown> | undefined {
    const bulk = new Bulk(this.#cachedFn, this.#batch, undefined);
    for (const at of positions) {
      if (bulk.isMissing(at)) bulk.add(at, at);
      else this.#answerOne(at);
    }
    if (bulk.count > 0) this.#add(this.#queue.addBulk(bulk));
    return this.#end(true);
  }

  async #answerRemotely(positions: readonly number[]): Promise<void> {
    const short: number[] = [];
    for (const at of positions) {
      if (this.#batch.isShort(at)) short.push(at);
      else this.#answerOne(at);
    }
    const placeOf = (index: number): KeyPlace => this.#batch.placeOf(short[index]!);
    const keys = this.#cachedFn.store!.remote!.bulk(this.#cachedFn, short.length, placeOf);
    const bulk = new Bulk(this.#cachedFn, this.#batch, keys);
    await keys.settled;
    const answerAlone = (at: number, index: number): Promise<unknown> => this.#answerAlone(at, keys, index);
    for (let index = 0; index < short.length; index++) {
      const at = short[index]!;
      const found = keys.find(index);
      if (found === MISSING) bulk.add(at, index);
      else if (found === ALONE) void answerAlone(at, index);
      else this.#batch.keep(at, found);
    }
    keys.found();
    if (bulk.count > 0) {
      bulk.publish();
      await bulk.reserve(answerAlone);
      if (bulk.count > 0) this.#add(this.#queue.addBulk(bulk));
    }
    await this.#end(false);
  }

  #answerOne(at: number, request?: IdRequest): void {
    const cachedFn = this.#cachedFn;
    const id = this.#batch.given.ids[at];
    const slots = this.#batch.slotsOf(id);
    // The run of a single-id function is part of that run, and its result is the one that is stored.
    const isWithin = isRunning(cachedFn, slots);
    const call = this.#callOf(id, isWithin);
    if (!isWithin && request) cachedFn.serveHandle(request);
    this.#settle(at, isWithin ? this.#run(call.inputs) : answerCall(call, slots));
  }

  /** Answers an id from what was read for all of them. Returns its result. */
  #answerAlone(at: number, keys: BulkKeys, index: number): Promise<unknown> {
    const id = this.#batch.given.ids[at];
    const call = this.#callOf(id);
    call.place = this.#batch.placeOf(at);
    call.slots = this.#batch.slotsOf(id);
    const answer = new Promise<unknown>((resolve) => resolve(keys.answer(call, index)));
    this.#settle(at, answer);
    return answer;
  }

  #callOf(id: unknown, isWithin = false): Call {
    const call = this.#batch.callOf(id, (...inputs) => this.#run(inputs));
    this.#queue.lookUp();
    if (!isWithin) {
      this.#calls.set(id, call);
      call.onWait = () => this.#decide(id);
    }
    return call;
  }

  /** Adds an id to the run. */
  #run(inputs: readonly unknown[]): Promise<unknown> {
    const id = inputs[this.#cachedFn.spec.multi!.input];
    const result = this.#queue.add(id, inputs);
    this.#decide(id);
    return result;
  }

  #decide(id: unknown): void {
    if (this.#decided.has(id)) return;
    this.#decided.add(id);
    this.#queue.decide();
  }

  /** Keeps the answer for an id. */
  #settle(at: number, answer: unknown): void {
    const id = this.#batch.given.ids[at];
    const keep = (value: unknown): void => {
      this.#batch.keep(at, value);
      this.#decide(id);
    };
    // An `async` function would make each of many ids take twice as long.
    const settled = Promise.resolve(answer).then(keep, (error: unknown) => {
      this.#decide(id);
      if (!isErrorOfId(error)) throw error;
      keep(error);
    });
    this.#add(settled);
  }

  #add(answer: Promise<void>): void {
    // It may be rejected before all are waited for.
    answer.catch(() => undefined);
    this.#answers.push(answer);
  }

  /** All ids are being looked up. In memory, that tells at once which are missing. */
  #end(isInMemory: boolean): Promise<unknown> | undefined {
    this.#queue.end(isInMemory);
    const [first] = this.#answers;
    return this.#answers.length > 1 ? Promise.all(this.#answers) : first;
  }
}
