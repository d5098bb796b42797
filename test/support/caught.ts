/** What a function throws, or `undefined`; for errors whose fields a test looks at. */
export function thrown(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}
