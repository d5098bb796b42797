import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { newFolder } from "./folders.ts";
import { reservePort, type Port } from "./ports.ts";
import { findProgram, type Program } from "./programs.ts";
import { reap, reapFolder } from "./reaper.ts";
import type { Server, ServerState } from "./types.ts";
import { until } from "./until.ts";

/** A port and a folder, which a server keeps from its first start until it is stopped. */
export interface Place {
  readonly port: Port;
  readonly folder: string;
}

export async function newPlace(name: string): Promise<Place> {
  const port = await reservePort();
  const folder = newFolder(name);
  reapFolder(folder);
  return { port, folder };
}

/** What servers of all kinds have in common: one child process, started again and again in one place. */
export abstract class ServerProcess implements Server {
  readonly host = "127.0.0.1";
  readonly port: number;
  readonly address: string;
  protected readonly folder: string;
  readonly #program: Program;
  readonly #place: Place;
  #child: ChildProcess | undefined;
  #forget: (() => void) | undefined;
  #paused = false;

  constructor(program: Program, place: Place) {
    this.#program = program;
    this.#place = place;
    this.folder = place.folder;
    this.port = place.port.number;
    this.address = `${this.host}:${this.port}`;
  }

  /** What the program is called with. */
  protected abstract args(): readonly string[];

  /** Whether the program answers now. */
  protected abstract answers(): Promise<boolean>;

  get state(): ServerState {
    if (!this.#child) return "down";
    return this.#paused ? "paused" : "running";
  }

  /** Starts the program, with some arguments more than usual; resolves when it `answers`, or as said. */
  protected async launch(more: readonly string[] = [], answers = () => this.answers()): Promise<void> {
    if (this.#child) throw new Error(`${this.#program} on port ${this.port} runs already`);
    const file = findProgram(this.#program);
    if (!file) throw new Error(`there is no ${this.#program}: call ensurePrograms() first`);

    const log = openSync(join(this.folder, "log"), "a");
    const child = spawn(file, [...this.args(), ...more], {
      cwd: this.folder,
      stdio: ["ignore", log, log],
      // A process group of its own: Ctrl-C is for the tests, which then end their servers.
      detached: true,
    });
    closeSync(log);
    child.unref();
    this.#child = child;
    this.#forget = child.pid === undefined ? undefined : reap(child.pid);
    const gone = (): void => {
      if (this.#child !== child) return;
      this.#forget?.();
      this.#child = undefined;
      this.#paused = false;
    };
    child.once("exit", gone).once("error", gone);
    const started = await until(
      `${this.#program} answers on port ${this.port}`,
      // A child that has ended will never answer: no need to wait until time is over.
      async () => (this.#child !== child ? "ended" : (await answers()) ? "answers" : undefined),
      { every: 3 },
    );
    if (started === "ended") throw new Error(`${this.#program} did not start:\n${this.#lastWords()}`);
  }

  #lastWords(): string {
    return readFileSync(join(this.folder, "log"), "utf8").trim().split("\n").slice(-5).join("\n");
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    // Nothing else may be left to do in this process, and this is to be waited for.
    child.ref();
    child.kill("SIGKILL");
    await gone;
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
    this.#place.port.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/** Signals arrive a moment after they are sent. Where the kernel does not tell by /proc, that is believed. */
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

/** Starts several servers at once; if one does not start, stops those that did. */
export async function startAll<T extends Server>(starting: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(starting);
  const started = results.filter((result) => result.status === "fulfilled").map(({ value }) => value);
  const failed = results.find((result) => result.status === "rejected");
  if (!failed) return started;
  await stopAll(started);
  throw failed.reason;
}
