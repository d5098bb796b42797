import type { Data } from "../contract/driver.ts";
import type { RemoteClient } from "./client.ts";
import type { Read } from "./read-batch.ts";
import { hasTags, TAGS_LENGTH } from "./tag-revisions.ts";
import { RemoteTags } from "./tags.ts";

/** The tags of a value of `cache.set()`. */
export interface EntryTags {
  readonly names: readonly string[];
  /** The text that precedes the value: the revisions of the tags, and their names. */
  readonly head: string;
  readonly ttl: number;
}

/** The value of a key, if none of its tags was invalidated. */
export interface ReadKey {
  readonly content: Data | undefined;
  /** The start of an entry whose tags were invalidated. */
  readonly outdatedStart: string | undefined;
  readonly read: Read;
}

/** Keys whose tags this process remembers. */
const MAX_REMEMBERED_KEYS = 10_000;

/**
 * The tags of string keys. A key does not tell its tags, so an entry holds their names. A process that has seen them
 * reads their states in the same request as the entry.
 */
export class KeyTags extends RemoteTags {
  readonly #client: RemoteClient;
  readonly #remembered = new Map<string, readonly string[]>();

  constructor(client: RemoteClient) {
    super(client);
    this.#client = client;
  }

  async forEntry(names: readonly string[], ttl: number): Promise<EntryTags> {
    const keys = await this.#client.tagKeys(names);
    const reads = await Promise.all(keys.map((key) => this.#client.read(key)));
    const tags = await this.forReads(reads, ttl);
    const list = asciiJson(names);
    return { names, head: `${tags.revisions}${list.length}:${list}`, ttl: this.lastFor(tags, ttl) };
  }

  remember(key: string, names: readonly string[]): void {
    this.#remembered.delete(key);
    if (this.#remembered.size >= MAX_REMEMBERED_KEYS)
      this.#remembered.delete(this.#remembered.keys().next().value!);
    this.#remembered.set(key, names);
  }

  /** Reads a key by its stored name. Rejects if the store fails. */
  async readKey(key: string): Promise<ReadKey> {
    const known = this.#remembered.get(key);
    const read = await this.#client.read(key, undefined, known);
    const tagged = taggedIn(read);
    if (!tagged) {
      if (known) this.#remembered.delete(key);
      return { content: read.content, outdatedStart: undefined, read };
    }
    if (known && sameNames(known, tagged.names)) return current(read, tagged);
    this.remember(key, tagged.names);
    const again = await this.#client.read(key, undefined, tagged.names);
    const now = taggedIn(again);
    if (!now) return { content: again.content, outdatedStart: undefined, read: again };
    return sameNames(now.names, tagged.names) ? current(again, now) : this.readKey(key);
  }
}

interface Tagged {
  readonly names: readonly string[];
  /** Length of the revisions and the names. */
  readonly length: number;
}

function current(read: Read, { length }: Tagged): ReadKey {
  if (read.isFound) return { content: read.content!.slice(length), outdatedStart: undefined, read };
  const start = read.data!.slice(0, read.start + TAGS_LENGTH);
  return {
    content: undefined,
    outdatedStart: typeof start === "string" ? start : String.fromCharCode(...start),
    read,
  };
}

/** The tags that an entry names; `undefined` if it has none. */
function taggedIn({ content }: Read): Tagged | undefined {
  if (content === undefined || !hasTags(content, 0)) return undefined;
  const text = (from: number, length: number): string => {
    const part = content.slice(from, from + length);
    return typeof part === "string" ? part : String.fromCharCode(...part);
  };
  const digits = /^(\d+):/.exec(text(TAGS_LENGTH, 10));
  if (!digits) return undefined;
  const from = TAGS_LENGTH + digits[0].length;
  const length = Number(digits[1]);
  try {
    return { names: JSON.parse(text(from, length)) as string[], length: from + length };
  } catch {
    return undefined; // Damaged, or written by another program.
  }
}

const sameNames = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((name, index) => name === other[index]);

/** JSON of one byte for each character, so that its length is the same in text and in bytes. */
const asciiJson = (names: readonly string[]): string =>
  JSON.stringify(names).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
