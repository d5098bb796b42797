/** Callers that share a run and leave it by their own `AbortSignal`s. */
import { isPlain } from "../key/plain.ts";

/** The members of `AbortSignal` in use. A project without the types of a browser or of Node.js lacks that type. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/**
 * The callers that wait for one run. Each can leave when its own `AbortSignal` is aborted. The run gets a signal of
 * the group, which is aborted only when all callers have left.
 */
export class AbortGroup {
  readonly #controller = new AbortController();
  readonly #onEmpty: () => void;
  readonly #owner: AbortSignalLike;
  #waiting = 0;

  /**
   * @param onEmpty called when the last caller has left, before the run's signal is aborted
   * @param owner the signal of the caller that starts the run
   */
  constructor(onEmpty: () => void, owner: AbortSignalLike) {
    this.#onEmpty = onEmpty;
    this.#owner = owner;
  }

  /** The signal that the run gets instead of its caller's. */
  get signal(): AbortSignalLike {
    return this.#controller.signal;
  }

  /**
   * Adds a caller. The returned promise rejects with the signal's reason if the signal is aborted first. A caller
   * without a signal never leaves.
   */
  join<T>(answer: Promise<T>, signal: AbortSignalLike | undefined): Promise<T> {
    this.#waiting++;
    if (!signal) return answer;
    return untilAborted(answer, signal, () => {
      if (--this.#waiting > 0) return;
      this.#onEmpty();
      this.#controller.abort(signal.reason);
    });
  }

  /** Aborts the run's signal. */
  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /** Aborts the run's signal with that of the caller that started the run, now or later. */
  followOwner(): void {
    const abort = (): void => this.#controller.abort(this.#owner.reason);
    if (this.#owner.aborted) abort();
    else onAbort(this.#owner, abort);
  }
}

/** Settles like `answer`, or rejects with the signal's reason if the signal is aborted first. */
export function untilAborted<T>(
  answer: Promise<T>,
  signal: AbortSignalLike,
  onLeave = (): void => {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      // The caller may abort with a reason that is not an error.
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
      reject(signal.reason);
      onLeave();
    };
    if (signal.aborted) leave();
    // Runs before the caller gets the answer: a caller that has its answer does not leave the group.
    const stay = signal.aborted ? (): void => {} : onAbort(signal, leave);
    answer.finally(stay).then(resolve, reject);
  });
}

/** What runs when a signal is aborted, and the one listener that runs it. */
interface OnAbort {
  readonly runs: Set<() => void>;
  readonly listener: () => void;
}

const onAborts = /* @__PURE__ */ new WeakMap<AbortSignalLike, OnAbort>();

/**
 * Runs a function when a signal is aborted, and returns a function that prevents it.
 *
 * A signal has one listener for all of them: Node.js takes more than ten on one signal for a leak.
 */
function onAbort(signal: AbortSignalLike, run: () => void): () => void {
  let all = onAborts.get(signal);
  if (!all) {
    const runs = new Set<() => void>();
    all = { runs, listener: () => runs.forEach((each) => each()) };
    onAborts.set(signal, all);
    signal.addEventListener("abort", all.listener, { once: true });
  }
  const { runs, listener } = all;
  runs.add(run);
  return () => {
    if (!runs.delete(run) || runs.size > 0) return;
    onAborts.delete(signal);
    signal.removeEventListener("abort", listener);
  };
}

/** The signal among arguments and the properties of plain objects among them. Combines several by `AbortSignal.any`. */
export function signalOf(args: readonly unknown[]): AbortSignalLike | undefined {
  let signals: AbortSignal[] | undefined;
  for (const arg of args) {
    // Skips the checks for primitives: every call runs this, and most arguments are primitive.
    if (typeof arg !== "object") continue;
    const name = signalName(arg);
    if (isSignal(arg)) (signals ??= []).push(arg);
    else if (name !== undefined) (signals ??= []).push((arg as Record<string, AbortSignal>)[name]!);
  }
  return signals && (signals.length > 1 ? AbortSignal.any(signals) : signals[0]);
}

/** The arguments with their signals replaced by another one. */
export function withSignal(args: readonly unknown[], signal: AbortSignalLike): unknown[] {
  return args.map((arg) => {
    if (isSignal(arg)) return signal;
    const name = signalName(arg);
    return name === undefined ? arg : withProperty(arg as object, name, signal);
  });
}

function withProperty(value: object, name: string, signal: AbortSignalLike): object {
  const copy = Object.create(
    Object.getPrototypeOf(value) as object | null,
    Object.getOwnPropertyDescriptors(value),
  ) as object;
  return Object.defineProperty(copy, name, { value: signal, enumerable: true });
}

const isSignal = (value: unknown): value is AbortSignal =>
  typeof AbortSignal !== "undefined" && value instanceof AbortSignal;

/** The name of the first property that holds a signal. */
function signalName(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || !isPlain(value)) return undefined;
  return Object.keys(value).find((name) => {
    try {
      return isSignal((value as Record<string, unknown>)[name]);
    } catch {
      return false; // A getter that throws: the function may never read it.
    }
  });
}
