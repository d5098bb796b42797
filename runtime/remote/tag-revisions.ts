/**
 * The revisions of tags in a stored entry. The state of a tag is an entry of its own with a random revision. An entry
 * with tags begins with the combined revisions of its tags when its run began. To invalidate a tag removes its state, so
 * that no entry with it matches any more, neither those in the store nor those of runs in flight.
 */
import { toBase64 } from "../codec/bytes.ts";
import type { Data } from "../contract/driver.ts";
import type { Read } from "./read-batch.ts";

/** Starts the combined revisions: `^`, 16 characters of base64, a space. */
const MARK = "^";
const MARK_CODE = 94;
export const TAGS_LENGTH = 18;

const REVISION_START = 10;
const REVISION_END = 22;

/**
 * Combines the revisions of tags, from the starts of their entries.
 *
 * By exclusive or, so that 100 tags take no more than one. The revisions are random and have 72 bits: another
 * combination is equal as rarely as another revision.
 */
export function combineStarts(starts: readonly string[]): string {
  const combined = new Uint8Array(REVISION_END - REVISION_START);
  for (const start of starts)
    for (let i = 0; i < combined.length; i++) combined[i]! ^= start.charCodeAt(REVISION_START + i);
  return `${MARK}${toBase64(combined)} `;
}

/** The combined revisions of tags; `undefined` if one of them has no state. */
export function tagRevisions(tags: readonly Read[]): string | undefined {
  const starts = tags.map(({ entryStart }) => entryStart);
  return starts.every((start) => start !== undefined) ? combineStarts(starts) : undefined;
}

/** Whether a content was stored with tags. */
export const hasTags = (content: Data, start: number): boolean =>
  (typeof content === "string" ? content.charCodeAt(start) : content[start]) === MARK_CODE;

export function startsWithTags(content: Data, start: number, revisions: string | undefined): boolean {
  if (revisions === undefined || content.length < start + TAGS_LENGTH) return false;
  if (typeof content === "string") return content.startsWith(revisions, start);
  for (let i = 0; i < TAGS_LENGTH; i++) if (content[start + i] !== revisions.charCodeAt(i)) return false;
  return true;
}
