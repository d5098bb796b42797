import type { RemoteClient } from "./client.ts";

/** Milliseconds for which it is noted that a function was not cleared: only its absence says something. */
const MARKER_TTL_MS = 1;

interface PendingCheck {
  /** When the run began, by `performance.now()`. */
  readonly began: number;
  readonly answer: (current: boolean | Promise<boolean>) => void;
}

/**
 * Tells writers whether their function was cleared while it ran. `clear()` leaves a note for them.
 *
 * Those who ask for one function at the same time are answered together, by what is true of the oldest run.
 */
export class ClearMarkers {
  readonly #client: RemoteClient;
  readonly #waiting = new Map<string, PendingCheck[]>();

  constructor(client: RemoteClient) {
    this.#client = client;
  }

  /** Whether a function was not cleared since a run began. Rejects if the store fails. */
  isCurrent(key: string, began: number): Promise<boolean> {
    return new Promise((resolve) => {
      const question: PendingCheck = { began, answer: resolve };
      const others = this.#waiting.get(key);
      if (others) others.push(question);
      else {
        this.#waiting.set(key, [question]);
        queueMicrotask(() => void this.#askAll(key));
      }
    });
  }

  /** Leaves the note. */
  async leave(key: string): Promise<void> {
    await this.#client.request("clear", () => this.#client.driver.invalidate(key));
  }

  /** Asks one question after the other as long as there are some. */
  async #askAll(key: string): Promise<void> {
    for (let asking = this.#take(key); asking.length > 0; asking = this.#take(key)) {
      const answer = this.#ask(key, Math.min(...asking.map(({ began }) => began)));
      // Where the oldest run was cleared, younger ones may not have been.
      const isSame = asking.length === 1 || (await answer.catch(() => true));
      for (const { began, answer: give } of asking) give(isSame ? answer : this.#ask(key, began));
      await answer.catch(() => undefined);
    }
    this.#waiting.delete(key);
  }

  #take(key: string): PendingCheck[] {
    const asking = this.#waiting.get(key) ?? [];
    this.#waiting.set(key, []);
    return asking;
  }

  #ask(key: string, began: number): Promise<boolean> {
    const note = { key, data: "", ttl: MARKER_TTL_MS };
    const age = (): number => performance.now() - began;
    const ask = (): Promise<boolean> => this.#client.driver.setIfCurrent(note, age());
    return this.#client.request("set", ask, { closing: true });
  }
}
