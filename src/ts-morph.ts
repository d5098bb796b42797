/** The module that the published compiler imports instead of ts-morph. */
import { loadCommon } from "./typescript.ts";

export const ts: typeof import("ts-morph").ts = loadCommon().ts;
