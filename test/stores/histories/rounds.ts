/** How long the histories run, and with which seeds. */

/** `HISTORY_SECONDS=600` runs each history for so long; `HISTORY_SEED` begins with another seed. */
export const LONG_SECONDS: number | undefined = process.env["HISTORY_SECONDS"]
  ? Number(process.env["HISTORY_SECONDS"])
  : undefined;

const FIRST_SEED = Number(process.env["HISTORY_SEED"] ?? 1);

/** Calls `run` with one seed after the other until the time is up, at least once. */
export async function eachSeed(run: (seed: number) => Promise<void> | void): Promise<void> {
  const end = performance.now() + (LONG_SECONDS ?? 0) * 1000;
  let seed = FIRST_SEED;
  do await run(seed++);
  while (performance.now() < end);
}
