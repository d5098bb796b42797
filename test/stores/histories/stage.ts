/** Runs processes on one store while things go wrong, and returns what they report. */
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { bundleWorker, type BundledWorker } from "../../support/bundled-worker.ts";
import { startProxy, type Proxy } from "../../support/proxy.ts";
import { random } from "../../support/random.ts";
import { startMemcached, startRedis, type Server } from "../../support/servers/index.ts";
import { machineTime } from "./clock.ts";
import { disturb } from "./faults.ts";
import type { Disturbance } from "./history.ts";
import { Worker, type Plan } from "./processes.ts";

export type StoreKind = Plan["location"]["kind"];

const PROCESSES = 4;
/** How the wall clocks of the processes differ. */
const CLOCK_SHIFTS_MS = [0, -3_600_000, 3_600_000, 1_800_000];

/** What one round of processes does. */
export interface Round {
  readonly program: Plan["program"];
  readonly seed: number;
  readonly seconds: number;
  readonly hasFaults: boolean;
  readonly clients: number;
  /** Whether the wall clocks of the processes differ by up to two hours. */
  readonly shiftsClocks: boolean;
  /** Whether processes are killed, and the server is restarted. */
  readonly mayLose: boolean;
}

export interface Outcome {
  readonly entries: readonly unknown[];
  readonly disturbances: readonly Disturbance[];
  /** Processes with operations that did not end. */
  readonly hanging: readonly number[];
}

/** One store, and a proxy in front of it for each process. */
export class Stage {
  readonly #kind: StoreKind;
  readonly #worker: BundledWorker;
  readonly #server: Server | undefined;
  readonly #proxies: readonly Proxy[];

  private constructor(kind: StoreKind, worker: BundledWorker, server: Server | undefined, proxies: Proxy[]) {
    this.#kind = kind;
    this.#worker = worker;
    this.#server = server;
    this.#proxies = proxies;
  }

  static async open(kind: StoreKind): Promise<Stage> {
    const worker = await bundleWorker("test/stores/histories/worker.ts");
    let server: Server | undefined;
    if (kind === "redis") server = await startRedis();
    // With several threads, as by default: commands of two clients interleave.
    else if (kind === "memcached") server = (await startMemcached(1, { args: ["-t", "4"] })).nodes[0]!;
    const proxies: Proxy[] = [];
    for (let i = 0; server && i < PROCESSES; i++) proxies.push(await startProxy(server));
    return new Stage(kind, worker, server, proxies);
  }

  async run(round: Round): Promise<Outcome> {
    const { program, seed, seconds, hasFaults, clients } = round;
    const until = machineTime() + seconds * 1000;
    const folder = mkdtempSync(join(this.#worker.folder, "files-"));
    const entries: unknown[] = [];
    const all: { readonly index: number; readonly worker: Worker }[] = [];
    const workers: Worker[] = [];
    let generation = 0;
    const start = (index: number): void => {
      const plan: Plan = {
        ...{ program, process: index, clients, until, generation: ++generation },
        seed: seed * 1000 + generation,
        location: { kind: this.#kind, options: this.#optionsOf(round, index, folder) },
      };
      const shift = round.shiftsClocks ? CLOCK_SHIFTS_MS[index]! : 0;
      const worker = (workers[index] = new Worker(this.#worker.file, plan, shift));
      all.push({ index, worker });
    };
    for (let index = 0; index < PROCESSES; index++) start(index);
    const disturbances = hasFaults
      ? await disturb(
          {
            ...{ workers, proxies: this.#proxies, server: this.#server, mayLose: round.mayLose },
            respawn: start,
          },
          random(seed),
          until,
        )
      : [];
    const ended = await Promise.all(all.map(({ worker }) => worker.ended));
    await Promise.all(all.map(({ worker }) => worker.kill()));
    for (const { worker } of all) for (const entry of worker.entries) entries.push(entry);
    return { entries, disturbances, hanging: all.flatMap(({ index }, i) => (ended[i] ? [] : [index])) };
  }

  #optionsOf({ seed, hasFaults }: Round, index: number, folder: string): Plan["location"]["options"] {
    const namespace = `histories${seed}`;
    if (this.#kind === "keyv") return { namespace, folder, faults: hasFaults ? 0.02 : 0.001 };
    const { port } = this.#proxies[index]!;
    const where = this.#kind === "redis" ? { port } : { servers: `127.0.0.1:${port}` };
    return { namespace, lease: "400ms", ...where };
  }

  async close(): Promise<void> {
    await Promise.all(this.#proxies.map((proxy) => proxy.close()));
    await this.#server?.stop();
    this.#worker.remove();
  }
}
