import type { FileText, Site } from "../site.ts";
import type { EmittedNames } from "./names.ts";
import type { SlotText } from "./slots.ts";

/** One site, and the state that is needed to write it. */
export interface SiteWriter {
  readonly site: Site;
  /** The variable of the `CachedFunction`. */
  readonly variable: string;
  /** The function that creates the `CachedFunction` on first use. */
  readonly definer: string;
  readonly file: FileText;
  readonly names: EmittedNames;
  readonly slotText: SlotText;
  /** Ends of statements to which the missing semicolon was added. */
  readonly terminated: Set<number>;
}
