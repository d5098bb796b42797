/** Returns what a function throws, or `undefined`, so that a test can check the fields of the error. */
export function thrown(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}
