import { now } from "./clock.ts";

/** Failures in a row before a store is left alone. */
const FAILURES = 3;
/** First pause before it is tried again, and the longest; each is half as long again as the one before. */
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 10_000;

/**
 * A circuit breaker (Nygard, "Release It!"): after some failures in a row a store is not asked any more, so
 * that a dead one costs nothing; it is tried behind the callers' backs until it answers again.
 */
export class CircuitBreaker {
  readonly #probe: () => Promise<unknown>;
  #failures = 0;
  #openUntil = 0;
  #pause = FIRST_PAUSE;
  #probing = false;

  /** @param probe asks the store something cheap; rejects or resolves in bounded time. */
  constructor(probe: () => Promise<unknown>) {
    this.#probe = probe;
  }

  /** Whether the store may be asked. While it may not, a call after each pause sets off one probe. */
  get isClosed(): boolean {
    if (this.#failures < FAILURES) return true;
    if (!this.#probing && now() >= this.#openUntil) this.#tryAgain();
    return false;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#pause = FIRST_PAUSE;
  }

  failed(): void {
    if (++this.#failures === FAILURES) this.#openUntil = now() + this.#pause;
  }

  #tryAgain(): void {
    this.#probing = true;
    const again = (): void => {
      this.#pause = Math.min(this.#pause * 1.5, LONGEST_PAUSE);
      this.#openUntil = now() + this.#pause;
    };
    // A driver may throw at once.
    void Promise.resolve()
      .then(this.#probe)
      .then(() => this.succeeded(), again)
      .finally(() => (this.#probing = false));
  }
}
