/** Starts Redis servers. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import { exchange } from "./exchange.ts";
import { allocate, ServerProcess, type Allocation } from "./process.ts";
import type { RedisOptions, RedisServer, Refusal } from "./types.ts";
import { until } from "./until.ts";

export type RedisConfig = Readonly<Record<string, string | number>>;

const REDIS_DEFAULTS: RedisConfig = {
  bind: "127.0.0.1",
  dir: ".",
  save: '""',
  appendonly: "no",
  "repl-diskless-sync": "yes",
  "repl-diskless-sync-delay": 0,
};

/** With this many keys, loaded this slowly, a test has ten seconds to observe `-LOADING`. */
const FILLERS = 2000;
const SLOW_LOADING = ["--key-load-delay", "5000", "--loading-process-events-interval-bytes", "1024"];

/**
 * Starts an empty `redis-server` that stores nothing on disk.
 *
 * @example
 * await using redis = await startRedis({ config: { maxmemory: "10mb" } });
 * await redis.command("SET", "a", 1); // "OK"
 */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  return startNode(await allocate("redis"), { config: options.config ?? {} });
}

export interface NodeStart {
  /** Lines of redis.conf that override the defaults. */
  readonly config: RedisConfig;
  /** Lines to append, verbatim. */
  readonly lines?: readonly string[];
  readonly args?: readonly string[];
}

/** Starts one server: standalone, a node of a cluster, or a sentinel. */
export async function startNode(allocation: Allocation, start: NodeStart): Promise<RedisServer> {
  const config = { ...REDIS_DEFAULTS, port: allocation.port.number, ...start.config };
  const lines = Object.entries(config).map(([name, value]) => `${name} ${value}`);
  writeFileSync(join(allocation.folder, "redis.conf"), [...lines, ...(start.lines ?? []), ""].join("\n"));
  const node = new RedisNode(allocation, start.args ?? []);
  try {
    await node.restart();
  } catch (error) {
    await node.stop();
    throw error;
  }
  return node;
}

class RedisNode extends ServerProcess implements RedisServer {
  readonly url: string;
  readonly #extraArgs: readonly string[];
  #hasSavedData = false;
  /** Commands that undo `refuseWrites`. */
  #undo: (() => Promise<unknown>)[] = [];

  constructor(allocation: Allocation, extraArgs: readonly string[]) {
    super("redis-server", allocation);
    this.url = `redis://${this.address}`;
    this.#extraArgs = extraArgs;
  }

  protected args(): readonly string[] {
    return ["redis.conf", ...this.#extraArgs];
  }

  protected async answers(): Promise<boolean> {
    return (await this.#ping()).startsWith("+PONG");
  }

  #ping(): Promise<string> {
    return exchange({ port: this.port, text: "PING\r\n", complete: (answer) => answer.endsWith("\r\n") });
  }

  async command(...args: (string | number)[]): Promise<unknown> {
    const client = new Redis({
      host: this.host,
      port: this.port,
      lazyConnect: true,
      // Tests ask for the state of the server, so do not wait for it to be ready and do not retry.
      enableReadyCheck: false,
      disableClientInfo: true,
      retryStrategy: () => null,
      connectTimeout: 2000,
      commandTimeout: 5000,
    });
    client.on("error", () => undefined);
    try {
      await client.connect();
      const [name, ...rest] = args;
      return await client.call(String(name), ...rest);
    } finally {
      client.disconnect();
    }
  }

  override async kill({ keepData = false }: { keepData?: boolean } = {}): Promise<void> {
    if (this.state !== "down") {
      if (keepData) await this.command("SAVE");
      this.#hasSavedData = keepData;
    }
    await super.kill();
  }

  override async restart({ keepData }: { keepData?: boolean } = {}): Promise<void> {
    if (this.state !== "down") await this.kill({ keepData: keepData ?? false });
    else if (keepData && !this.#hasSavedData)
      throw new Error("The data was not kept. Write kill({ keepData: true }).");
    await this.launch();
  }

  protected override async launch(
    extraArgs: readonly string[] = [],
    answers: () => Promise<boolean> = () => this.answers(),
  ): Promise<void> {
    // A replica leaves the copy of its master's data on disk. It must not be loaded at the next start.
    if (!this.#hasSavedData) rmSync(join(this.folder, "dump.rdb"), { force: true });
    this.#undo = [];
    await super.launch(extraArgs, answers);
  }

  async restartLoading(): Promise<void> {
    await this.command(
      "EVAL",
      `for i = 1, ${FILLERS} do redis.call("SET", "filler:" .. i, string.rep("x", 1024)) end`,
      0,
    );
    await this.kill({ keepData: true });
    await this.launch(SLOW_LOADING, async () => (await this.#ping()).startsWith("-LOADING"));
  }

  async finishLoading(): Promise<void> {
    await this.command("CONFIG", "SET", "key-load-delay", 0);
    await until(`${this.address} has loaded its data`, () => this.answers());
    await this.command("EVAL", `for i = 1, ${FILLERS} do redis.call("DEL", "filler:" .. i) end`, 0);
  }

  async refuseWrites(refusal: Refusal): Promise<void> {
    if (refusal === "READONLY") {
      // A replica without a master: the state of an old master after a failover.
      await this.command("REPLICAOF", this.host, 1);
      this.#undo.push(() => this.command("REPLICAOF", "NO", "ONE"));
    } else if (refusal === "OOM") {
      await this.#set("maxmemory-policy", "noeviction");
      await this.#set("maxmemory", 1);
    } else {
      await this.#set("min-replicas-to-write", 1);
    }
  }

  async #set(name: string, value: string | number): Promise<void> {
    const [, before] = (await this.command("CONFIG", "GET", name)) as [string, string];
    await this.command("CONFIG", "SET", name, value);
    this.#undo.push(() => this.command("CONFIG", "SET", name, before));
  }

  async acceptWrites(): Promise<void> {
    for (const undo of this.#undo.reverse()) await undo();
    this.#undo = [];
  }
}
