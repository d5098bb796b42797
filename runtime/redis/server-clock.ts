/** Microseconds for which the best sample stands: clocks drift, and servers' clocks are set. */
const SAMPLE_LASTS = 10_000_000;

/**
 * What the clock of a server shows, from this process's point of view, for one server or each node of a cluster.
 *
 * A server's time that arrived at `t` was read before `t`, so the server's clock is ahead of ours by no less than
 * the difference of the two (Cristian, "Probabilistic Clock Synchronization"). With that bound a moment of ours
 * becomes one that is no later on the server's clock: a run seems to have begun a little early, never late, and
 * one that began after an answer had arrived never seems to have begun before that answer was made.
 */
export class ServerClocks {
  readonly #samples = new Map<string, { ahead: number; at: number }>();

  /** Our clock in microseconds; it never goes back. */
  static now(): number {
    return Math.round(performance.now() * 1000);
  }

  /** Takes note of a server's time, in microseconds, at the moment when it arrives. */
  learn(node: string, time: number): void {
    const at = ServerClocks.now();
    const best = this.#samples.get(node);
    const ahead = time - at;
    if (!best || ahead > best.ahead || at - best.at > SAMPLE_LASTS) this.#samples.set(node, { ahead, at });
  }

  /** A moment of ours on the server's clock; `undefined` as long as nothing is known of that. */
  onServer(node: string, moment: number): number | undefined {
    const best = this.#samples.get(node);
    return best && moment + best.ahead;
  }

  forget(): void {
    this.#samples.clear();
  }
}
