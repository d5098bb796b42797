/** The tables of faults: what callers of a cached function saw while its store failed. */
import { markdown } from "./table.mjs";

const FAULT_COLUMNS = ["store", "fault", "right answers", "added delay, first calls", "then", "back after"];

/** One fault as a row of the table. */
export const faultCells = ({ store, fault, calls, right, first, after, back }) => [
  store,
  fault,
  `${count(right)} of ${count(calls)}`,
  milliseconds(first),
  milliseconds(after),
  seconds(back),
];

/** All faults as a table, with the machine. */
export function faultTable({ machine, runs, rows }) {
  const measured = runs === 1 ? "one run" : `medians of ${runs} runs`;
  const where = `Node.js ${machine.node}, ${machine.cores} cores; ${measured}.`;
  return `${markdown(FAULT_COLUMNS, rows.map(faultCells))}\n\n${where}`;
}

/** The worst figures of all faults, as a paragraph. */
export function faultSummary({ rows }) {
  const sum = (of) => rows.reduce((total, row) => total + row[of], 0);
  const most = (of) => Math.max(...rows.map((row) => row[of]));
  const answers =
    sum("right") === sum("calls")
      ? `all ${count(sum("calls"))} calls returned the right answer`
      : `${count(sum("right"))} of ${count(sum("calls"))} calls returned the right answer`;
  return [
    `Measured with ${rows.length} faults of real servers, ${answers}.`,
    `Until the circuit breaker opened, a call took at most ${milliseconds(most("first"))} longer;`,
    `from then on, the median call took ${milliseconds(most("after")).replace("<", "less than")}.`,
    `A store that had recovered was in use again within ${seconds(most("back"))}, failovers included.`,
  ].join(" ");
}

const count = (number) => number.toLocaleString("en-US");
const milliseconds = (time) => (time < 1 ? "< 1 ms" : `${Math.round(time)} ms`);
const seconds = (time) => `${(time / 1000).toFixed(1)} s`;
