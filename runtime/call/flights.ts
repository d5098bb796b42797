import type { Flight } from "./flight.ts";
import { Trie, type KeyPlace } from "../memory/trie.ts";

/** The runs in flight of one function, by the slots of their keys. */
export class Flights {
  readonly #trie: Trie;
  readonly #flights: (Flight | undefined)[] = [];
  /** Numbers in use before that are free again. */
  readonly #free: number[] = [];

  /** @param depth number of slots of every key */
  constructor(depth: number) {
    this.#trie = new Trie(depth);
  }

  get size(): number {
    return this.#trie.size;
  }

  find(place: KeyPlace): Flight | undefined {
    // Most functions have none, and a run that is sync never has.
    return this.#trie.size === 0 ? undefined : this.#flights[this.#trie.find(place)];
  }

  /** Puts a flight where its key is, in place of the one before. */
  put(flight: Flight): void {
    this.remove(flight);
    const number = this.#free.pop() ?? this.#flights.length;
    this.#flights[number] = flight;
    this.#trie.put(flight, number);
  }

  /** Takes out the flight of a key, and gives it back. */
  remove(place: KeyPlace): Flight | undefined {
    const flight = this.find(place);
    if (flight === undefined) return undefined;
    const number = this.#trie.find(place);
    this.#trie.remove(number);
    this.#flights[number] = undefined;
    this.#free.push(number);
    return flight;
  }

  clear(): void {
    this.#trie.clear();
    this.#flights.length = this.#free.length = 0;
  }
}
