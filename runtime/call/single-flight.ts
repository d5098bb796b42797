import { Trie, type KeyPlace } from "../memory/trie.ts";
import { features } from "./features.ts";
import type { Flight } from "./flight.ts";
import type { Call } from "./slow-path.ts";

/** The runs in flight of one function, by the slots of their keys. */
export class Flights {
  readonly #trie: Trie;
  readonly #flights: (Flight | undefined)[] = [];
  /** Numbers of ended flights, for reuse. */
  readonly #free: number[] = [];

  /** @param depth number of slots of every key */
  constructor(depth: number) {
    this.#trie = new Trie(depth);
  }

  get size(): number {
    return this.#trie.size;
  }

  find(place: KeyPlace): Flight | undefined {
    // Skips the lookup for the common case of no flights. Sync runs never have one.
    return this.#trie.size === 0 ? undefined : this.#flights[this.#trie.find(place)];
  }

  /** Adds a flight; replaces an earlier flight of its key. */
  put(flight: Flight): void {
    this.remove(flight);
    const number = this.#free.pop() ?? this.#flights.length;
    this.#flights[number] = flight;
    this.#trie.put(flight, number);
  }

  /** Removes and returns the flight of a key. */
  remove(place: KeyPlace): Flight | undefined {
    const flight = this.find(place);
    if (flight === undefined) return undefined;
    const number = this.#trie.find(place);
    this.#trie.remove(number);
    this.#flights[number] = undefined;
    this.#free.push(number);
    return flight;
  }

  all(): Flight[] {
    return this.#flights.filter((flight) => flight !== undefined);
  }

  clear(): void {
    this.#trie.clear();
    this.#flights.length = this.#free.length = 0;
  }
}

/** Runs a call as the run of a flight. */
export const runFlight = (call: Call, flight: Flight): unknown =>
  features.selfCalls ? features.selfCalls.run(call, flight) : call.run();

/** Waits for a run in flight. If its result is only for the caller that started it, calls `run`. */
export function joinFlight(call: Call, flight: Flight, run: () => unknown): Promise<unknown> {
  flight.joined = true;
  call.onWait?.();
  const answer =
    features.selfCalls?.rejection(call, flight) ??
    flight.promise!.then((value) => (flight.answerJoined ? flight.answerJoined(run) : value));
  return features.signals?.waitFor(call, flight, answer) ?? answer;
}
