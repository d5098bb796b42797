import { ALONE, MISSING, type BulkKeys } from "../call/bulk.ts";
import type { CachedFunction } from "../call/cached-function.ts";
import { features } from "../call/features.ts";
import { answerCall, type Call, type IdRequest, type Invocation } from "../call/slow-path.ts";
import type { Slots } from "../key/slots.ts";
import type { KeyPlace } from "../memory/trie.ts";
import { Bulk, isBulk, isMissing, type BulkCaller } from "./bulk.ts";
import { isErrorOfId, RunQueue, type GivenIds } from "./run-queue.ts";
import { isRunning } from "./running.ts";

/** A call of a batch function, as far as {@link Later} needs it. */
export interface BatchCall extends BulkCaller {
  readonly cachedFn: CachedFunction;
  readonly invocation: Invocation;
  readonly given: GivenIds;
  /** The call of an id. `fn` runs the function for it. */
  callOf(id: unknown, fn?: (...inputs: unknown[]) => unknown): Call;
  /** The slots of the key of an id. */
  slotsOf(id: unknown): Slots;
  /** The places of the keys of ids; `undefined` for a key that is not found by its slots. */
  placesOf(ids: readonly unknown[]): readonly (KeyPlace | undefined)[];
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
  answer(ids: readonly unknown[], requests: readonly IdRequest[] | undefined): Promise<unknown> | undefined {
    const isRemote = this.#cachedFn.store!.remote !== undefined;
    if (!requests && isBulk(this.#cachedFn, this.#batch.invocation)) {
      const isMeasured = features.meter?.isAmong(this.#cachedFn, ids.length) === true;
      const places = [...this.#batch.placesOf(ids)];
      if (isMeasured) places[0] = undefined;
      return isRemote ? this.#answerRemotely(ids, places) : this.#answerFromMemory(ids, places);
    }
    for (const [index, id] of ids.entries()) this.#answerOne(id, requests?.[index]);
    return this.#end(!isRemote);
  }

  #answerFromMemory(
    ids: readonly unknown[],
    places: readonly (KeyPlace | undefined)[],
  ): Promise<unknown> | undefined {
    const bulk = new Bulk(this.#cachedFn, this.#batch, undefined);
    for (let index = 0; index < ids.length; index++) {
      const place = places[index];
      if (place && isMissing(this.#cachedFn, place)) bulk.add(ids[index], place, index);
      else this.#answerOne(ids[index]);
    }
    if (bulk.count > 0) this.#add(this.#queue.addBulk(bulk));
    return this.#end(true);
  }

  async #answerRemotely(ids: readonly unknown[], places: readonly (KeyPlace | undefined)[]): Promise<void> {
    const flat: unknown[] = [];
    const flatPlaces: KeyPlace[] = [];
    for (let index = 0; index < ids.length; index++) {
      const place = places[index];
      if (place) {
        flat.push(ids[index]);
        flatPlaces.push(place);
      } else this.#answerOne(ids[index]);
    }
    const keys = this.#cachedFn.store!.remote!.bulk(this.#cachedFn, flatPlaces);
    const bulk = new Bulk(this.#cachedFn, this.#batch, keys);
    await keys.settled;
    const answerAlone = (id: unknown, index: number): Promise<unknown> =>
      this.#answerAlone(id, keys, index, flatPlaces[index]!);
    for (let index = 0; index < flat.length; index++) {
      const found = keys.find(index);
      if (found === MISSING) bulk.add(flat[index], flatPlaces[index]!, index);
      else if (found === ALONE) void answerAlone(flat[index], index);
      else this.#batch.keep(flat[index], found);
    }
    keys.found();
    if (bulk.count > 0) {
      bulk.publish();
      await bulk.reserve(answerAlone);
      if (bulk.count > 0) this.#add(this.#queue.addBulk(bulk));
    }
    await this.#end(false);
  }

  #answerOne(id: unknown, request?: IdRequest): void {
    const cachedFn = this.#cachedFn;
    const slots = this.#batch.slotsOf(id);
    // The run of a single-id function is part of that run, and its result is the one that is stored.
    const isWithin = isRunning(cachedFn, slots);
    const call = this.#callOf(id, isWithin);
    if (!isWithin && request) cachedFn.serveHandle(request);
    this.#settle(id, isWithin ? this.#run(call.inputs) : answerCall(call, slots));
  }

  /** Answers an id from what was read for all of them. Returns its result. */
  #answerAlone(id: unknown, keys: BulkKeys, index: number, place: KeyPlace): Promise<unknown> {
    const call = this.#callOf(id);
    call.place = place;
    call.slots = this.#batch.slotsOf(id);
    const answer = new Promise<unknown>((resolve) => resolve(keys.answer(call, index)));
    this.#settle(id, answer);
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
  #settle(id: unknown, answer: unknown): void {
    const keep = (value: unknown): void => {
      this.#batch.keep(id, value);
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
