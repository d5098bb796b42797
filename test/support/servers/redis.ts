import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import { exchange } from "./exchange.ts";
import { newPlace, ServerProcess, type Place } from "./process.ts";
import type { RedisOptions, RedisServer, Refusal } from "./types.ts";
import { until } from "./until.ts";

export type RedisConfig = Readonly<Record<string, string | number>>;

const DEFAULTS: RedisConfig = {
  bind: "127.0.0.1",
  dir: ".",
  save: '""',
  appendonly: "no",
  "repl-diskless-sync": "yes",
  "repl-diskless-sync-delay": 0,
};

/** Enough keys, loaded slowly enough, that a test which wants to see `-LOADING` has ten seconds for it. */
const FILLERS = 2000;
const SLOW_LOADING = ["--key-load-delay", "5000", "--loading-process-events-interval-bytes", "1024"];

/**
 * Starts an empty `redis-server` that keeps nothing on disk.
 *
 * @example
 * await using redis = await startRedis({ config: { maxmemory: "10mb" } });
 * await redis.command("SET", "a", 1); // "OK"
 */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  return startNode(await newPlace("redis"), { config: options.config ?? {} });
}

export interface NodeStart {
  /** Lines of redis.conf over the defaults. */
  readonly config: RedisConfig;
  /** Lines behind those, as they stand. */
  readonly lines?: readonly string[];
  readonly args?: readonly string[];
}

/** Starts a server of a kind: standalone, node of a cluster, sentinel. */
export async function startNode(place: Place, start: NodeStart): Promise<RedisServer> {
  const config = { ...DEFAULTS, port: place.port.number, ...start.config };
  const lines = Object.entries(config).map(([name, value]) => `${name} ${value}`);
  writeFileSync(join(place.folder, "redis.conf"), [...lines, ...(start.lines ?? []), ""].join("\n"));
  const node = new RedisNode(place, start.args ?? []);
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
  readonly #more: readonly string[];
  #dataKept = false;
  /** What takes back the refusals of writes. */
  #undo: (() => Promise<unknown>)[] = [];

  constructor(place: Place, more: readonly string[]) {
    super("redis-server", place);
    this.url = `redis://${this.address}`;
    this.#more = more;
  }

  protected args(): readonly string[] {
    return ["redis.conf", ...this.#more];
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
      // The server's state is what is asked for, so it is not waited for, and nothing is tried twice.
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
      this.#dataKept = keepData;
    }
    await super.kill();
  }

  override async restart({ keepData }: { keepData?: boolean } = {}): Promise<void> {
    if (this.state !== "down") await this.kill({ keepData: keepData ?? false });
    else if (keepData && !this.#dataKept)
      throw new Error("the data went with the kill: kill({ keepData: true })");
    await this.launch();
  }

  protected override async launch(
    more: readonly string[] = [],
    answers: () => Promise<boolean> = () => this.answers(),
  ): Promise<void> {
    // A replica leaves the copy it got from its master on disk: that is no data of ours.
    if (!this.#dataKept) rmSync(join(this.folder, "dump.rdb"), { force: true });
    this.#undo = [];
    await super.launch(more, answers);
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
      // A replica of nobody: what is left of a master that was failed over.
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
