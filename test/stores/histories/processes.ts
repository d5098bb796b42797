/** Starts, stops and kills the processes of the histories. */
import { fork, type ChildProcess } from "node:child_process";
import type { RemoteCacheOptions } from "../../../runtime/cache/options.ts";
import { machineTime } from "./clock.ts";

/** What a process does. */
export interface Plan {
  readonly program: "functions" | "keys";
  readonly location: {
    readonly kind: "redis" | "memcached" | "keyv";
    readonly options: RemoteCacheOptions & {
      readonly port?: number;
      readonly servers?: string;
      readonly folder?: string;
      /** How often an operation of a Keyv adapter is slow or fails, from 0 to 1. */
      readonly faults?: number;
    };
  };
  readonly seed: number;
  /** The number of the process, and how often it was started. */
  readonly process: number;
  readonly generation: number;
  /** Operations that run at once. */
  readonly clients: number;
  /** When the last operation begins, by `machineTime()`. */
  readonly until: number;
}

type Message = { readonly ready: true } | { readonly done: true } | { readonly entries: readonly unknown[] };

/** The fewest operations of a client: a busy machine may take until the end of the plan to start the process. */
export const MIN_OPERATIONS = 25;

/** How long operations may take to end. */
const HANG_MS = 20_000;

/** One process. It works from its start on. */
export class Worker {
  readonly entries: unknown[] = [];
  /** Whether all operations have ended, or the process was killed. */
  readonly ended: Promise<boolean>;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #isStopped = false;

  constructor(file: string, plan: Plan, clockShiftMs: number) {
    const env = { ...process.env, CLOCK_SHIFT_MS: `${clockShiftMs}` };
    this.#child = fork(file, { stdio: ["ignore", "ignore", "inherit", "ipc"], env });
    this.#exited = new Promise((resolve) => this.#child.once("exit", resolve));
    this.ended = new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), plan.until - machineTime() + HANG_MS);
      const settle = (): void => {
        clearTimeout(timer);
        resolve(true);
      };
      void this.#exited.then(settle);
      this.#child.on("message", (message: Message) => {
        if ("ready" in message) this.#child.send(plan);
        else if ("done" in message) settle();
        else this.entries.push(...message.entries);
      });
    });
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Stops the process until {@link go}, like a machine that is overloaded. */
  stop(): void {
    this.#isStopped = this.#child.kill("SIGSTOP");
  }

  go(): void {
    this.#child.kill("SIGCONT");
    this.#isStopped = false;
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }
}
