import type { CallTarget } from "../call/store-result.ts";
import type { Data, Item } from "../contract/driver.ts";
import { clearInterval, setInterval } from "../platform/real-timers.ts";
import { unref } from "../platform/timer.ts";
import type { RemoteClient } from "./client.ts";
import { newStart, newStarts } from "./key-checksum.ts";
import { storedKeyOf } from "./keys.ts";
import type { Read } from "./read-batch.ts";

/** How long a placeholder lasts without being renewed: after a crash, that of the run is gone after this time. */
const PLACEHOLDER_TTL_MS = 60_000;
const RENEWAL_MS = PLACEHOLDER_TTL_MS / 3;

/** The results of longer runs are not stored. */
const MAX_RUN_MS = 3_600_000;

/** How often other processes may change a key between a read and the attempt to take it over. */
const MAX_ATTEMPTS = 20;

/** An entry with a new revision. */
interface TakenOver {
  readonly start: string;
  /** Its content, which stayed; `undefined` if there was none. */
  readonly content: Data | undefined;
}

/** A placeholder that this process has stored. */
interface Placeholder {
  readonly key: string;
  readonly start: string;
  /** Whether the store has it, or has those that were added together, of which it is one. Rejects if the store fails. */
  readonly added: Promise<boolean | readonly (boolean | Error)[]>;
  /** Its position among those. */
  readonly at?: number;
  /** When the store had it, in the order of `RemoteClient.nextOrder`. */
  order: number;
  /** How often it was renewed. */
  renewals: number;
  /** The runs in flight that use it. */
  runs: number;
}

/**
 * The placeholders of the runs of this process: entries without a value that stand where results will.
 *
 * A placeholder gives a missing key a revision. When the run ends, its result takes the place of the placeholder, unless
 * that was removed; see `RemoteRuns`.
 */
export class Placeholders {
  readonly #client: RemoteClient;
  /** The placeholders that this process has stored, by their start and, the last one of each key, by the key. */
  #own = new Map<string, Placeholder>();
  #ofKey = new Map<string, Placeholder>();
  /** The starts of placeholders whose removal is in flight. */
  readonly #leaving = new Set<string>();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(client: RemoteClient) {
    this.#client = client;
  }

  /** Stores a placeholder under a missing key, and returns its start; `undefined` if the key is not missing any more. */
  async add(target: CallTarget, read: Read, timeout: number | undefined): Promise<string | undefined> {
    const { key } = read;
    const other = this.#ofKey.get(key);
    // Concurrent runs share a placeholder, unless it is missing in a read that was sent when the store had it.
    const placeholder = other && other.order > read.batch.order ? other : this.#send(target, read, timeout);
    placeholder.runs++;
    try {
      if (await isAdded(placeholder)) return placeholder.start;
    } catch (error) {
      this.#forget(placeholder);
      throw error;
    }
    this.#forget(placeholder);
    return undefined;
  }

  /**
   * Stores placeholders under missing keys with one request, and returns their starts. `undefined` stands for a key that
   * is not missing any more, or that a concurrent run uses; an error for one that the store failed to add.
   */
  async addAll(
    target: CallTarget,
    reads: readonly Read[],
    timeout: number,
  ): Promise<readonly (string | Error | undefined)[]> {
    const outcomes: (string | Error | undefined)[] = newStarts(reads);
    const ttl = this.#ttlFor(target);
    const items: Item[] = [];
    const indexes: number[] = [];
    for (const [index, { key, batch }] of reads.entries()) {
      const other = this.#ofKey.get(key);
      if (other && other.order > batch.order) outcomes[index] = undefined;
      else indexes.push(index);
      if (indexes.at(-1) === index) items.push({ key, data: outcomes[index] as string, ttl });
    }
    const added = this.#client.addAll(items, { timeout });
    const placeholders = items.map(({ key, data }, at) => {
      const own = { key, start: data as string, added, at, order: Infinity, renewals: 0, runs: 1 };
      this.#keep(own);
      return own;
    });
    const areAdded = await added;
    const order = this.#client.nextOrder();
    for (const [at, own] of placeholders.entries()) {
      own.order = order;
      if (areAdded[at] === true) continue;
      outcomes[indexes[at]!] = areAdded[at] || undefined;
      this.#forget(own);
    }
    return outcomes;
  }

  #send(target: CallTarget, { key, data }: Read, timeout: number | undefined): Placeholder {
    const { driver } = this.#client;
    const start = newStart(key);
    const item = { key, data: start, ttl: this.#ttlFor(target) };
    // What is there without a revision cannot be read: an entry of another program, or of an older format.
    const send = data === undefined ? () => driver.add(item) : () => driver.set([item]).then(() => true);
    const added = this.#client.request("add", send, { timeout, paced: true });
    const placeholder = { key, start, added, order: Infinity, renewals: 0, runs: 0 };
    this.#keep(placeholder);
    added.then(
      () => (placeholder.order = this.#client.nextOrder()),
      () => undefined,
    );
    return placeholder;
  }

  /**
   * Gives a key a new revision, so that results of the runs that began before are refused. A value stays.
   */
  async takeOver(target: CallTarget, read: Read, timeout: number | undefined): Promise<TakenOver> {
    const { driver } = this.#client;
    let current = read;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const { key, entryStart } = current;
      if (entryStart === undefined) {
        const added = await this.add(target, current, timeout);
        if (added !== undefined) return { start: added, content: undefined };
      } else {
        const start = newStart(key);
        const send = (): Promise<boolean> => driver.replaceStart(key, entryStart, start);
        if (await this.#client.request("replace", send, { timeout })) {
          // The expiry of a value stays, so it needs no renewal.
          if (current.content === undefined)
            this.#keep({
              key,
              start,
              added: Promise.resolve(true),
              order: this.#client.nextOrder(),
              renewals: 0,
              runs: 1,
            });
          return { start, content: current.content };
        }
      }
      current = await this.#client.read(key, target.cachedFn.options.timeout);
    }
    throw tooManyChanges();
  }

  /** Removes the content of an entry if it is still the given one. The entry stays: another run may have taken it over. */
  async strip(target: CallTarget, content: Data | undefined): Promise<void> {
    if (content === undefined) return;
    const { driver } = this.#client;
    const key = await storedKeyOf(this.#client, target);
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const read = await this.#client.read(key, target.cachedFn.options.timeout);
      const { entryStart } = read;
      if (entryStart === undefined) {
        // It may have expired by the clock of this process only.
        await this.#client.request("delete", () => driver.delete([key]));
        return;
      }
      if (!isSame(read.content, content)) return;
      const item = { key, data: entryStart, ttl: PLACEHOLDER_TTL_MS };
      if (await this.#client.request("delete", () => driver.setIf(item, entryStart))) return;
    }
    throw tooManyChanges();
  }

  /** One more run uses an entry that was there. */
  share(start: string): void {
    const own = this.#own.get(start);
    if (own) own.runs++;
  }

  /** A run has ended without a result to store. The last one removes the placeholder, if it is of this process. */
  leave(start: string): void {
    const own = this.#own.get(start);
    if (!own || --own.runs > 0) return;
    this.#forget(own);
    this.#leaving.add(start);
    const send = (): Promise<boolean> => this.#client.driver.deleteIf(own.key, start);
    void this.#client
      .request("delete", send, { closing: true })
      .catch(() => undefined) // If the store fails, the placeholder expires.
      .finally(() => this.#leaving.delete(start));
  }

  /** Whether a read has found a placeholder that this process is removing. */
  isLeaving(start: string): boolean {
    return this.#leaving.has(start);
  }

  /** The result has taken the place of a placeholder, or the store refused it. */
  forget(start: string): void {
    const own = this.#own.get(start);
    if (own) this.#forget(own);
  }

  /** {@link forget} for several placeholders. */
  forgetAll(all: readonly { readonly replaces: string }[]): void {
    for (const { replaces } of all) this.forget(replaces);
  }

  #forget(own: Placeholder): void {
    this.#own.delete(own.start);
    if (this.#ofKey.get(own.key) === own) this.#ofKey.delete(own.key);
    if (this.#own.size > 0) return;
    // New maps, because tables of earlier entries stay alive with a map: see `Reads`.
    this.#own = new Map();
    this.#ofKey = new Map();
    if (!this.#timer) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #keep(placeholder: Placeholder): void {
    this.#own.set(placeholder.start, placeholder);
    this.#ofKey.set(placeholder.key, placeholder);
    if (this.#timer || !this.#client.isAtomic) return;
    this.#timer = setInterval(() => this.#renew(), RENEWAL_MS);
    // The timer must not keep the process alive.
    unref(this.#timer);
  }

  #renew(): void {
    const { driver } = this.#client;
    for (const own of this.#own.values()) {
      const { key, start } = own;
      // The run may never end.
      if (++own.renewals * RENEWAL_MS > MAX_RUN_MS) continue;
      const send = (): Promise<boolean> => driver.expireIf(key, start, PLACEHOLDER_TTL_MS);
      this.#client.request("renew", send, { closing: true }).catch(() => undefined);
    }
  }

  #ttlFor({ cachedFn: { options } }: CallTarget): number {
    if (this.#client.isAtomic) return PLACEHOLDER_TTL_MS;
    // Such a store finds the result only as long as it has the placeholder.
    const ttl = typeof options.ttl === "function" ? Infinity : (options.ttl ?? this.#client.options.ttl);
    return ttl + Math.max(options.swr ?? 0, options.sie ?? 0) + MAX_RUN_MS;
  }
}

/** Whether the store has a placeholder that was missing. Rejects if it fails. */
async function isAdded({ added, at = 0 }: Placeholder): Promise<boolean> {
  const outcome = await added;
  const own = typeof outcome === "boolean" ? outcome : outcome[at]!;
  if (own instanceof Error) throw own;
  return own;
}

function isSame(a: Data | undefined, b: Data): boolean {
  if (a?.length !== b.length) return false;
  for (let i = 0; i < b.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

const tooManyChanges = (): Error =>
  new Error(`Other processes changed the key ${MAX_ATTEMPTS} times during one operation.`);
