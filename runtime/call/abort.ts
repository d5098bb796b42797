import { isPlain } from "../key/plain.ts";

/** What is used of an `AbortSignal`: a project without the types of a browser or of Node.js has no such name. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/**
 * Those who wait for one run, each of whom may leave by an `AbortSignal` of its own. The run has another signal,
 * which is aborted only when all have left.
 */
export class AbortGroup {
  readonly #controller = new AbortController();
  readonly #onEmpty: () => void;
  #present = 0;

  /** @param onEmpty called when the last one has left, before the run is told */
  constructor(onEmpty: () => void) {
    this.#onEmpty = onEmpty;
  }

  /** What the run is given in place of its caller's signal. */
  get signal(): AbortSignalLike {
    return this.#controller.signal;
  }

  /** The answer for one who waits; rejects with the reason of its signal when it leaves. Without one it stays. */
  join<T>(answer: Promise<T>, signal: AbortSignalLike | undefined): Promise<T> {
    this.#present++;
    if (!signal) return answer;
    return untilAborted(answer, signal, () => {
      if (--this.#present > 0) return;
      this.#onEmpty();
      this.#controller.abort(signal.reason);
    });
  }
}

/** An answer, or the reason of the signal if it is aborted before. */
export function untilAborted<T>(
  answer: Promise<T>,
  signal: AbortSignalLike,
  left = (): void => {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      // The reason is whatever the caller gave.
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
      reject(signal.reason);
      left();
    };
    // Before the answer is handed on: who has it does not leave any more.
    const stay = (): void => signal.removeEventListener("abort", leave);
    answer.finally(stay).then(resolve, reject);
    if (signal.aborted) leave();
    else signal.addEventListener("abort", leave, { once: true });
  });
}

/** The signal of a call: an argument, or a property of one that is a plain object; of several, any of them. */
export function signalOf(args: readonly unknown[]): AbortSignalLike | undefined {
  let signals: AbortSignal[] | undefined;
  for (const arg of args) {
    // Most arguments are primitive, and every call comes by here.
    if (typeof arg !== "object") continue;
    const name = signalName(arg);
    if (isSignal(arg)) (signals ??= []).push(arg);
    else if (name !== undefined) (signals ??= []).push((arg as Record<string, AbortSignal>)[name]!);
  }
  return signals && (signals.length > 1 ? AbortSignal.any(signals) : signals[0]);
}

/** The arguments with another signal in place of theirs. */
export function withSignal(args: readonly unknown[], signal: AbortSignalLike): unknown[] {
  return args.map((arg) => {
    if (isSignal(arg)) return signal;
    const name = signalName(arg);
    return name === undefined ? arg : replaced(arg as object, name, signal);
  });
}

function replaced(value: object, name: string, signal: AbortSignalLike): object {
  const copy = Object.create(
    Object.getPrototypeOf(value) as object | null,
    Object.getOwnPropertyDescriptors(value),
  ) as object;
  return Object.defineProperty(copy, name, { value: signal, enumerable: true });
}

const isSignal = (value: unknown): value is AbortSignal =>
  typeof AbortSignal !== "undefined" && value instanceof AbortSignal;

function signalName(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || !isPlain(value)) return undefined;
  return Object.keys(value).find((name) => {
    try {
      return isSignal((value as Record<string, unknown>)[name]);
    } catch {
      return false; // a getter that throws: the function may never read it
    }
  });
}
