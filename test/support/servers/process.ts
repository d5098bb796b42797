/** Starts, kills, pauses and restarts a server program. */
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { newFolder } from "./folders.ts";
import { reservePort, type Port } from "./ports.ts";
import { findProgram, type Program } from "./programs.ts";
import { reap, reapFolder } from "./reaper.ts";
import type { Server, ServerState } from "./types.ts";
import { until } from "./until.ts";

/** The port and the folder of a server, from its first start until it is stopped. */
export interface Allocation {
  readonly port: Port;
  readonly folder: string;
}

export async function allocate(name: string): Promise<Allocation> {
  const port = await reservePort();
  const folder = newFolder(name);
  reapFolder(folder);
  return { port, folder };
}

/** Base class of all servers: one child process that can be restarted with the same port and folder. */
export abstract class ServerProcess implements Server {
  readonly host = "127.0.0.1";
  readonly port: number;
  readonly address: string;
  protected readonly folder: string;
  readonly #program: Program;
  readonly #allocation: Allocation;
  #child: ChildProcess | undefined;
  #unreap: (() => void) | undefined;
  #paused = false;

  constructor(program: Program, allocation: Allocation) {
    this.#program = program;
    this.#allocation = allocation;
    this.folder = allocation.folder;
    this.port = allocation.port.number;
    this.address = `${this.host}:${this.port}`;
  }

  /** The arguments of the program. */
  protected abstract args(): readonly string[];

  /** Whether the program answers now. */
  protected abstract answers(): Promise<boolean>;

  get state(): ServerState {
    if (!this.#child) return "down";
    return this.#paused ? "paused" : "running";
  }

  /** Starts the program with extra arguments; resolves when it answers. */
  protected async launch(extraArgs: readonly string[] = [], answers = () => this.answers()): Promise<void> {
    if (this.#child) throw new Error(`${this.#program} on port ${this.port} runs already`);
    const file = findProgram(this.#program);
    if (!file) throw new Error(`there is no ${this.#program}: call ensurePrograms() first`);

    const log = openSync(join(this.folder, "log"), "a");
    const child = spawn(file, [...this.args(), ...extraArgs], {
      cwd: this.folder,
      stdio: ["ignore", log, log],
      // In its own process group, so that Ctrl-C ends only the tests, which then end their servers.
      detached: true,
    });
    closeSync(log);
    child.unref();
    this.#child = child;
    this.#unreap = child.pid === undefined ? undefined : reap(child.pid);
    const onExit = (): void => {
      if (this.#child !== child) return;
      this.#unreap?.();
      this.#child = undefined;
      this.#paused = false;
    };
    child.once("exit", onExit).once("error", onExit);
    const started = await until(
      `${this.#program} answers on port ${this.port}`,
      // A child that has ended never answers; do not wait for the timeout.
      async () => (this.#child !== child ? "ended" : (await answers()) ? "answers" : undefined),
      { every: 3 },
    );
    if (started === "ended") throw new Error(`${this.#program} did not start:\n${this.#logTail()}`);
  }

  #logTail(): string {
    return readFileSync(join(this.folder, "log"), "utf8").trim().split("\n").slice(-5).join("\n");
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    const onExit = new Promise((resolve) => child.once("exit", resolve));
    // Without `ref` this process could end before the child has.
    child.ref();
    child.kill("SIGKILL");
    await onExit;
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.launch();
  }

  async pause(): Promise<void> {
    if (this.state !== "running") throw new Error(`cannot pause: ${this.address} is ${this.state}`);
    const child = this.#child!;
    child.kill("SIGSTOP");
    this.#paused = true;
    await until(`process ${child.pid} is stopped`, () => isStopped(child.pid!));
  }

  async resume(): Promise<void> {
    if (this.state !== "paused") throw new Error(`cannot resume: ${this.address} is ${this.state}`);
    this.#child!.kill("SIGCONT");
    this.#paused = false;
    await until(`${this.address} answers again`, () => this.answers());
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
    this.#allocation.port.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/** Whether a process has received SIGSTOP. Without /proc it is assumed. */
function isStopped(pid: number): boolean {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return true;
  }
  return stat.slice(stat.lastIndexOf(")") + 2).startsWith("T");
}

/** Stops several servers at once. */
export async function stopAll(servers: readonly Server[]): Promise<void> {
  await Promise.all(servers.map((server) => server.stop()));
}

/** Starts several servers at once. If one fails, stops the others. */
export async function startAll<T extends Server>(starting: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(starting);
  const started = results.filter((result) => result.status === "fulfilled").map(({ value }) => value);
  const failed = results.find((result) => result.status === "rejected");
  if (!failed) return started;
  await stopAll(started);
  throw failed.reason;
}
