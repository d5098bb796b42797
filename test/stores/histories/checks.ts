/** Checks a history of cached functions. */
import {
  KINDS,
  REMOVALS,
  type Disturbance,
  type Entry,
  type Operation,
  type Run,
  type Value,
} from "./history.ts";

/** An answer that breaks a promise, and what happened to its key around that time. */
export interface Violation {
  readonly promise: string;
  readonly at: Operation | Run;
  readonly window: readonly Entry[];
}

/** What failed operations may reject with, besides the error of a run. */
const STORE_ERRORS: readonly string[] = ["timeout", "unavailable"];

/** Milliseconds before and after a violation that are printed. */
const WINDOW_MS = 150;

/** A history with what the checks look up. */
class History {
  readonly operations: readonly Operation[];
  readonly runs: ReadonlyMap<string, Run>;
  readonly disturbances: readonly Disturbance[];
  readonly #entries: readonly Entry[];
  /** When each `prime` ended that succeeded. */
  readonly #primes = new Map<string, number>();
  /** By key: removals by the time of their end, each with the one up to it that started last. */
  readonly #removals = new Map<string, { readonly end: number; readonly latest: Operation }[]>();

  constructor(entries: readonly Entry[]) {
    this.#entries = entries;
    this.operations = entries.filter((entry) => entry.kind === "operation");
    this.disturbances = entries.filter((entry) => entry.kind === "disturbance");
    this.runs = new Map(entries.flatMap((entry) => (entry.kind === "run" ? [[entry.id, entry]] : [])));
    const removals = this.operations
      .filter(({ op, error }) => REMOVALS.includes(op) && error === undefined)
      .sort((a, b) => a.end - b.end);
    for (const { op, value, end } of removals) if (op === "prime") this.#primes.set(value!.id, end);
    for (const place of new Set(this.operations.map(placeOf))) {
      let latest: Operation | undefined;
      const ofKey = removals.filter((removal) => concerns(removal, place));
      this.#removals.set(
        place,
        ofKey.map((removal) => {
          latest = latest && latest.start > removal.start ? latest : removal;
          return { end: removal.end, latest };
        }),
      );
    }
  }

  /** Of the removals of a key that had ended at a time, the one that started last. */
  removalBefore(place: string, time: number): Operation | undefined {
    const removals = this.#removals.get(place) ?? [];
    let [low, high] = [0, removals.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (removals[middle]!.end < time) low = middle + 1;
      else high = middle;
    }
    return removals[low - 1]?.latest;
  }

  /** Until when a value may have come into being: the begin of its run, or the end of its `prime`. */
  latestOrigin({ id, begun }: Value): number {
    return id.startsWith("run") ? begun : (this.#primes.get(id) ?? Infinity);
  }

  violation(promise: string, at: Operation | Run): Violation {
    const [from, to] = at.kind === "run" ? [at.begun, at.ended] : [at.start, at.end];
    const place = placeOf(at);
    const value = at.kind === "operation" ? at.value : undefined;
    const removal = at.kind === "operation" ? this.removalBefore(place, from) : undefined;
    const begin = Math.min(removal?.start ?? from, from - WINDOW_MS);
    const isNear = (entry: Entry): boolean => {
      if (entry.kind === "run") {
        const isSource = entry.id === value?.id;
        return isSource || (placeOf(entry) === place && entry.ended > begin && entry.begun < to);
      }
      const isAround = entry.start < to && entry.end > begin;
      return isAround && (entry.kind === "disturbance" || concerns(entry, place));
    };
    const window = this.#entries.filter(isNear).sort((a, b) => timeOf(a) - timeOf(b));
    return { promise: removal ? `${promise}, ${removal.op}` : promise, at, window };
  }
}

const timeOf = (entry: Entry): number => (entry.kind === "run" ? entry.begun : entry.start);
const placeOf = ({ fn, key }: { readonly fn: string; readonly key: number }): string => `${fn}(${key})`;

/** Whether an operation is about a key. */
function concerns({ op, fn, key }: Operation, place: string): boolean {
  if (op === "clear all") return true;
  return op === "clear" ? place.startsWith(`${fn}(`) : placeOf({ fn, key }) === place;
}

/**
 * The first violation of each promise.
 *
 * @param isAtomic whether a placeholder of one process keeps others from adding theirs. It does not on Keyv, nor on
 *   Memcached if the clock of another process is so far ahead that it takes the placeholder for expired. Without that,
 *   a process cannot tell the placeholder of another one from a run that began after a removal.
 */
export function violationsIn(entries: readonly Entry[], { isAtomic }: { isAtomic: boolean }): Violation[] {
  const history = new History(entries);
  const checks = [foreignValue, removedValue, keptError, unexpectedError, oldRefresh];
  const found = checks.flatMap((check) => {
    const at = history.operations.find((operation) => check(operation, history));
    return at ? [history.violation(check.name, at)] : [];
  });
  const extra = unexplainedRun(history, isAtomic);
  return extra ? [...found, history.violation("unexplainedRun", extra)] : found;
}

/** The answer of another key. */
const foreignValue = ({ fn, key, value }: Operation): boolean =>
  value !== undefined && (value.fn !== fn || value.key !== key);

/** A value that was removed before the call began. */
function removedValue(operation: Operation, history: History): boolean {
  const { op, value, start, end, process } = operation;
  if (!value || (op !== "call" && op !== "peek")) return false;
  const removal = history.removalBefore(placeOf(operation), start);
  if (!removal || history.latestOrigin(value) >= removal.start) return false;
  // While its store fails, a process cannot know of removals in others. Then calls join the run in flight.
  const run = history.runs.get(value.id);
  const isInFlight = value.process === process && value.id.startsWith("run") && !(run && run.ended < start);
  const hasFailed = history.disturbances.some(
    (each) => each.process === process && each.end >= start && each.start <= end,
  );
  return !(op === "call" && isInFlight && hasFailed);
}

/** An error of a run that had ended before the call began. */
function keptError({ failed, start }: Operation, { runs }: History): boolean {
  const run = failed && runs.get(failed.id);
  return run !== undefined && run.ended < start;
}

/** A call that rejects with an error that is not of its run, or an operation that fails for no good reason. */
function unexpectedError({ op, error, failed }: Operation): boolean {
  if (error === undefined || failed) return false;
  return op === "call" || !STORE_ERRORS.includes(error);
}

/** A refresh that returns the result of a run that began before. */
const oldRefresh = ({ op, value, start }: Operation): boolean =>
  op === "refresh" && value !== undefined && value.begun < start;

/** A run that begins while another one of its key is in flight, although nothing happened to the key meanwhile. */
function unexplainedRun(history: History, isAtomic: boolean): Run | undefined {
  const runs = [...history.runs.values()].sort((a, b) => a.begun - b.begun);
  const last = new Map<string, Run>();
  for (const run of runs) {
    const { lock, ttl } = KINDS[run.fn]!;
    if (lock === "none" || ttl !== undefined) continue;
    const scope = `${placeOf(run)} ${lock === "distributed" ? "" : run.process}`;
    const before = last.get(scope);
    if (!before || run.ended > before.ended) last.set(scope, run);
    if (before && before.ended > run.begun && !isExplained([before, run], history, isAtomic)) return run;
  }
  return undefined;
}

function isExplained(
  [first, second]: readonly [Run, Run],
  { operations, runs, disturbances }: History,
  isAtomic: boolean,
): boolean {
  const place = placeOf(first);
  const happened = ({ start, end }: { start: number; end: number }): boolean =>
    start <= second.begun && end >= first.begun - WINDOW_MS;
  return (
    disturbances.some(happened) ||
    operations.some((each) => REMOVALS.includes(each.op) && concerns(each, place) && happened(each)) ||
    // The run of another process has failed: its placeholder, which both used, is gone. Or it has replaced this one.
    [...runs.values()].some((run) => {
      const mayReplace = !isAtomic && run.process !== first.process && KINDS[run.fn]!.lock !== "distributed";
      const matters = run.hasFailed || mayReplace;
      return matters && placeOf(run) === place && happened({ start: run.begun, end: run.ended + WINDOW_MS });
    })
  );
}

/** A history as text, a line an entry. */
export function textOf({ promise, at, window }: Violation): string {
  const zero = timeOf(window[0] ?? at);
  const lines = window.map((entry) => {
    const [start, end] =
      entry.kind === "run" ? [entry.begun, entry.ended] : ([entry.start, entry.end] as const);
    const times = `${(start - zero).toFixed(1)} … ${(end - zero).toFixed(1)}`;
    const mark = entry === at ? ">" : " ";
    if (entry.kind === "disturbance") return `${mark} ${times}  ${entry.process ?? "*"}: ${entry.what}`;
    if (entry.kind === "run")
      return `${mark} ${times}  ${entry.process}: ${entry.id} of ${placeOf(entry)}${entry.hasFailed ? " fails" : ""}`;
    const answer = entry.error ?? entry.value?.id ?? "";
    return `${mark} ${times}  ${entry.process}: ${entry.op} ${placeOf(entry)} → ${answer}`;
  });
  return [`${promise} (${placeOf(at)}), times in ms:`, ...lines].join("\n");
}
