/** Goes up when what a function is bound to may have changed: configuration, listeners. */
export const epoch = { current: 1 };

/** Makes every cached function look up its cache anew at its next call. */
export function bumpEpoch(): void {
  epoch.current++;
}
