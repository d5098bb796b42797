/** Checks that operations on one key are linearizable. */

export type KeyOperationName = "get" | "set" | "add" | "delete" | "increment" | "exists" | "expire" | "ttl";

/** An operation on a string key that has ended. */
export interface KeyOperation {
  readonly process: number;
  readonly op: KeyOperationName;
  readonly key: string;
  /** The argument: a value, a delta, or, for `expire`, whether there is a ttl (even) or none (odd). */
  readonly n: number;
  readonly start: number;
  readonly end: number;
  readonly answer?: unknown;
  /** `TypeError`, or the code of a `CacheError`, after which the operation may still have an effect. */
  readonly error?: string;
}

/** The value of a key and whether it expires; `undefined` if the key is missing. */
type State = readonly [value: number | string, isForever: boolean] | undefined;

/** How an operation changes a state, and its answer. */
function apply(state: State, { op, n }: KeyOperation): readonly [State, unknown] {
  const stored: State = [n % 5 === 0 ? `text ${n}` : n, n % 2 !== 0];
  if (op === "get") return [state, state?.[0]];
  if (op === "exists") return [state, state !== undefined];
  if (op === "ttl") return [state, state?.[1]];
  if (op === "set") return [stored, undefined];
  if (op === "add") return state ? [state, false] : [stored, true];
  if (op === "delete") return [undefined, state !== undefined];
  if (op === "expire") return [state && [state[0], stored[1]], state !== undefined];
  const [value, isForever] = state ?? [0, true];
  return typeof value === "string" ? [state, "TypeError"] : [[value + n, isForever], value + n];
}

/** A state that the key may have, and the operations that have taken effect but not ended. */
interface Configuration {
  readonly state: State;
  readonly done: ReadonlySet<KeyOperation>;
}

/** Operations without an effect: if their answer is unknown, nothing is known of them. */
const READS: readonly KeyOperationName[] = ["get", "exists", "ttl"];

/** Configurations after which a key is given up: many lost replies at once leave too many possibilities. */
const MAX_CONFIGURATIONS = 10_000;

/**
 * The first operations of a key that no order explains, up to the one whose answer is wrong; none if all are
 * linearizable; `undefined` if there are too many possibilities (Wing and Gong 1993, Lowe 2017: an operation takes effect as late as possible).
 *
 * @param ignoresAnswer for stores that do not promise an answer
 */
export function violation(
  operations: readonly KeyOperation[],
  ignoresAnswer: (operation: KeyOperation) => boolean = () => false,
): readonly KeyOperation[] | undefined {
  const isUnknown = ({ error }: KeyOperation): boolean => error !== undefined && error !== "TypeError";
  const events = operations
    .filter((operation) => !isUnknown(operation) || !READS.includes(operation.op))
    .flatMap((operation) => [
      { time: operation.start, operation, isEnd: false },
      ...(isUnknown(operation) ? [] : [{ time: operation.end, operation, isEnd: true }]),
    ])
    .sort((a, b) => a.time - b.time || Number(a.isEnd) - Number(b.isEnd));
  const pending = new Set<KeyOperation>();
  let reached: readonly Configuration[] = [{ state: undefined, done: new Set() }];
  for (const { time, operation, isEnd } of events) {
    if (!isEnd) {
      pending.add(operation);
      continue;
    }
    reached = withEffectOf(operation, reached, pending, (each, answer) => {
      return isUnknown(each) || ignoresAnswer(each) || answer === (each.error ?? each.answer);
    });
    pending.delete(operation);
    if (reached.length === 0) return operations.filter(({ start }) => start <= time);
    if (reached.length >= MAX_CONFIGURATIONS) return undefined;
  }
  return [];
}

/** The configurations in which an operation has taken effect, without it: it has ended. */
function withEffectOf(
  operation: KeyOperation,
  from: readonly Configuration[],
  pending: ReadonlySet<KeyOperation>,
  accepts: (operation: KeyOperation, answer: unknown) => boolean,
): readonly Configuration[] {
  const numbers = new Map([...pending].map((each, index) => [each, index]));
  const seen = new Set<string>();
  const reached: Configuration[] = [];
  const left = [...from];
  for (let next = left.pop(); next && seen.size < MAX_CONFIGURATIONS; next = left.pop()) {
    const { state, done } = next;
    const label = `${JSON.stringify(state)} ${[...done].map((each) => numbers.get(each)).sort()}`;
    if (seen.has(label)) continue;
    seen.add(label);
    if (done.has(operation)) {
      const rest = new Set(done);
      rest.delete(operation);
      reached.push({ state, done: rest });
      continue;
    }
    for (const each of pending) {
      if (done.has(each)) continue;
      const [changed, answer] = apply(state, each);
      if (accepts(each, answer)) left.push({ state: changed, done: new Set(done).add(each) });
    }
  }
  return seen.size < MAX_CONFIGURATIONS ? reached : new Array<Configuration>(MAX_CONFIGURATIONS);
}
