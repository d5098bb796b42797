/** What the published compiler imports in place of ts-morph. */
import { loadCommon } from "./typescript.ts";

export const ts: typeof import("ts-morph").ts = loadCommon().ts;
