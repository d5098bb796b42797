import type { Driver, Following } from "../contract/driver.ts";
import { memoryTime } from "../platform/clock.ts";
import { random, randomId } from "../platform/random.ts";
import { clearTimeout, setTimeout } from "../platform/real-timers.ts";
import { unref } from "../platform/timer.ts";

export interface FollowerEvents {
  onChange(keys: readonly string[] | undefined): void;
  /** From now on, changes are reported. */
  onFollowing(): void;
  /** All changes that were made before a time, in the time of memory, have been reported. */
  onProof(time: number): void;
  onLost(): void;
  /** The store does not report changes. */
  onRefused(error: Error): void;
}

/** Checks of the connection in the time of one `lag`: entries are served while one check is late. */
const CHECKS_PER_LAG = 4;
/** A connection that has not answered a check for this long, or for `lag`, is replaced. */
const SILENT_MS = 2000;
/** Pauses before attempts to follow: they double. */
const MIN_PAUSE_MS = 50;
const MAX_PAUSE_MS = 1000;
/** Up to this part of a pause is left out by chance, so that the processes of a server that was lost do not return at once. */
const JITTER = 0.5;
/** Pause after the store has refused to report changes. */
const REFUSED_PAUSE_MS = 30_000;

/** Follows the changes of a store: begins again when the connection is lost, and checks that it is alive. */
export class Follower {
  readonly #store: { readonly driver: Driver; readonly scope: string | Promise<string> };
  readonly #lag: number;
  readonly #events: FollowerEvents;
  #following: Following | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #attempts = 0;
  #state: "idle" | "on" | "stopped" = "idle";
  /** The number of checks since the last answer. */
  #unanswered = 0;

  constructor(
    store: { readonly driver: Driver; readonly scope: string | Promise<string> },
    lag: number,
    events: FollowerEvents,
  ) {
    this.#store = store;
    this.#lag = lag;
    this.#events = events;
  }

  /** Begins; at the second call does nothing. */
  start(): void {
    if (this.#state !== "idle") return;
    this.#state = "on";
    void this.#follow();
  }

  stop(): void {
    this.#state = "stopped";
    clearTimeout(this.#timer);
    this.#following?.stop?.();
  }

  async #follow(): Promise<void> {
    const began = memoryTime();
    const connection: { following?: Following | undefined; isOver: boolean } = { isOver: false };
    const lost = (): void => {
      if (connection.isOver) return;
      connection.isOver = true;
      this.#lost(connection.following);
    };
    const onChange = (keys: readonly string[] | undefined): void => {
      if (!connection.isOver) this.#events.onChange(keys);
    };
    try {
      const probe = `${await this.#store.scope}n:${randomId()}`;
      connection.following = await this.#store.driver.follow!(onChange, lost, { probe });
    } catch (error) {
      if (connection.isOver) return;
      connection.isOver = true;
      const isRefused = Boolean((error as { refused?: unknown }).refused);
      if (isRefused) this.#events.onRefused(error as Error);
      this.#again(isRefused ? REFUSED_PAUSE_MS : undefined);
      return;
    }
    const { following, isOver } = connection;
    if (isOver || this.#state === "stopped") return following?.stop?.();
    this.#following = following;
    this.#attempts = 0;
    this.#events.onFollowing();
    this.#events.onProof(following?.check ? began : Infinity);
    if (following?.check) this.#checkLater(following, lost);
  }

  /** Does nothing if the connection was lost meanwhile: `check` may report that before it returns. */
  #checkLater(following: Following, lost: () => void): void {
    if (this.#following !== following) return;
    const pause = this.#lag / CHECKS_PER_LAG;
    this.#setTimer(() => {
      const time = memoryTime();
      // Counted, not timed: a busy process reads late, and that is no failure of the connection.
      if (this.#unanswered++ * pause > Math.max(this.#lag, SILENT_MS)) return lost();
      following.check!().then(() => {
        this.#unanswered = 0;
        if (this.#following === following) this.#events.onProof(time);
      }, lost);
      this.#checkLater(following, lost);
    }, pause);
  }

  #lost(following: Following | undefined): void {
    this.#following = undefined;
    this.#unanswered = 0;
    following?.stop?.();
    if (this.#state === "stopped") return;
    this.#events.onLost();
    this.#again();
  }

  #again(pause = Math.min(MIN_PAUSE_MS * 2 ** this.#attempts++, MAX_PAUSE_MS)): void {
    if (this.#state !== "stopped") this.#setTimer(() => void this.#follow(), pause * (1 - JITTER * random()));
  }

  #setTimer(run: () => void, pause: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(run, pause);
    unref(this.#timer);
  }
}
