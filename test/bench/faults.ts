import type { Fault } from "../stores/faults/fault.ts";
import { runFault, type FaultMeasurement } from "../stores/faults/run-fault.ts";
import { MEMCACHED_FAULTS } from "../stores/faults/memcached-faults.ts";
import { FAILOVERS, REDIS_FAULTS } from "../stores/faults/redis-faults.ts";
import { ensurePrograms } from "../support/servers/index.ts";

/** What callers saw during one fault. Times are milliseconds, and medians of all runs. */
export interface FaultRow {
  readonly store: string;
  readonly fault: string;
  /** Calls in all runs. */
  readonly calls: number;
  /** Calls that returned the right answer. */
  readonly right: number;
  /** The longest call until the circuit breaker opened; during the whole fault, if it never did. */
  readonly first: number;
  /** The median call from then on. */
  readonly after: number;
  /** From the end of the fault until results came from the store again. */
  readonly back: number;
}

/**
 * Runs every fault.
 *
 * @param runs how many times each
 * @param onRow called after each fault
 */
export async function measure(runs: number, onRow: (row: FaultRow) => void): Promise<readonly FaultRow[]> {
  await ensurePrograms();
  const rows: FaultRow[] = [];
  for (const fault of [...REDIS_FAULTS, ...FAILOVERS, ...MEMCACHED_FAULTS]) {
    const measured: FaultMeasurement[] = [];
    for (let run = 0; run < runs; run++) measured.push(await runFault(fault));
    const row = rowOf(fault, measured);
    rows.push(row);
    onRow(row);
  }
  return rows;
}

function rowOf({ store, name }: Fault, measured: readonly FaultMeasurement[]): FaultRow {
  const calls = sum(measured.map((each) => each.calls));
  return {
    store,
    fault: name,
    calls,
    right: calls - sum(measured.map(({ wrong }) => wrong.length)),
    first: wholeMs(measured.map(({ first }) => first)),
    after: wholeMs(measured.map(({ after }) => after)),
    back: wholeMs(measured.map(({ back }) => back)),
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

/** The median in whole milliseconds; 0 only below one. */
function wholeMs(times: readonly number[]): number {
  const time = [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
  return time < 1 ? 0 : Math.round(time);
}
