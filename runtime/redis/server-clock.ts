import { performance } from "../platform/real-timers.ts";

/** Microseconds after which the best sample is replaced: clocks drift, and servers' clocks get adjusted. */
const MAX_SAMPLE_AGE_US = 10_000_000;

/**
 * Converts times of this process to the clock of a server, or of each node of a cluster.
 *
 * A server's time that arrives at `t` was read before `t`, so the server's clock is ahead of ours by at least the
 * difference (Cristian, "Probabilistic Clock Synchronization"). With this lower bound, a converted time is never later
 * than the true one: a run seems to have begun a little early, never late. A run that began after a reply arrived
 * never seems to have begun before the server made that reply.
 */
export class ServerClocks {
  readonly #samples = new Map<string, { ahead: number; at: number }>();

  /** The clock of this process in microseconds. It never goes back. */
  static now(): number {
    return Math.round(performance.now() * 1000);
  }

  /** Records a server's time, in microseconds, when it arrives. */
  learn(node: string, time: number): void {
    const at = ServerClocks.now();
    const best = this.#samples.get(node);
    const ahead = time - at;
    if (!best || ahead > best.ahead || at - best.at > MAX_SAMPLE_AGE_US)
      this.#samples.set(node, { ahead, at });
  }

  /** Converts a time of this process to the server's clock; `undefined` before the first sample. */
  onServer(node: string, time: number): number | undefined {
    const best = this.#samples.get(node);
    return best && time + best.ahead;
  }

  forget(): void {
    this.#samples.clear();
  }
}
