import type { CachedFunction } from "../call/cached-function.ts";
import type { Counters } from "../call/counters.ts";
import type { Call } from "../call/slow-path.ts";
import type { StoreStatus } from "../call/store.ts";
import type { CallTarget } from "../call/store-result.ts";
import { features } from "../call/features.ts";
import { MemoryTags } from "../call/tags.ts";
import type { Driver } from "../contract/driver.ts";
import { CacheError } from "../contract/errors.ts";
import { Account, Budget } from "../memory/budget.ts";
import { enableLargeMemory } from "../memory/large.ts";
import type { KeyPlace } from "../memory/trie.ts";
import { afterTick } from "../platform/after-tick.ts";
import { memoryTime } from "../platform/clock.ts";
import { performance } from "../platform/real-timers.ts";
import { Follower, type FollowerEvents } from "./follower.ts";
import { NearTier, type NearIndex } from "./near-tier.ts";
import { REMEMBERED_MS, RecentChanges } from "./recent-changes.ts";
import type { ResolvedNear } from "../cache/near-options.ts";

/** Hits in one turn of the event loop for each read of the clock. */
const HITS_PER_CHECK = 8;

/** The number that reads get while nothing that they find may be kept. */
const NEVER = -1;

/** What the near tier needs of the client of the store. */
export interface NearClient {
  readonly driver: Driver;
  readonly scope: string | Promise<string>;
  request<T>(what: string, run: () => Promise<T>): Promise<T>;
  refused(error: Error, reason: string, kind: string): void;
}

/** A read of a key, as far as the near tier needs it. */
export interface NearRead {
  readonly key: string;
  readonly tags: readonly { readonly key: string }[] | undefined;
  readonly batch: {
    /** {@link Near.number} when it was sent. */
    readonly nearNumber: number;
    /** When it was sent, by `performance.now()`. */
    readonly sentAt: number;
  };
  /** Whether a caller has kept what it found. */
  isKept: boolean;
}

/** A result that a read has found. */
export interface NearResult {
  readonly place: KeyPlace;
  readonly read: NearRead;
  readonly value: unknown;
  /** Milliseconds until it is stale. */
  readonly fresh: number;
}

interface Place {
  readonly tier: NearTier;
  readonly entry: number;
  /** The entry of the same key in another tier: a module may be loaded twice. */
  readonly next: Place | undefined;
}

/**
 * Copies of entries of a store in the memory of this process.
 *
 * An entry comes here when a read has found it, and goes when the store reports a change of its key, when this process
 * changes the key, when it ends in the store, and by `max`. It is served only while the connection that reports changes
 * has answered a check that was sent less than `lag` ago: all changes that were made before the check have arrived. So no
 * answer is older than `lag`, whatever fails. What a read has found is kept only if its key has not changed since the
 * read was sent.
 *
 * The clock is read at the first hit of each turn of the event loop, and at every 8th in a turn: reading it at each hit
 * would make an awaited hit take 1.4 times as long. If a process is stopped in the middle of a turn, up to 7 hits of the
 * rest of that turn are answered from before.
 *
 * A store that reports no changes bounds the age of its entries by `ttl` alone.
 */
export class Near implements NearIndex {
  readonly options: ResolvedNear;
  readonly #client: NearClient;
  readonly #budget: Budget;
  readonly #follower: Follower | undefined;
  readonly #changes = new RecentChanges();
  /** The entries by their stored name. */
  readonly #places = new Map<string, Place>();
  /** The states of tags by their stored name. */
  readonly #tags = new MemoryTags();
  /** Until when entries may be served, in the time of memory. */
  #until = -Infinity;
  /** The number of hits until the clock is read again. */
  #unchecked = 0;
  #isResetDue = false;
  readonly #reset = (): void => {
    this.#isResetDue = false;
    this.#unchecked = 0;
  };
  /** Whether the entries that reads find may be kept. */
  #isOpen = false;
  /** Whether the store reports no changes, so that only entries with a `ttl` are kept. */
  #isTimed = false;

  constructor(client: NearClient, options: ResolvedNear) {
    enableLargeMemory();
    this.options = options;
    this.#client = client;
    this.#budget = new Budget(options.maxBytes);
    const events: FollowerEvents = {
      onChange: (keys) => this.changed(keys),
      onFollowing: () => this.#open(),
      onProof: (time) => (this.#until = time + options.lag),
      onLost: () => this.#close(),
      onRefused: (error) => this.#refused(error),
    };
    if (client.driver.follow) this.#follower = new Follower(client, options.lag, events);
    else this.#openForTtl();
  }

  /**
   * Makes the tier of a function, or of string keys.
   *
   * @param ttl how long its entries are kept, in milliseconds
   */
  tier(depth: number, max: number | undefined, counters: Counters, ttl: number = this.options.ttl): NearTier {
    const tier = new NearTier(depth, max ?? this.options.max, ttl, this, counters);
    tier.account = new Account(this.#budget, tier);
    return tier;
  }

  /** Forgets a tier that was garbage-collected. */
  forget(account: Account): void {
    account.clear();
    this.#budget.accounts.delete(account);
  }

  isAlive(): boolean {
    if (this.#unchecked > 0) {
      this.#unchecked--;
      return true;
    }
    if (memoryTime() > this.#until) return false;
    this.#unchecked = HITS_PER_CHECK - 1;
    if (!this.#isResetDue) {
      this.#isResetDue = true;
      afterTick(this.#reset);
    }
    return true;
  }

  status(): NonNullable<StoreStatus["near"]> {
    return { entries: this.#places.size, bytes: this.#budget.used, serving: memoryTime() <= this.#until };
  }

  /** The entry that answers a call, or -1. */
  freshEntry({ cachedFn: { tier }, place }: CallTarget): number {
    const entry = tier.size > 0 ? tier.find(place) : -1;
    return entry >= 0 && tier.expires[entry]! > memoryTime() && this.isAlive() ? entry : -1;
  }

  /** The number that a read gets before it is sent. */
  get number(): number {
    this.#follower?.start();
    return this.#isOpen ? this.#changes.last : NEVER;
  }

  /**
   * The entry that answers while the store is down, or -1: one whose age its own `ttl` bounds, or with `sie`, when the
   * function has failed, one that has ended less than that ago.
   */
  entryWithoutStore({ cachedFn: { tier }, place }: CallTarget, sie?: number): number {
    if (!(tier instanceof NearTier) || (tier.ttl === Infinity && sie === undefined)) return -1;
    const entry = tier.find(place);
    return entry >= 0 && tier.expires[entry]! + (sie ?? 0) > memoryTime() ? entry : -1;
  }

  /**
   * Keeps the result that a read has found, and returns it for the caller.
   *
   * @param fresh milliseconds until the result is stale
   */
  keep(call: Call, read: NearRead, value: unknown, fresh: number): unknown {
    const { tier, options } = call.cachedFn;
    if (!(tier instanceof NearTier) || !this.#isCurrent(tier, read)) return value;
    let kept = value;
    try {
      if (options.copy !== "none") kept = features.protect!(value, options.copy, call);
    } catch {
      return value;
    }
    void this.#keep(tier, [{ place: call.place, read, value: kept, fresh }]);
    return options.copy === "clone" ? value : kept;
  }

  /** Keeps the value of a key that a read has found. */
  keepKey(tier: NearTier, place: KeyPlace, read: NearRead, value: unknown): void {
    if (this.#isCurrent(tier, read)) void this.#keep(tier, [{ place, read, value, fresh: Infinity }]);
  }

  /** Keeps the results that a batch has found. */
  keepAll({ tier }: CachedFunction, all: readonly NearResult[]): void {
    if (!(tier instanceof NearTier)) return;
    const current = all.filter(({ read }) => this.#isCurrent(tier, read));
    if (current.length > 0) void this.#keep(tier, current);
  }

  /** The store tells when the entries end, without the clock of another process. */
  async #keep(tier: NearTier, all: readonly NearResult[]): Promise<void> {
    for (const { read } of all) read.isKept = true;
    const found = memoryTime();
    const since = performance.now();
    const keys = all.map(({ read }) => read.key);
    const left = await this.#client.request("ttl", () => this.#ttls(keys)).catch(() => []);
    for (const [at, { place, read, value, fresh }] of all.entries()) {
      const ms = left[at];
      if (ms === undefined || !this.#isCurrent(tier, read, true)) continue;
      const sent = found - (since - read.batch.sentAt);
      const expires = Math.min(sent + ms, found + fresh, sent + tier.ttl);
      const now = memoryTime();
      if (expires <= now) continue;
      const tags = read.tags?.map((tag) => this.#tags.stateOf(tag.key));
      const entry = { value, expires, promised: true, tags };
      if (tier.keep(read.key, place, entry, now) === "large") this.#refuseLarge(read.key);
    }
  }

  #ttls(keys: readonly string[]): Promise<readonly (number | undefined)[]> {
    const { driver } = this.#client;
    if (driver.ttls && keys.length > 1) return driver.ttls(keys);
    return Promise.all(keys.map((key) => driver.ttl(key)));
  }

  /** Whether the store still has what a read found, as far as changes have arrived. */
  #isCurrent(tier: NearTier, read: NearRead, isKept = false): boolean {
    if (this.#isTimed && tier.ttl === Infinity) return false;
    const { nearNumber: number, sentAt } = read.batch;
    if (number === NEVER || !this.#isOpen || read.isKept !== isKept) return false;
    if (performance.now() - sentAt > REMEMBERED_MS) return false;
    if (this.#changes.hasSince(read.key, number)) return false;
    return !read.tags?.some((tag) => this.#changes.hasSince(tag.key, number));
  }

  /** Drops the entries of keys, and those with tags; `undefined`: all. */
  changed(keys: readonly string[] | undefined): void {
    if (!keys) return this.#clear();
    for (const key of keys) {
      this.#changes.add(key);
      let place = this.#places.get(key);
      for (; place; place = place.next) place.tier.drop(place.entry);
      this.#tags.invalidate(key);
    }
  }

  add(key: string, tier: NearTier, entry: number): void {
    this.#places.set(key, { tier, entry, next: this.#places.get(key) });
  }

  remove(key: string, tier: NearTier): void {
    const left = without(this.#places.get(key), tier);
    if (left) this.#places.set(key, left);
    else this.#places.delete(key);
  }

  close(): void {
    this.#follower?.stop();
    this.#isOpen = false;
    this.#clear();
  }

  #open(): void {
    this.#clear();
    this.#isTimed = false;
    this.#isOpen = true;
  }

  /** Entries stay for calls that the store does not answer. */
  #close(): void {
    this.#isOpen = false;
    this.#until = -Infinity;
    this.#unchecked = 0;
  }

  #openForTtl(): void {
    this.#isOpen = this.#isTimed = true;
    this.#until = Infinity;
  }

  #refused(error: Error): void {
    if (this.#isTimed) return;
    const { ttl } = this.options;
    const instead =
      ttl < Infinity ? "near entries may be as old as their `ttl`" : "entries are not kept near";
    const reason = `${this.#client.driver.name} allows no tracking of changes, so ${instead}: ${error.message}`;
    this.#client.refused(error, reason, "tracking");
    this.#openForTtl();
  }

  /** Reports that an entry exceeds the whole near tier: each of its hits asks the store. */
  #refuseLarge(key: string): void {
    const reason = `no copy of ${JSON.stringify(key)} is kept near: it is larger than \`near.maxBytes\`; cache a part of it, or raise that.`;
    this.#client.refused(new CacheError("unstorable", reason), reason, "near.maxBytes");
  }

  #clear(): void {
    this.#changes.addAll();
    for (const { tier } of this.#budget.accounts) (tier.deref() as NearTier | undefined)?.empty();
  }
}

const without = (place: Place | undefined, tier: NearTier): Place | undefined =>
  place && (place.tier === tier ? place.next : { ...place, next: without(place.next, tier) });

/**
 * Refuses a near tier whose entries could be older than those of the store without a bound.
 *
 * @throws {CacheError} `option-conflict`.
 */
export function checkNear(what: string, ttl: number | undefined, driver: Driver): void {
  if (ttl === undefined || driver.follow || ttl < Infinity) return;
  throw new CacheError(
    "option-conflict",
    `${what}: \`near\` needs a \`ttl\` on ${driver.name}, which does not report changes; it bounds how old an answer may be. Write near: "5s".`,
  );
}

/** The ttl of a function's near tier in milliseconds, by its own option and that of its cache; `undefined` for none. */
export function nearTtlOf(
  own: boolean | number | undefined,
  near: ResolvedNear | undefined,
): number | undefined {
  if (own === false || (own === undefined && near === undefined)) return undefined;
  return typeof own === "number" ? own : (near?.ttl ?? Infinity);
}
