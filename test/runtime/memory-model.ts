/** A small model of a cached function in memory: what each call returns, and what is counted. */

export interface ModelOptions {
  /** Milliseconds. */
  readonly ttl: number;
  readonly swr?: number;
  readonly sie?: number;
  readonly retry: number;
  readonly lock?: "none";
  readonly skip?: "null";
}

export type Outcome<V> = { readonly value: V } | { readonly error: unknown };

/** One run of the function. */
interface Run<V> {
  readonly key: number;
  /** Gets the outcome. */
  readonly callers: ((outcome: Outcome<V>) => void)[];
  readonly kind: "call" | "refresh" | "bypass" | "background";
  /** An old value may replace its error. */
  readonly hasOld: boolean;
  readonly drops: number;
  readonly generation: number;
  isDropped: boolean;
  /** A value was stored under the key since the run began. */
  isOlder: boolean;
}

export class Model<V> {
  readonly stats = { hits: 0, misses: 0, stale: 0, errors: 0, sets: 0, runs: 0 };
  readonly events: string[] = [];
  /** The runs in flight, and those that have ended, in the order of their start. */
  readonly runs: Run<V>[] = [];
  readonly #options: ModelOptions;
  readonly #now: () => number;
  readonly #entries = new Map<number, { value: V; expires: number }>();
  readonly #flights = new Map<number, Run<V>>();
  readonly #pauses = new Map<number, number>();
  /** How often all keys were cleared, and how often one key was dropped. */
  #generation = 0;
  #drops = 0;

  constructor(options: ModelOptions, now: () => number) {
    this.#options = options;
    this.#now = now;
  }

  get inFlight(): number {
    return this.#flights.size;
  }

  get fresh(): number {
    return [...this.#entries.values()].filter(({ expires }) => expires > this.#now()).length;
  }

  call(key: number, caller: (outcome: Outcome<V>) => void): void {
    const { swr = 0, sie = 0, lock } = this.#options;
    const age = this.#ageOf(key);
    if (age < 0) {
      this.#count("hits", "hit", key);
      return caller({ value: this.#entries.get(key)!.value });
    }
    if (age < swr || (age < sie && this.#isPaused(key))) {
      this.#count("stale", "stale", key);
      caller({ value: this.#entries.get(key)!.value });
      if (!this.#flightOf(key) && !this.#isPaused(key)) this.#start(key, "background");
      return;
    }
    this.#count("misses", "miss", key);
    const flight = lock === "none" ? undefined : this.#flightOf(key);
    if (flight) flight.callers.push(caller);
    else this.#start(key, "call", caller);
  }

  refresh(key: number, caller: (outcome: Outcome<V>) => void): void {
    this.#drop(key);
    this.#start(key, "refresh", caller);
  }

  bypass(key: number, caller: (outcome: Outcome<V>) => void): void {
    this.#start(key, "bypass", caller);
  }

  peek(key: number): V | undefined {
    const { swr = 0 } = this.#options;
    return this.#ageOf(key) < swr ? this.#entries.get(key)!.value : undefined;
  }

  invalidate(key: number): boolean {
    const { swr = 0, sie = 0 } = this.#options;
    const wasInFlight = this.#drop(key);
    const wasThere = this.#ageOf(key) < Math.max(swr, sie);
    this.#entries.delete(key);
    return wasInFlight || wasThere;
  }

  prime(key: number, value: V): void {
    this.#drop(key);
    this.#store(key, value);
  }

  clear(): void {
    this.clearCache();
    this.#flights.clear();
  }

  /** Clears the whole cache: its functions do not know, but their runs have lost their place. */
  clearCache(): void {
    this.#entries.clear();
    this.#generation++;
  }

  /** Ends a run. */
  end(run: Run<V>, outcome: Outcome<V>): void {
    const { skip, sie = 0 } = this.#options;
    const { key, kind, callers } = run;
    const settle = (settled: Outcome<V>): void => callers.forEach((caller) => caller(settled));
    if (kind === "bypass") return settle(outcome);
    if (this.#flights.get(key) === run) this.#flights.delete(key);
    if ("value" in outcome) {
      this.stats.runs++;
      const isAlone = this.#options.lock === "none";
      const isCurrent = !run.isDropped && run.generation === this.#generation;
      const isKept = isCurrent && (!isAlone || run.drops === this.#drops);
      if (isKept && !(skip === "null" && outcome.value === null)) this.#store(key, outcome.value);
      // What a refresh replaces does not outlive it, whether its result is stored or not.
      if (kind === "refresh" && !run.isOlder) this.#entries.delete(key);
      return settle(outcome);
    }
    this.stats.errors++;
    if (kind === "background") {
      this.#pause(key);
      this.events.push(`error ${key}`);
    }
    const old = run.hasOld && this.#ageOf(key) < sie ? this.#entries.get(key) : undefined;
    if (!old) return settle(outcome);
    this.#pause(key);
    this.#count("stale", "stale", key);
    settle({ value: old.value });
  }

  #start(key: number, kind: Run<V>["kind"], ...callers: Run<V>["callers"]): void {
    const { sie = 0 } = this.#options;
    const run = {
      ...{
        key,
        kind,
        callers,
        generation: this.#generation,
        drops: this.#drops,
        isDropped: false,
        isOlder: false,
      },
      hasOld: kind === "call" && this.#ageOf(key) < sie,
    };
    this.runs.push(run);
    // With `lock: none` no call joins it, but a refresh in the background does not begin meanwhile.
    if (kind !== "bypass") this.#flights.set(key, run);
  }

  /** Milliseconds since a value expired; negative while it is fresh. */
  #ageOf(key: number): number {
    const entry = this.#entries.get(key);
    return entry ? this.#now() - entry.expires : Infinity;
  }

  #flightOf(key: number): Run<V> | undefined {
    const run = this.#flights.get(key);
    return run?.generation === this.#generation ? run : undefined;
  }

  #drop(key: number): boolean {
    const run = this.#flights.get(key);
    this.#drops++;
    this.#flights.delete(key);
    if (run) run.isDropped = true;
    return run !== undefined;
  }

  #store(key: number, value: V): void {
    this.#entries.set(key, { value, expires: this.#now() + this.#options.ttl });
    for (const run of this.runs) if (run.key === key) run.isOlder = true;
    this.#count("sets", "set", key);
  }

  #pause(key: number): void {
    this.#pauses.set(key, this.#now() + this.#options.retry);
  }

  #isPaused(key: number): boolean {
    return (this.#pauses.get(key) ?? 0) > this.#now();
  }

  #count(counter: keyof Model<V>["stats"], event: string, key: number): void {
    this.stats[counter]++;
    this.events.push(`${event} ${key}`);
  }
}
