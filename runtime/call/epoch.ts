import { shared } from "../platform/shared.ts";

/** Incremented when the configuration or the listeners change. A function that was bound in an earlier epoch rebinds. */
export const epoch: { current: number } = /* @__PURE__ */ shared("epoch", () => ({ current: 1 }));

/** Makes every cached function look up its cache again at its next call. */
export function bumpEpoch(): void {
  epoch.current++;
}
