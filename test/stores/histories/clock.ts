/** Shifts the wall clock of a process before the runtime is loaded. Imported first by worker.ts. */
const shift = Number(process.env["CLOCK_SHIFT_MS"] ?? 0);
const real = Date.now;
if (shift !== 0) Date.now = () => real() + shift;

/** Milliseconds by the monotonic clock of the machine, which all its processes share. */
export const machineTime = (): number => Number(process.hrtime.bigint()) / 1e6;
