/** The JSON that the inspector answers with. */
import type { CacheEventName, CacheStats } from "../contract/cache.ts";
import type { ExplainedPart, FunctionStats, MissReason } from "../functions/handle.ts";

/** One cached function. */
export interface FunctionInfo {
  /** `namespace:name@version`. */
  readonly id: string;
  readonly name: string;
  /** Where it is declared; `undefined` if it was not compiled. */
  readonly file: string | undefined;
  /** 1-based. */
  readonly line: number | undefined;
  /** The options, in the notation of a pragma. */
  readonly options: Readonly<Record<string, string | number>>;
  /** The key with types instead of values: `shop/src/users:getUser@7d3a9dcc(id: number, locale: string)`. */
  readonly key: string;
  /** The parts of the key besides the arguments. */
  readonly extras: readonly ExtraInfo[];
  /** What is left out of the key, and why. */
  readonly omitted: readonly { readonly name: string; readonly why: string }[];
  /** The alias of its cache, or the kind of the store: `memory`, `redis`. */
  readonly backend: string;
  /** Whether this process has it. Others are known from the manifest or the compiler, and have no counts here. */
  readonly loaded: boolean;
  readonly stats: InspectedStats;
}

/** A part of a key that is no argument. */
export interface ExtraInfo {
  readonly name: string;
  readonly type?: string | undefined;
  readonly from: "capture" | "this";
}

/** The counters of a function, and what its entries in memory take. */
export interface InspectedStats extends FunctionStats {
  /** Of the entries in memory, by estimate. */
  readonly bytes: number;
  /** Seconds since the oldest entry in memory was stored, if its ttl tells. */
  readonly age?: number;
}

/** A value that is kept, masked: with its text only if the inspector shows values. */
export interface MaskedValue {
  /** `string`, `Array(5)`, `Map(2)`, the name of a class. */
  readonly type: string;
  /** By estimate. */
  readonly bytes: number;
  readonly text?: string;
}

/** One entry: in memory or, on a store outside of it, one that this process stored while somebody looked. */
export interface EntryInfo {
  /** `undefined` if it is kept by a hash, and was stored while nobody looked. */
  readonly key: string | undefined;
  /** The number of the instance that it belongs to, if each has entries of its own (`this=instance`). */
  readonly instance?: number;
  readonly tags?: readonly string[];
  readonly state: "fresh" | "stale";
  /** Seconds until it is stale; `null` for never. */
  readonly ttl: number | null;
  /** The arguments of a call of this key, if they can be read from it. */
  readonly args: readonly unknown[] | undefined;
  /** `undefined` for one that is not in memory. */
  readonly value: MaskedValue | undefined;
}

/** One call that was recorded. */
export interface CallInfo {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly outcome: "hit" | "miss" | "joined" | "stale" | "bypass" | "error" | "mismatch";
  readonly key: string | undefined;
  /** The number of the instance that was called, if each has entries of its own. */
  readonly instance?: number;
  /** The duration of the run, in seconds. */
  readonly run?: number;
  /** Why a call was a miss. */
  readonly miss?: MissReason;
  /** Why it was not cached, or what failed. */
  readonly reason?: string;
}

/** What `api/functions/<id>` answers. */
export interface FunctionDetails extends FunctionInfo {
  /** The last 100 hits, and the last 100 of the others, newest first. */
  readonly calls: readonly CallInfo[];
  /** At most 200 in memory, and 20 elsewhere. */
  readonly entries: readonly EntryInfo[];
  /** Its file before and after compilation, and its diagnostics, where a development server knows them. */
  readonly source?: SourceInfo;
}

/** A compiled file. */
export interface SourceInfo {
  readonly before: string;
  readonly after: string;
  readonly diagnostics: readonly {
    readonly name: string;
    readonly severity: string;
    readonly line: number;
    readonly column: number;
    readonly message: string;
    readonly help: string;
  }[];
}

/** One cache. */
export interface CacheInfo {
  /** Its alias, or else the kind of the store; `built-in` for the one without configuration. */
  readonly name: string;
  /** `memory`, `redis`, `memcached`. */
  readonly kind: string;
  readonly namespace: string | undefined;
  /** Of its circuit breaker: `open` while calls skip the store. `undefined` in memory. */
  readonly breaker: "closed" | "open" | undefined;
  /** The near tier in front of it. */
  readonly near: { readonly entries: number; readonly bytes: number; readonly serving: boolean } | undefined;
  /** Bytes in memory, by estimate, and their limit. */
  readonly bytes: number;
  readonly maxBytes: number | undefined;
  /** The tags of entries that this process knows of, at most 200. */
  readonly tags: readonly string[];
  /** The ids of the functions that use it. */
  readonly functions: readonly string[];
  readonly stats: CacheStats;
}

/** The data of a server-sent event, whose name is `type`. */
export interface EventInfo {
  readonly type: CacheEventName;
  readonly id: string;
  readonly key: string | undefined;
  readonly at: number;
  readonly reason?: string;
}

/** What `api/explain` answers. */
export interface ExplainInfo {
  readonly key: string | undefined;
  readonly parts: readonly ExplainedPart[];
  readonly state: "fresh" | "stale" | "absent";
  readonly ttl: string | undefined;
  readonly miss: MissReason | undefined;
}
