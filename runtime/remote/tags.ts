import { runInBackground } from "../cache/configure.ts";
import type { CallTarget } from "../call/store-result.ts";
import { now } from "../platform/clock.ts";
import type { RemoteClient } from "./client.ts";
import { newStart } from "./key-checksum.ts";
import type { Read } from "./read-batch.ts";
import { combineStarts } from "./tag-revisions.ts";

/** How much longer the state of a tag lasts than twice its longest entry: runs and wrong clocks take time. */
const MARGIN_MS = 60_000;

/** The same for stores that cannot extend it: there it lasts longer, and entries expire with it at the latest. */
const FIXED_FACTOR = 8;
const FIXED_MARGIN_MS = 86_400_000;

/** The ttl that counts for a result whose ttl is not known before its run has ended. The state is extended for a longer one. */
const UNKNOWN_TTL_MS = 1_800_000;

/** How often other processes may invalidate a tag between a read and the attempt to add its state. */
const MAX_ADD_ATTEMPTS = 20;

/** The state of a tag in the store: an entry whose revision goes into the entries with the tag. */
interface StoredTag {
  readonly key: string;
  readonly start: string;
  /** When it expires, in milliseconds since 1970. Its entries are misses from then on. */
  readonly expires: number;
}

/** The tags of a run, as they were when it began. */
export interface RunTags {
  /** The text that precedes the content of its entry. */
  readonly revisions: string;
  readonly stored: readonly StoredTag[];
}

/**
 * Gives tags their states in the store.
 *
 * A tag without a state gets one before the first run of an entry that has the tag. To invalidate the tag removes it, in
 * one command, and leaves nothing behind. If the store evicts a state, its entries are misses.
 */
export class RemoteTags {
  readonly #client: RemoteClient;
  /** The states that are on their way to the store, by their key. */
  readonly #adding = new Map<string, Promise<StoredTag | undefined>>();
  readonly #extending = new Set<string>();

  constructor(client: RemoteClient) {
    this.#client = client;
  }

  /** The tags of a run that begins when the promise fulfils. Adds those that a read did not find. */
  async forRun({ cachedFn: { options } }: CallTarget, { tags = [] }: Read): Promise<RunTags> {
    const isUnknown = typeof options.ttl === "function" && this.#client.isAtomic;
    const fresh =
      typeof options.ttl === "number" ? options.ttl : isUnknown ? UNKNOWN_TTL_MS : this.#client.options.ttl;
    const ttl = fresh + Math.max(options.swr ?? 0, options.sie ?? 0);
    return this.forReads(tags, ttl, options.timeout);
  }

  /** @param ttl milliseconds until the entry with the tags expires */
  async forReads(tags: readonly Read[], ttl: number, timeout?: number): Promise<RunTags> {
    const stored = await Promise.all(tags.map(async (tag) => storedIn(tag) ?? this.#add(tag, ttl, timeout)));
    return { revisions: combineStarts(stored.map(({ start }) => start)), stored };
  }

  /** Extends the states for an entry, in the background. Returns the ttl of the entry: without a state it is a miss. */
  lastFor({ stored }: RunTags, ttl: number): number {
    const time = now();
    // After a long run, a state may have expired already.
    if (!this.#client.isAtomic)
      return Math.max(1, Math.min(ttl, ...stored.map(({ expires }) => expires - time)));
    for (const tag of stored) if (tag.expires < time + ttl) this.#extend(tag, ttl);
    return ttl;
  }

  /** Makes all entries with one of the tags misses, in all processes. Rejects if the store fails. */
  async invalidate(tags: readonly string[]): Promise<void> {
    if (tags.length === 0) return;
    const keys = await this.#client.tagKeys(tags);
    await this.#client.request("invalidate", () => this.#client.driver.delete(keys));
  }

  async #add(missing: Read, ttl: number, timeout: number | undefined): Promise<StoredTag> {
    let read = missing;
    for (let attempt = 0; attempt < MAX_ADD_ATTEMPTS; attempt++) {
      const added = await this.#addOnce(read, ttl, timeout);
      if (added) return added;
      read = await this.#client.read(read.key, timeout);
      const stored = storedIn(read);
      if (stored) return stored;
    }
    throw new Error(`Other processes invalidated a tag ${MAX_ADD_ATTEMPTS} times during one operation.`);
  }

  /** Concurrent runs share a state that is on its way. */
  #addOnce({ key, data }: Read, ttl: number, timeout: number | undefined): Promise<StoredTag | undefined> {
    const underWay = this.#adding.get(key);
    if (underWay) return underWay;
    const { driver } = this.#client;
    const tag = { key, start: newStart(key), expires: this.#endFor(ttl) };
    const item = itemOf(tag);
    // What is there without a revision was written by another program.
    const send = data === undefined ? () => driver.add(item) : () => driver.set([item]).then(() => true);
    const adding = this.#client
      .request("add", send, { timeout, paced: true })
      .then((isAdded) => (isAdded ? tag : undefined))
      .finally(() => this.#adding.delete(key));
    this.#adding.set(key, adding);
    return adding;
  }

  #extend({ key, start }: StoredTag, ttl: number): void {
    if (this.#extending.has(start)) return;
    this.#extending.add(start);
    const item = itemOf({ key, start, expires: this.#endFor(ttl) });
    const extended = this.#client
      .request("set", () => this.#client.driver.setIf(item, start), { closing: true, paced: true })
      // Without it, the entries become misses earlier.
      .then(
        () => undefined,
        () => undefined,
      )
      .finally(() => this.#extending.delete(start));
    runInBackground(extended);
  }

  #endFor(ttl: number): number {
    return now() + (this.#client.isAtomic ? 2 * ttl + MARGIN_MS : FIXED_FACTOR * ttl + FIXED_MARGIN_MS);
  }
}

const itemOf = ({ key, start, expires }: StoredTag): { key: string; data: string; ttl: number } => ({
  ...{ key, data: start + String(Math.ceil(expires)) },
  ttl: expires - now(),
});

function storedIn({ key, entryStart: start, content }: Read): StoredTag | undefined {
  if (start === undefined || content === undefined) return undefined;
  const text = typeof content === "string" ? content : String.fromCharCode(...content);
  return { key, start, expires: Number(text) };
}
