const { process } = globalThis as {
  process?: { nextTick?: (run: () => void) => void; versions?: { node?: string } };
};

/**
 * Runs something as soon as nothing else is ready to run, before the program waits for anything. Where there is no
 * such moment, when what is ready now has run.
 */
export const afterTick: (run: () => void) => void =
  process?.nextTick && process.versions?.node ? process.nextTick : queueMicrotask;
