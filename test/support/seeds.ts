/** Which seeds suites of random operations use, and for how long. */

/** `HISTORY_SECONDS=600` runs each of these tests for so long; `HISTORY_SEED` begins with another seed. */
export const LONG_SECONDS: number | undefined = process.env["HISTORY_SECONDS"]
  ? Number(process.env["HISTORY_SECONDS"])
  : undefined;

const FIRST_SEED = Number(process.env["HISTORY_SEED"] ?? 1);

/** Calls `run` with one seed after the other: with `count` of them, and until the time is up. */
export async function eachSeed(run: (seed: number) => Promise<void>, count = 1): Promise<void> {
  const end = performance.now() + (LONG_SECONDS ?? 0) * 1000;
  let seed = FIRST_SEED;
  do await run(seed++);
  while (seed - FIRST_SEED < count || performance.now() < end);
}
