/** The record of calls, kept while somebody looks. */
import { headOf, idOf, keyText, keyTextAt, keyValues } from "../call/key-text.ts";
import type { CachedFunction } from "../call/cached-function.ts";
import type { CallEvent } from "../call/events.ts";
import { features, type KeyHistory } from "../call/features.ts";
import { observe } from "../call/observers.ts";
import { comparableTexts } from "../functions/key-parts.ts";
import { fateOf, knownKeys, missOfUnknown, type MissingKey } from "../functions/miss-reason.ts";
import type { Slots } from "../key/slots.ts";
import { hashOf, NO_PLACE } from "../memory/trie.ts";
import { memoryTime, now } from "../platform/clock.ts";
import { clearTimeout, performance, setTimeout } from "../platform/real-timers.ts";
import { shared } from "../platform/shared.ts";
import { weakRef } from "../platform/weak-ref.ts";
import { unref } from "../platform/timer.ts";
import type { CallInfo, EventInfo } from "./types.ts";

/** How long calls are recorded after somebody has asked, in milliseconds. */
const WATCH_MS = 60_000;
/** Of each function, hits and other calls each. */
const MAX_CALLS = 100;
const MAX_KEYS = 500;

/** What is known of a key. */
interface KeyRecord extends KeyHistory {
  readonly tags?: readonly string[] | undefined;
  evicted: boolean;
}

type FunctionRef = ReturnType<typeof weakRef<CachedFunction>>;

/** A call, whose reason for a miss is completed when somebody asks for it. */
interface RecordedCall extends CallInfo {
  run?: number;
  readonly began: number;
  readonly missing?: MissingKey & { readonly cachedFn: FunctionRef; readonly order: number };
}

interface FunctionRecord {
  readonly calls: RecordedCall[];
  /** By {@link nameOf}. */
  readonly keys: Map<string, KeyRecord>;
  /** The keys of entries that memory finds by a hash. */
  readonly hashed: Map<string, string>;
  /** The instances with entries of their own, by their number. */
  readonly instances: Map<number, FunctionRef>;
}

type Listener = (event: EventInfo) => void;

/** Records calls from a first request until {@link WATCH_MS} after the last one. */
class Recorder {
  readonly #functions = new Map<string, FunctionRecord>();
  readonly #listeners = new Set<Listener>();
  readonly #numbers = new WeakMap<CachedFunction, number>();
  /** The number of the last event. */
  #order = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stop: (() => void) | undefined;

  /** Records from now on, for a minute. */
  look(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#rest(), WATCH_MS);
    unref(this.#timer);
    if (this.#stop) return;
    this.#stop = observe((...event) => this.#record(...event), { hits: true });
    features.history = {
      find: (cachedFn, key) => this.keyOf(cachedFn, key),
      isLater: (cachedFn, place, order = Infinity) => {
        const text = keyTextAt(cachedFn, place);
        return text !== undefined && (this.keyOf(cachedFn, text)?.stored ?? 0) >= order;
      },
      keptKeys: (cachedFn, order = Infinity) =>
        [...this.keysOf(cachedFn).values()].flatMap(({ parts, stored = Infinity }) =>
          parts && stored < order ? [parts] : [],
        ),
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
        return { ...call, miss: missOfUnknown(cachedFn, missing, knownKeys(cachedFn, missing.order)) };
      })
      .reverse();
  }

  /** What is known of a key of a function or of its instance. */
  keyOf(cachedFn: CachedFunction, key: string): KeyRecord | undefined {
    return this.#functions.get(idOf(cachedFn))?.keys.get(this.#nameOf(cachedFn, key));
  }

  /** The keys of a function or of its instance, the newest last. */
  keysOf(cachedFn: CachedFunction): Map<string, KeyRecord> {
    const start = this.#nameOf(cachedFn, headOf(cachedFn));
    const all = [...(this.#functions.get(idOf(cachedFn))?.keys ?? [])].filter(([name]) =>
      name.startsWith(start),
    );
    const instance = start.length - headOf(cachedFn).length;
    return new Map(all.map(([name, record]) => [name.slice(instance), record]));
  }

  /** The instances of a function that were called and exist, by their number. */
  instancesOf(id: string): Map<number, CachedFunction> {
    const refs = [...(this.#functions.get(id)?.instances ?? [])];
    return new Map(
      refs.flatMap(([number, ref]) => {
        const cachedFn = ref.deref();
        return cachedFn ? [[number, cachedFn]] : [];
      }),
    );
  }

  /** The number of an instance; `undefined` for a function. */
  numberOf(cachedFn: CachedFunction): number | undefined {
    if (cachedFn.root === cachedFn) return undefined;
    let number = this.#numbers.get(cachedFn);
    if (number === undefined) {
      const { instances } = this.#recordOf(idOf(cachedFn));
      number = Math.max(0, ...instances.keys()) + 1;
      this.#numbers.set(cachedFn, number);
      putLast(instances, number, weakRef(cachedFn));
    }
    return number;
  }

  /** The name of a key. Instances have equal keys. */
  #nameOf(cachedFn: CachedFunction, key: string): string {
    const number = this.numberOf(cachedFn);
    return number === undefined ? key : `#${number} ${key}`;
  }

  /** The key of an entry that memory finds by a hash. */
  keyOfHash(id: string, hash: string): string | undefined {
    return this.#functions.get(id)?.hashed.get(hash);
  }

  #record(...[type, target, more]: CallEvent): void {
    const { cachedFn, place, slots } = target;
    const id = idOf(cachedFn);
    const record = this.#recordOf(id);
    const instance = this.numberOf(cachedFn);
    const order = ++this.#order;
    const hash = hashOf(place);
    const key =
      place === NO_PLACE
        ? undefined
        : ((slots ? keyOf(cachedFn, slots) : keyTextAt(cachedFn, place)) ??
          (hash && record.hashed.get(hash)));
    const at = now();
    if (type === "set") this.#stored(record, target, key);
    else if (type === "evict") {
      const known = key === undefined ? undefined : this.keyOf(cachedFn, key);
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
          ...{ cachedFn: weakRef(cachedFn), place, text: key, order },
          parts: comparableTexts(cachedFn, keyValues(cachedFn, slots)),
        };
      const miss = missing && fateOf(cachedFn, missing);
      push(record.calls, {
        at,
        outcome: isJoined ? "joined" : type,
        key,
        began: performance.now(),
        ...(instance !== undefined && { instance }),
        ...(reason !== undefined && { reason }),
        ...(miss && { miss }),
        ...(missing && { missing }),
      });
      const known = key === undefined ? undefined : this.keyOf(cachedFn, key);
      if (missing && key !== undefined)
        putLast(record.keys, this.#nameOf(cachedFn, key), {
          ...{ parts: missing.parts, evicted: false },
          ...(known?.stored !== undefined && { stored: known.stored }),
        });
      else if ((type === "hit" || type === "stale") && key !== undefined && !known)
        this.#stored(record, target, key);
    }
    for (const listener of this.#listeners)
      listener({ type, id, key, at, ...(more?.reason !== undefined && { reason: more.reason }) });
  }

  /** Notes the entry of a key. */
  #stored(record: FunctionRecord, target: CallEvent[1], key: string | undefined): void {
    if (key === undefined) return;
    const { cachedFn, place, slots, took, tags } = target;
    const { tier, store, options } = cachedFn;
    const entry = tier.find(place);
    const name = this.#nameOf(cachedFn, key);
    const known = record.keys.get(name);
    const ttl = typeof options.ttl === "number" ? options.ttl : store!.ttlMs;
    const expires =
      entry >= 0 ? tier.expires[entry]! : memoryTime() + ttl + Math.max(options.swr ?? 0, options.sie ?? 0);
    const parts = known?.parts ?? (slots && comparableTexts(cachedFn, keyValues(cachedFn, slots)));
    const stored = known?.stored ?? this.#order;
    putLast(record.keys, name, { parts, stored, expires, tags: tags ?? known?.tags, evicted: false });
    const hash = hashOf(place);
    if (hash !== undefined) putLast(record.hashed, hash, key);
    const call = record.calls.findLast(
      (each) => each.key === key && each.outcome === "miss" && each.instance === this.numberOf(cachedFn),
    );
    if (call && call.run === undefined) call.run = (took ?? performance.now() - call.began) / 1000;
  }

  #recordOf(id: string): FunctionRecord {
    let record = this.#functions.get(id);
    if (!record)
      this.#functions.set(
        id,
        (record = { calls: [], keys: new Map(), hashed: new Map(), instances: new Map() }),
      );
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
  // Hits come by the thousand, and misses are what is looked for.
  const isHit = call.outcome === "hit";
  const alike = calls.filter(({ outcome }) => (outcome === "hit") === isHit);
  if (alike.length > MAX_CALLS) calls.splice(calls.indexOf(alike[0]!), 1);
}

/** Sets a key as the newest one, and removes the oldest if there are too many. */
function putLast<K, V>(map: Map<K, V>, key: K, value: V): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= MAX_KEYS) break;
    map.delete(oldest);
  }
}
