import { performance } from "./real-timers.ts";

/** Consecutive failures after which the breaker opens. */
const MAX_FAILURES = 3;
/** Pauses between probes. Each is {@link PAUSE_GROWTH} times as long as the one before. */
const MIN_PAUSE_MS = 250;
const MAX_PAUSE_MS = 10_000;
const PAUSE_GROWTH = 1.5;

/**
 * A circuit breaker (Nygard, "Release It!"): after several consecutive failures it opens, and callers skip the store at
 * no cost. A background probe retries until the store answers.
 */
export class CircuitBreaker {
  readonly #probe: () => Promise<unknown>;
  #failures = 0;
  #openUntil = 0;
  #pauseMs = MIN_PAUSE_MS;
  #probing = false;

  /** @param probe sends the store a cheap request; must settle in bounded time */
  constructor(probe: () => Promise<unknown>) {
    this.#probe = probe;
  }

  /** Whether calls may use the store. While the breaker is open, the first read after each pause starts a probe. */
  get isClosed(): boolean {
    if (this.#failures < MAX_FAILURES) return true;
    if (!this.#probing && performance.now() >= this.#openUntil) this.#startProbe();
    return false;
  }

  /** Like {@link isClosed}, without a probe. */
  get state(): "closed" | "open" {
    return this.#failures < MAX_FAILURES ? "closed" : "open";
  }

  succeeded(): void {
    this.#failures = 0;
    this.#pauseMs = MIN_PAUSE_MS;
  }

  failed(): void {
    if (++this.#failures === MAX_FAILURES) this.#openUntil = performance.now() + this.#pauseMs;
  }

  #startProbe(): void {
    this.#probing = true;
    const stayOpen = (): void => {
      this.#pauseMs = Math.min(this.#pauseMs * PAUSE_GROWTH, MAX_PAUSE_MS);
      this.#openUntil = performance.now() + this.#pauseMs;
    };
    // A driver may throw synchronously.
    void Promise.resolve()
      .then(this.#probe)
      .then(() => this.succeeded(), stayOpen)
      .finally(() => (this.#probing = false));
  }
}
