/** The record of calls, kept while somebody looks. */
import { idOf, keyText, keyTextAt, keyValues } from "../call/key-text.ts";
import type { CachedFunction } from "../call/cached-function.ts";
import type { CallEvent } from "../call/events.ts";
import { features } from "../call/features.ts";
import { observe } from "../call/observers.ts";
import { comparableParts, type NamedText } from "../functions/key-parts.ts";
import { fateOf, missOfUnknown, type MissingKey } from "../functions/miss-reason.ts";
import type { Slots } from "../key/shape.ts";
import { hashOf, NO_PLACE } from "../memory/trie.ts";
import { memoryTime } from "../platform/clock.ts";
import { clearTimeout, performance, setTimeout } from "../platform/real-timers.ts";
import { shared } from "../platform/shared.ts";
import { weakRef } from "../platform/weak-ref.ts";
import type { CallInfo, EventInfo } from "./types.ts";

/** How long calls are recorded after somebody has asked, in milliseconds. */
const WATCH_MS = 60_000;
/** Of each function. */
const MAX_CALLS = 100;
const MAX_KEYS = 500;

/** What is known of a key. */
interface KeyRecord {
  readonly parts: readonly NamedText[] | undefined;
  /** When its entry was stored, and when it expires; `undefined` before. In the time of memory. */
  stored?: number;
  expires?: number;
  evicted: boolean;
}

/** A call, whose reason for a miss is completed when somebody asks for it. */
interface RecordedCall extends CallInfo {
  run?: number;
  readonly began: number;
  readonly missing?: MissingKey & { readonly cachedFn: ReturnType<typeof weakRef<CachedFunction>> };
}

interface FunctionRecord {
  readonly calls: RecordedCall[];
  readonly keys: Map<string, KeyRecord>;
  /** The keys of entries that memory finds by a hash. */
  readonly hashed: Map<string, string>;
}

type Listener = (event: EventInfo) => void;

/** Records calls from a first request until {@link WATCH_MS} after the last one. */
class Recorder {
  readonly #functions = new Map<string, FunctionRecord>();
  readonly #listeners = new Set<Listener>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stop: (() => void) | undefined;

  /** Records from now on, for a minute. */
  look(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#rest(), WATCH_MS);
    (this.#timer as { unref?: () => void }).unref?.();
    if (this.#stop) return;
    this.#stop = observe((...event) => this.#record(...event), { hits: true });
    features.history = {
      find: (id, key) => this.#functions.get(id)?.keys.get(key),
      keptKeys: (id) => this.#keptKeys(id),
    };
  }

  #rest(): void {
    if (this.#listeners.size > 0) return this.look();
    this.#stop?.();
    this.#stop = undefined;
    this.#functions.clear();
    delete features.history;
  }

  /** Calls a listener with each event, until the function is called that it returns. */
  listen(listener: Listener): () => void {
    this.look();
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The recorded calls of a function, newest first. */
  callsOf(id: string): CallInfo[] {
    return (this.#functions.get(id)?.calls ?? [])
      .map(({ began: _, missing, ...call }) => {
        const cachedFn = missing?.cachedFn.deref();
        if (call.miss || !missing || !cachedFn) return call;
        return { ...call, miss: missOfUnknown(cachedFn, missing) };
      })
      .reverse();
  }

  /** When the entries expire that were stored, by their key, the newest last. In the time of memory. */
  keptBy(id: string): ReadonlyMap<string, number> {
    const keys = [...(this.#functions.get(id)?.keys ?? [])];
    return new Map(
      keys.flatMap(([key, { expires, evicted }]) =>
        expires === undefined || evicted ? [] : [[key, expires]],
      ),
    );
  }

  /** The key of an entry that memory finds by a hash. */
  keyOfHash(id: string, hash: string): string | undefined {
    return this.#functions.get(id)?.hashed.get(hash);
  }

  #keptKeys(id: string): readonly (readonly NamedText[])[] {
    const keys = [...(this.#functions.get(id)?.keys.values() ?? [])];
    return keys.flatMap(({ parts, stored }) => (parts && stored !== undefined ? [parts] : []));
  }

  #record(...[type, target, more]: CallEvent): void {
    const { cachedFn, place, slots } = target;
    const id = idOf(cachedFn);
    const record = this.#recordOf(id);
    const hash = hashOf(place);
    const key =
      place === NO_PLACE
        ? undefined
        : ((slots ? keyOf(cachedFn, slots) : keyTextAt(cachedFn, place)) ??
          (hash && record.hashed.get(hash)));
    const at = Date.now();
    if (type === "set") this.#stored(record, target, key);
    else if (type === "evict") {
      const known = key === undefined ? undefined : record.keys.get(key);
      if (known) known.evicted = true;
    } else {
      const reason = more?.reason ?? (more?.error instanceof Error ? more.error.message : undefined);
      const isJoined =
        type === "miss" &&
        cachedFn.options.lock !== "none" &&
        cachedFn.flightAt(place)?.promise !== undefined;
      const missing = type === "miss" &&
        !isJoined &&
        slots && {
          ...{ cachedFn: weakRef(cachedFn), place, text: key },
          parts: comparableParts(cachedFn, keyValues(cachedFn, slots)),
        };
      const miss = missing && fateOf(cachedFn, missing);
      push(record.calls, {
        at,
        outcome: isJoined ? "joined" : type,
        key,
        began: performance.now(),
        ...(reason !== undefined && { reason }),
        ...(miss && { miss }),
        ...(missing && { missing }),
      });
      if (missing && key !== undefined) putLast(record.keys, key, { parts: missing.parts, evicted: false });
      else if ((type === "hit" || type === "stale") && key !== undefined && !record.keys.has(key))
        this.#stored(record, target, key);
    }
    for (const listener of this.#listeners)
      listener({ type, id, key, at, ...(more?.reason !== undefined && { reason: more.reason }) });
  }

  /** Notes the entry of a key. */
  #stored(record: FunctionRecord, target: CallEvent[1], key: string | undefined): void {
    if (key === undefined) return;
    const { cachedFn, place, slots, took } = target;
    const { tier, store, options } = cachedFn;
    const entry = tier.find(place);
    const stored = memoryTime();
    const ttl = typeof options.ttl === "number" ? options.ttl : store!.ttlMs;
    const expires =
      entry >= 0 ? tier.expires[entry]! : stored + ttl + Math.max(options.swr ?? 0, options.sie ?? 0);
    const parts =
      record.keys.get(key)?.parts ?? (slots && comparableParts(cachedFn, keyValues(cachedFn, slots)));
    putLast(record.keys, key, { parts, stored, expires, evicted: false });
    const hash = hashOf(place);
    if (hash !== undefined) putLast(record.hashed, hash, key);
    const call = record.calls.findLast((each) => each.key === key && each.outcome === "miss");
    if (call && call.run === undefined) call.run = (took ?? performance.now() - call.began) / 1000;
  }

  #recordOf(id: string): FunctionRecord {
    let record = this.#functions.get(id);
    if (!record) this.#functions.set(id, (record = { calls: [], keys: new Map(), hashed: new Map() }));
    return record;
  }
}

/** One for all inspectors and copies of the runtime. */
export const recorder: Recorder = /* @__PURE__ */ shared("recorder", () => new Recorder());

function keyOf(cachedFn: CachedFunction, slots: Slots): string | undefined {
  const text = keyText(cachedFn, slots);
  return typeof text === "string" ? text : undefined;
}

function push(calls: RecordedCall[], call: RecordedCall): void {
  calls.push(call);
  if (calls.length > MAX_CALLS) calls.shift();
}

/** Sets a key as the newest one, and removes the oldest if there are too many. */
function putLast<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= MAX_KEYS) break;
    map.delete(oldest);
  }
}
