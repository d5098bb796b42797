/** The words of the page. */
export { ORIGINS, withReason, WORDS } from "../contract/words.ts";
