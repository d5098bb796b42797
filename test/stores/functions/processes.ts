/** Starts and controls processes that share a store. */
import { fork, type ChildProcess } from "node:child_process";
import type { CachedOptions } from "aotcache";
import type { RemoteCacheOptions } from "../../../runtime/cache/options.ts";
import { bundleWorker, type BundledWorker } from "../../support/bundled-worker.ts";
import { until } from "../../support/servers/until.ts";

/** The store of a process. */
export interface StoreLocation {
  readonly kind: "redis" | "memcached";
  readonly options: RemoteCacheOptions & { readonly url?: string; readonly servers?: string };
}

/** A message to a process. */
export type Order =
  | { readonly do: "define"; readonly location: StoreLocation; readonly options: CachedOptions }
  | { readonly do: "call"; readonly n: number; readonly times: number }
  | { readonly do: "callBatch"; readonly ids: readonly number[] }
  | { readonly do: "peek" | "invalidate"; readonly n: number }
  | { readonly do: "clear" | "written" }
  | { readonly do: "clock"; readonly ms: number }
  | { readonly do: "end"; readonly run: number; readonly value?: string; readonly error?: string };

/** A message from a process: a run has started, or the result of an order. */
export type Report =
  | { readonly run: number; readonly n: number }
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly error: string };

/** A run of the function in some process. */
export interface Run {
  readonly peer: Peer;
  end(value: string): Promise<void>;
  fail(message: string): Promise<void>;
}

/** Another process with a cached function. */
export class Peer {
  readonly runs: Run[] = [];
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (report: Report) => void>();
  #orders = 0;

  constructor(file: string) {
    this.#child = fork(file, { stdio: ["ignore", "ignore", "inherit", "ipc"], serialization: "advanced" });
    this.#child.on("message", (report: Report) => this.#receive(report));
  }

  #receive(report: Report): void {
    if ("id" in report) {
      this.#waiting.get(report.id)!(report);
      this.#waiting.delete(report.id);
      return;
    }
    const { run } = report;
    this.runs.push({
      peer: this,
      end: (value) => this.#send({ do: "end", run, value }),
      fail: (error) => this.#send({ do: "end", run, error }),
    });
  }

  async define(location: StoreLocation, options: CachedOptions): Promise<void> {
    await this.#send({ do: "define", location, options });
    this.runs.length = 0;
  }

  /** Calls the function several times at once; resolves with the distinct results, errors as text. */
  call(n: number, times = 1): Promise<string[]> {
    return this.#send({ do: "call", n, times });
  }

  /** Calls the function with the option `multi`; resolves with the results. */
  callBatch(ids: readonly number[]): Promise<string[]> {
    return this.#send({ do: "callBatch", ids });
  }

  peek(n: number): Promise<string | undefined> {
    return this.#send({ do: "peek", n });
  }

  invalidate(n: number): Promise<boolean> {
    return this.#send({ do: "invalidate", n });
  }

  clear(): Promise<void> {
    return this.#send({ do: "clear" });
  }

  /** Resolves when no write is pending. */
  writesDone(): Promise<void> {
    return this.#send({ do: "written" });
  }

  moveClock(ms: number): Promise<void> {
    return this.#send({ do: "clock", ms });
  }

  /** Ends the process like `kill -9`. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGKILL");
    await exited;
  }

  #send<T>(order: Order): Promise<T> {
    const id = ++this.#orders;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, (report) => {
        if ("answer" in report) resolve(report.answer as T);
        else reject(new Error("error" in report ? report.error : "no answer"));
      });
      this.#child.send({ id, order });
    });
  }
}

/** Processes that share a store. */
export class Peers {
  readonly #worker: BundledWorker;
  #all: Peer[] = [];

  private constructor(worker: BundledWorker) {
    this.#worker = worker;
  }

  static async open(): Promise<Peers> {
    return new Peers(await bundleWorker("test/stores/functions/worker.ts"));
  }

  /** Returns this many processes with the function. Existing ones are reused. */
  async with(count: number, location: StoreLocation, options: CachedOptions): Promise<Peer[]> {
    while (this.#all.length < count) this.#all.push(new Peer(this.#worker.file));
    const peers = this.#all.slice(0, count);
    await Promise.all(peers.map((peer) => peer.define(location, options)));
    return peers;
  }

  /** Kills one of them and removes it. */
  async kill(peer: Peer): Promise<void> {
    this.#all = this.#all.filter((each) => each !== peer);
    await peer.kill();
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((peer) => peer.kill()));
    this.#worker.remove();
  }
}

/** Resolves with the run of this number, in whatever process. */
export function nthRun(peers: readonly Peer[], number: number): Promise<Run> {
  return until(`run ${number} begins`, () => peers.flatMap(({ runs }) => runs)[number - 1]);
}

/** The number of runs in all processes. */
export const runsOf = (peers: readonly Peer[]): number =>
  peers.reduce((sum, { runs }) => sum + runs.length, 0);
