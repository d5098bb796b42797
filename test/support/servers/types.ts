/** `paused`: alive, and silent. */
export type ServerState = "running" | "paused" | "down";

/** One server program on a loopback port that stays the same over kills and restarts. */
export interface Server {
  readonly host: "127.0.0.1";
  readonly port: number;
  /** `127.0.0.1:6379`: what a list of servers holds. */
  readonly address: string;
  readonly state: ServerState;
  /** Ends the program as `kill -9` does; resolves when it is gone. */
  kill(): Promise<void>;
  /** Kills the program if it runs and starts it on the same port; resolves when it answers. */
  restart(): Promise<void>;
  /** Stops the program as SIGSTOP does: connections are taken by the kernel, and nothing is ever answered. */
  pause(): Promise<void>;
  /** Lets a paused program go on; resolves when it answers. */
  resume(): Promise<void>;
  /** Ends the program, removes its folder and gives its port back. Idempotent. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Why Redis refuses a write: it is a replica, it is full, it has no replica to copy the write to. */
export type Refusal = "READONLY" | "OOM" | "NOREPLICAS";

export interface RedisServer extends Server {
  /** `redis://127.0.0.1:6379` */
  readonly url: string;
  /** Runs one command on a connection of its own; rejects with the server's error. */
  command(...args: (string | number)[]): Promise<unknown>;
  /** With `keepData`, what it holds is there again after the next start; else the next start is empty. */
  kill(options?: { keepData?: boolean }): Promise<void>;
  restart(options?: { keepData?: boolean }): Promise<void>;
  /** Starts it again with its data and resolves while it answers `-LOADING`; it does so until `finishLoading`. */
  restartLoading(): Promise<void>;
  /** Ends what `restartLoading` began; resolves when it answers. */
  finishLoading(): Promise<void>;
  /** Answers writes with this error until `acceptWrites` or the next start; reads go on. Not in a cluster. */
  refuseWrites(refusal: Refusal): Promise<void>;
  acceptWrites(): Promise<void>;
}

export interface RedisOptions {
  /** Lines of redis.conf over the defaults of the tests: `{ maxmemory: "10mb" }`. */
  readonly config?: Readonly<Record<string, string | number>>;
}

export interface RedisCluster {
  /** Three masters, then their replicas in the same order (as it was at the start). */
  readonly nodes: readonly RedisServer[];
  /** The nodes as ioredis wants them. */
  readonly addresses: readonly { host: string; port: number }[];
  /** The node that serves this key's slot, once the cluster is settled. */
  masterOf(key: string): Promise<RedisServer>;
  replicaOf(key: string): Promise<RedisServer>;
  /** Resolves when all running nodes know each other, agree on who serves what, and replicas are linked. */
  settled(): Promise<void>;
  /** Kills the master of this key; resolves with the node that took over, when all others know it. */
  failover(key: string): Promise<RedisServer>;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface ClusterOptions extends RedisOptions {
  /** Milliseconds until a silent node counts as failed; 1000 if left out. */
  readonly nodeTimeout?: number;
}

export interface RedisSentinel {
  /** The name of the master that the sentinels watch. */
  readonly name: string;
  /** The sentinels as ioredis wants them. */
  readonly addresses: readonly { host: string; port: number }[];
  readonly sentinels: readonly RedisServer[];
  /** The master and the replica (as it was at the start). */
  readonly nodes: readonly RedisServer[];
  /** The node that all running sentinels call the master, once they agree. */
  master(): Promise<RedisServer>;
  /** Resolves when all running sentinels know each other and every running node, and replicas are linked. */
  settled(): Promise<void>;
  /** Kills the master; resolves with the node that took over, when all sentinels know it. */
  failover(): Promise<RedisServer>;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface MemcachedServer extends Server {
  /** Sends one line of the text protocol and resolves with the lines of the answer. */
  command(line: string): Promise<string[]>;
}

export interface Memcached {
  readonly nodes: readonly MemcachedServer[];
  /** `127.0.0.1:20001,127.0.0.1:20002`: what memjs wants. */
  readonly servers: string;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface MemcachedOptions {
  /** More of memcached's arguments: `["-m", "1"]`. */
  readonly args?: readonly string[];
}
