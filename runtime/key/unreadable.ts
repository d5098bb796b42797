import { shared } from "../platform/shared.ts";

/** Stands for a part of the key until it is read, and for one that threw. It has no key, so the call is not cached. */
export const unreadable: () => void = /* @__PURE__ */ shared("unreadable", () => () => {});
