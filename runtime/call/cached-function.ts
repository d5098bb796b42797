import { defaultStore } from "./default-store.ts";
import { answerCall, Call, type HandleRequest } from "./call.ts";
import { clock, isFresh, native } from "../platform/clock.ts";
import { Counters } from "./counters.ts";
import { isDisabled } from "../platform/environment.ts";
import { epoch } from "./epoch.ts";
import { features } from "./features.ts";
import type { Flight } from "./flight.ts";
import { Flights } from "./flights.ts";
import type { FunctionSpec } from "../contract/spec.ts";
import { encodeArguments, encodeHead } from "../key/encode.ts";
import { Tier } from "../memory/tier.ts";
import { enableCopy } from "./protect.ts";
import type { Store } from "./store.ts";
import { assemble, type Slots } from "../key/shape.ts";
import { widthOf, type RunOptions } from "../contract/spec.ts";
import { slotsOf, type KeyPlace } from "../memory/trie.ts";
/** The part of an uncompiled function: arguments as given. */
export const REST_PART_NAME = "...";

/** So many of them are slots; a call with more arguments is found by its text. */
const REST_PART_SLOTS = 3;

/** A tier in which nothing is ever found: what a hit looks into while every call must take the long way. */
const EMPTY_TIER = new Tier(1, 1);

/** In development what is kept is frozen. Written out, so that a bundler drops it from what is built for production. */
function defaultCopy(): "freeze" | "none" {
  try {
    if (process.env.NODE_ENV === "development") {
      enableCopy();
      return "freeze";
    }
  } catch {
    // A page without a bundler has no `process`.
  }
  return "none";
}

/**
 * One cached function at run time.
 *
 * `get1`, `get2`, … are the whole cost of a hit: one comparison that tells whether the binding to a cache
 * still holds, the look-up, the expiry. They are written out for each number of slots, since a rest parameter
 * would make an array for every call. Everything else is {@link answerCall}'s.
 */
export class CachedFunction {
  readonly spec: FunctionSpec;
  options: RunOptions;
  /** Number of slots of a key. */
  readonly depth: number;
  /** What the next call is for, when a handle makes it. */
  handleRequest: HandleRequest | undefined = undefined;
  counters: Counters = new Counters();
  store: Store | undefined = undefined;
  tier: Tier = EMPTY_TIER;
  readonly flights: Flights;
  /** Goes up with every key that is dropped, so that a sync run in which its own key was removed is not kept. */
  drops = 0;
  warned = false;
  /** Of a function that was not compiled, whose id nobody has checked: whether it has a name at all. */
  unverified: "named" | "anonymous" | undefined = undefined;
  /** Whether the function gives promises, where its type does not tell: learned from its last run. */
  promises: boolean | undefined = undefined;
  /** The function's own site; another one for those of its instances. */
  readonly root: CachedFunction;
  #epoch = 0;
  #head: string | undefined = undefined;
  /** Where a hit looks: the tier, or {@link EMPTY_TIER}. */
  #hitTier: Tier = EMPTY_TIER;
  #instances: WeakMap<object, CachedFunction> | undefined = undefined;
  #past = new Counters();

  constructor(spec: FunctionSpec, root?: CachedFunction) {
    this.spec = spec;
    this.options = root?.options ?? { ...spec.options };
    this.depth = spec.parts.reduce(
      (sum, part) => sum + (part.name === REST_PART_NAME ? REST_PART_SLOTS : widthOf(part)),
      0,
    );
    this.flights = new Flights(this.depth);
    this.root = root ?? this;
  }

  /** `namespace:name@version`. */
  get id(): string {
    return this.head.slice(0, -1);
  }

  get0(): Tier | undefined {
    return this.#epoch === epoch.current ? this.#serve(this.#hitTier.get1(undefined)) : undefined;
  }

  get1(a: unknown): Tier | undefined {
    return this.#epoch === epoch.current ? this.#serve(this.#hitTier.get1(a)) : undefined;
  }

  get2(a: unknown, b: unknown): Tier | undefined {
    return this.#epoch === epoch.current ? this.#serve(this.#hitTier.get2(a, b)) : undefined;
  }

  get3(a: unknown, b: unknown, c: unknown): Tier | undefined {
    return this.#epoch === epoch.current ? this.#serve(this.#hitTier.get3(a, b, c)) : undefined;
  }

  get(slots: readonly unknown[]): Tier | undefined {
    return this.#epoch === epoch.current ? this.#serve(this.#hitTier.get(slots)) : undefined;
  }

  #serve(entry: number): Tier | undefined {
    if (entry < 0) return undefined;
    const tier = this.#hitTier;
    const { counters } = this;
    const expires = tier.expires[entry]!;
    // The clock is read for an entry that is about to expire, at every 64th hit, and where a test replaces it.
    const near = expires <= clock.horizon || (counters.hits & 63) === 0 || Date.now !== native;
    if (near && !isFresh(expires)) return undefined;
    counters.hits++;
    return tier.serve(entry);
  }

  /**
   * Answers a call that `get` did not: from an older value, from a run in flight, or by running.
   *
   * @param args what the inner function takes
   * @param holder the inner function under the outer one's name, which is how it gets that name
   * @param slots what makes the key, where that is not `args`
   * @param self the receiver, where the inner function is a method
   * @param given what the function was called with, for a `skip` that looks at it, where that is not `args`
   */
  run<A extends readonly unknown[], R, T = undefined>(
    args: readonly [...A],
    holder: Readonly<Record<string, (this: T, ...args: A) => R>>,
    slots: Slots = args,
    self?: T,
    given: readonly unknown[] = args,
  ): R {
    // One property alone: `Object.values` would make a list of it.
    for (const name in holder)
      return answerCall(new Call(this, { fn: holder[name]!, self, inputs: args, args: given }), slots) as R;
    throw new TypeError("There is no function to run.");
  }

  /** The site of one instance, for `this=instance`: its entries go with it. */
  of(instance: unknown): CachedFunction {
    if ((typeof instance !== "object" && typeof instance !== "function") || instance === null) return this;
    this.#instances ??= new WeakMap();
    let cachedFn = this.#instances.get(instance);
    if (!cachedFn) this.#instances.set(instance, (cachedFn = new CachedFunction(this.spec, this)));
    const { handleRequest } = this;
    if (handleRequest) {
      // Handed on, not shared: a call of another instance inside the run is nobody's intent.
      this.serveHandle(undefined);
      handleRequest.cachedFn = cachedFn;
      cachedFn.serveHandle(handleRequest);
    }
    return cachedFn;
  }

  /** Takes options that only the run time knows. */
  configure(options: RunOptions): void {
    Object.assign(this.options, options);
    this.store = undefined;
    this.rebind();
  }

  /** Looks the cache up again at the next call. */
  rebind(): void {
    this.#epoch = 0;
  }

  /** Makes the next call serve a handle: it takes the long way, where the intent is seen. */
  serveHandle(request: HandleRequest | undefined): void {
    this.handleRequest = request;
    if (request) this.rebind();
  }

  /** `AOTCACHE_DISABLE=1`. Not read at every call: a variable of the environment takes as long as a miss may. */
  get disabled(): boolean {
    return this.#epoch !== epoch.current && isDisabled();
  }

  /** Looks the cache up, if anything that it depends on has changed. */
  bind(): Store {
    if (this.#epoch === epoch.current) return this.store!;
    const store = features.storeFor?.(this) ?? defaultStore;
    if (store !== this.store) {
      this.store = store;
      this.#past.add(this.counters);
      if (this.root !== this) this.root.bind();
      this.counters = this.root === this ? store.countersFor(this) : this.root.counters;
      this.tier = store.tier(this.depth, this.options.max);
      this.tier.onEvict = (place) => {
        this.counters.evictions++;
        store.events.emit("evict", () => ({ key: this.keyTextAt(place), id: this.id }));
      };
    }
    this.tier.grace = Math.max(this.options.swr ?? 0, this.options.sie ?? 0);
    this.options.copy ??= defaultCopy();
    const slow = this.options.copy === "clone" || store.events.has("hit");
    this.#hitTier = slow ? EMPTY_TIER : this.tier;
    // Unbound, every call takes the long way, where it is seen that the cache is off.
    if (!isDisabled()) this.#epoch = epoch.current;
    return store;
  }

  /** Whether it is known that the function gives promises, before it runs. */
  get givesPromises(): boolean {
    const { mode } = this.spec;
    if (mode !== "either") return mode !== "sync";
    return this.root.promises === true || this.options.lock === "distributed";
  }

  /** The run in flight of a key that is one of this cache, and not of before it was cleared. */
  flightAt(place: KeyPlace): Flight | undefined {
    const flight = this.flights.find(place);
    return flight?.tier === this.tier && flight.generation === flight.tier.generation ? flight : undefined;
  }

  /** Everything counted since the function was defined, in whatever cache; instances count together. */
  total(): Counters {
    if (this.root !== this) return this.root.total();
    const total = new Counters();
    total.add(this.#past);
    total.add(this.counters);
    return total;
  }

  /** The text of a key, or the name of the part that has none. */
  keyText(slots: Slots): string | { readonly unkeyable: string } {
    const text = this.argumentText(slots);
    return typeof text === "string" ? `${this.head}${text})` : text;
  }

  /** What stands between the parentheses. */
  argumentText(slots: Slots): string | { readonly unkeyable: string } {
    return encodeArguments(this.spec.parts, this.keyValues(slots));
  }

  /** What the text is made of: shapes put together, and no `undefined`s behind what an uncompiled function got. */
  keyValues(taken: Slots): readonly unknown[] {
    const slots = assemble(this.spec.parts, taken);
    let { length } = slots;
    if (this.spec.parts.at(-1)?.name === REST_PART_NAME)
      while (length > 0 && slots[length - 1] === undefined) length--;
    return length < slots.length ? slots.slice(0, length) : slots;
  }

  /** The text of the key of what is kept or in flight. */
  keyTextAt(place: KeyPlace): string {
    return this.head + this.argumentTextAt(place);
  }

  /** What the texts of all its keys start with. */
  get head(): string {
    return (this.#head ??= encodeHead(this.spec.id));
  }

  /** What of a key's text is behind the head. */
  argumentTextAt(place: KeyPlace): string {
    const slots = slotsOf(place, this.depth);
    return `${(typeof slots === "string" ? slots : this.argumentText(slots)) as string})`;
  }

  /** Removes every entry, those of all instances too, and lets no run in flight be kept. */
  clear(): void {
    this.tier.clear();
    this.flights.clear();
    this.#instances = undefined;
  }
}
