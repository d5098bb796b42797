/** The ids of a batch for which its function has to run. */
import { signalOf, withSignal, type AbortSignalLike } from "../call/abort.ts";
import type { CachedFunction } from "../call/cached-function.ts";
import { features } from "../call/features.ts";
import { Call, type Invocation } from "../call/slow-path.ts";
import { nameWithPlace } from "../call/name-with-place.ts";
import { NO_PLACE } from "../memory/trie.ts";
import { inLaterTurn } from "../platform/real-timers.ts";
import { formOf, resultsIn } from "./form.ts";

/** Errors that a result has in place of the results of ids. */
const errorsOfIds = /* @__PURE__ */ new WeakSet<Error>();

/** Whether an error is that of one id, and not that of a run. */
export const isErrorOfId = (error: unknown): error is Error =>
  error instanceof Error && errorsOfIds.has(error);

export const markErrorOfId = (error: Error): void => void errorsOfIds.add(error);

/** The result of one id. @throws an error that the function returned for it. */
export function resultOf(result: unknown): unknown {
  if (!(result instanceof Error)) return result;
  markErrorOfId(result);
  throw result;
}

/** Runs the function of a batch for some of its ids, and returns their results by position, or a promise of the result. */
export function runFor(cachedFn: CachedFunction, invocation: Invocation, { ids, isSet }: GivenIds): unknown {
  const inputs = [...invocation.inputs];
  inputs[cachedFn.spec.multi!.input] = isSet ? new Set(ids) : ids;
  return new Call(cachedFn, { ...invocation, inputs }).run();
}

/** The results of a run by position. The first one shows the form of the function's results. */
export function readRun(
  cachedFn: CachedFunction,
  ids: readonly unknown[],
  result: unknown,
): readonly unknown[] {
  const results = resultsIn(nameWithPlace(cachedFn), ids, result);
  cachedFn.spec.multi!.form ??= formOf(result);
  return results;
}

/** The ids of a call, each once, and whether they were given as a `Set`. */
export interface GivenIds {
  readonly ids: readonly unknown[];
  readonly isSet: boolean;
}

/** Ids of a run that are handled together. */
export interface RunPart {
  readonly ids: readonly unknown[];
  start(): void;
  started(): void;
  end(resultAt: (at: number) => unknown, promised: boolean): void;
  fail(error: unknown): void;
}

interface Waiting {
  readonly inputs: readonly unknown[];
  readonly promise: Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Collects the ids of one call that are missing. The function runs once for all of them, when it is known of every id
 * whether it is missing. Ids that turn out to be missing later (a stale result is refreshed, a run of another process has
 * failed) have a later run.
 */
export class RunQueue {
  readonly #cachedFn: CachedFunction;
  readonly #invocation: Invocation;
  readonly #ids: GivenIds;
  readonly #calls: ReadonlyMap<unknown, Call>;
  #waiting = new Map<unknown, Waiting>();
  #part:
    { readonly bulk: RunPart; readonly ended: (error?: { readonly cause: unknown }) => void } | undefined;
  /** Ids of which it is not known yet, and one while they are being looked up. */
  #unknown = 1;

  constructor(
    cachedFn: CachedFunction,
    invocation: Invocation,
    ids: GivenIds,
    calls: ReadonlyMap<unknown, Call>,
  ) {
    this.#cachedFn = cachedFn;
    this.#invocation = invocation;
    this.#ids = ids;
    this.#calls = calls;
  }

  /** Adds an id; returns its result. `inputs` are those of the function, with the signal of the id's run. */
  add(id: unknown, inputs: readonly unknown[]): Promise<unknown> {
    const known = this.#waiting.get(id);
    if (known) return known.promise;
    let resolve!: Waiting["resolve"];
    let reject!: Waiting["reject"];
    const promise = new Promise<unknown>((...settlers) => ([resolve, reject] = settlers));
    if (this.#unknown === 0 && this.#waiting.size === 0) inLaterTurn(() => this.#run());
    this.#waiting.set(id, { inputs, promise, resolve, reject });
    return promise;
  }

  /** Adds the ids that are handled together to the first run. Fulfils when it has ended; rejects if it fails. */
  addBulk(bulk: RunPart): Promise<void> {
    return new Promise((resolve, reject) => {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- it is that of the function
      this.#part = { bulk, ended: (error) => (error ? reject(error.cause) : resolve()) };
    });
  }

  /** An id is being looked up. */
  lookUp(): void {
    this.#unknown++;
  }

  /** It is known of so many more ids whether they are missing. */
  decide(count = 1): void {
    if (this.#unknown === 0) return;
    this.#unknown -= count;
    if (this.#unknown === 0) this.#run();
  }

  /** All ids are being looked up. In memory, that tells at once which are missing. */
  end(isInMemory: boolean): void {
    this.decide(isInMemory ? this.#unknown : 1);
  }

  #run(): void {
    const waiting = this.#waiting;
    const part = this.#part;
    if (waiting.size === 0 && !part) return;
    this.#waiting = new Map();
    this.#part = undefined;
    const ids = this.#idsOf(waiting, part?.bulk);
    const { fn, self, args } = this.#invocation;
    const inputs =
      waiting.size === 0
        ? this.#invocation.inputs
        : withSharedSignal([...waiting.values()].map((each) => each.inputs));
    const run = (): unknown =>
      runFor(this.#cachedFn, { fn, self, args, inputs }, { ids, isSet: this.#ids.isSet });
    const fail = (error: unknown): void => {
      for (const { reject } of waiting.values()) reject(error);
      part?.bulk.fail(error);
      part?.ended({ cause: error });
    };
    let result: unknown;
    try {
      part?.bulk.start();
      result = this.#asRunOf(ids, run);
      part?.bulk.started();
    } catch (error) {
      fail(error);
      return;
    }
    Promise.resolve(result).then((settled) => {
      let results: readonly unknown[];
      try {
        results = readRun(this.#cachedFn, ids, settled);
      } catch (error) {
        fail(error);
        return;
      }
      const positions = waiting.size > 0 ? new Map(ids.map((id, at) => [id, at])) : undefined;
      if (part) {
        const { bulk } = part;
        bulk.end((at) => results[positions ? positions.get(bulk.ids[at])! : at], true);
        part.ended();
      }
      for (const [id, { resolve, reject }] of waiting) {
        try {
          resolve(resultOf(results[positions!.get(id)!]));
        } catch (error) {
          reject(error);
        }
      }
    }, fail);
  }

  /** The ids of a run, in the order of the call. */
  #idsOf(waiting: ReadonlyMap<unknown, Waiting>, bulk: RunPart | undefined): readonly unknown[] {
    if (waiting.size === 0) return bulk!.ids;
    const others = new Set(bulk?.ids);
    return this.#ids.ids.filter((id) => waiting.has(id) || others.has(id));
  }

  /** Runs the function as the run of the flights of all ids, so that a call that would wait for one of them is found. */
  #asRunOf(ids: readonly unknown[], run: () => unknown): unknown {
    const cachedFn = this.#cachedFn;
    const flights = features.selfCalls
      ? ids.flatMap((id) => cachedFn.flightAt(this.#calls.get(id)?.place ?? NO_PLACE) ?? [])
      : [];
    const [first] = flights;
    if (!first) return run();
    first.together = new Set(flights);
    const call = new Call(cachedFn, { ...this.#invocation, fn: run, inputs: [] });
    call.isPart = true;
    return features.selfCalls!.run(call, first);
  }
}

/** The inputs of a run for ids whose runs have signals of their own: its signal is aborted when all of those are. */
function withSharedSignal(inputs: readonly (readonly unknown[])[]): readonly unknown[] {
  const [first] = inputs as [readonly unknown[]];
  const signals = features.signals ? new Set(inputs.map(signalOf)) : undefined;
  if (!signals || signals.size < 2) return first;
  const controller = new AbortController();
  let left = signals.size;
  for (const signal of signals as Set<AbortSignalLike>) {
    const leave = (): void => {
      if (--left === 0) controller.abort(signal.reason);
    };
    if (signal.aborted) leave();
    else signal.addEventListener("abort", leave, { once: true });
  }
  return withSignal(first, controller.signal);
}
