import type { CachedFunction } from "../call/cached-function.ts";
import type { Flight } from "../call/flight.ts";
import { Flights } from "../call/single-flight.ts";
import type { KeyPlace } from "../memory/trie.ts";

/** Runs in flight that are made when somebody looks for one of them. */
export interface HiddenFlights {
  readonly count: number;
  reveal(): Iterable<Flight>;
}

/**
 * The runs in flight of a batch function. Most runs of a batch end before another call looks for one of their ids, so
 * that these need no flights.
 */
export class BatchFlights extends Flights {
  readonly #hidden = new Set<HiddenFlights>();

  /** The flights of a batch function. */
  static of(cachedFn: CachedFunction): BatchFlights {
    const { flights } = cachedFn;
    if (flights instanceof BatchFlights) return flights;
    const own = new BatchFlights(cachedFn.depth);
    for (const flight of flights.all()) own.put(flight);
    cachedFn.flights = own;
    return own;
  }

  hide(flights: HiddenFlights): void {
    this.#hidden.add(flights);
  }

  /** Forgets flights; returns whether nobody has looked for one of them. */
  end(flights: HiddenFlights): boolean {
    return this.#hidden.delete(flights);
  }

  override get size(): number {
    let size = super.size;
    for (const { count } of this.#hidden) size += count;
    return size;
  }

  override find(place: KeyPlace): Flight | undefined {
    this.#reveal();
    return super.find(place);
  }

  override all(): Flight[] {
    this.#reveal();
    return super.all();
  }

  override clear(): void {
    this.#hidden.clear();
    super.clear();
  }

  #reveal(): void {
    for (const flights of this.#hidden) {
      this.#hidden.delete(flights);
      for (const flight of flights.reveal()) super.put(flight);
    }
  }
}
