/** `paused`: alive, but it does not answer. */
export type ServerState = "running" | "paused" | "down";

/** One server program. Its port stays the same when it is killed and restarted. */
export interface Server {
  readonly host: "127.0.0.1";
  readonly port: number;
  /** `127.0.0.1:6379`: an element of a list of servers. */
  readonly address: string;
  readonly state: ServerState;
  /** Ends the program like `kill -9`; resolves when it has ended. */
  kill(): Promise<void>;
  /** Kills the program if it runs and starts it on the same port; resolves when it answers. */
  restart(): Promise<void>;
  /** Stops the program like SIGSTOP: the kernel accepts connections, but no request is answered. */
  pause(): Promise<void>;
  /** Resumes a paused program; resolves when it answers. */
  resume(): Promise<void>;
  /** Ends the program, removes its folder and releases its port. Idempotent. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Why Redis refuses a write: it is a replica, its memory is full, or too few replicas would get the write.
 */
export type Refusal = "READONLY" | "OOM" | "NOREPLICAS";

export interface RedisServer extends Server {
  /** `redis://127.0.0.1:6379` */
  readonly url: string;
  /** Runs one command on a new connection; rejects with the server's error. */
  command(...args: (string | number)[]): Promise<unknown>;
  /** With `keepData`, the next start loads the data; otherwise the next start is empty. */
  kill(options?: { keepData?: boolean }): Promise<void>;
  restart(options?: { keepData?: boolean }): Promise<void>;
  /** Restarts it with its data; resolves while it answers `-LOADING`, which lasts until `finishLoading`. */
  restartLoading(): Promise<void>;
  /** Lets the loading end; resolves when it answers. */
  finishLoading(): Promise<void>;
  /** Answers writes with this error until `acceptWrites` or the next start; reads work. Not for a cluster. */
  refuseWrites(refusal: Refusal): Promise<void>;
  acceptWrites(): Promise<void>;
}

export interface RedisOptions {
  /** Lines of redis.conf that override the defaults of the tests: `{ maxmemory: "10mb" }`. */
  readonly config?: Readonly<Record<string, string | number>>;
}

export interface RedisCluster {
  /** Three masters, then their replicas in the same order (as at the start). */
  readonly nodes: readonly RedisServer[];
  /** The nodes in the form that ioredis takes. */
  readonly addresses: readonly { host: string; port: number }[];
  /** The node that serves the slot of this key. Waits until the cluster is settled. */
  masterOf(key: string): Promise<RedisServer>;
  replicaOf(key: string): Promise<RedisServer>;
  /** Resolves when all running nodes know each other and agree on the slots, and the replicas are linked. */
  settled(): Promise<void>;
  /** Kills the master of this key; resolves with the new master when all other nodes know it. */
  failover(key: string): Promise<RedisServer>;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface ClusterOptions extends RedisOptions {
  /** Milliseconds without an answer until a node counts as failed; default 1000. */
  readonly nodeTimeout?: number;
}

export interface RedisSentinel {
  /** The name of the master that the sentinels watch. */
  readonly name: string;
  /** The sentinels in the form that ioredis takes. */
  readonly addresses: readonly { host: string; port: number }[];
  readonly sentinels: readonly RedisServer[];
  /** The master and the replica (as at the start). */
  readonly nodes: readonly RedisServer[];
  /** The node that all running sentinels report as the master, when they agree. */
  master(): Promise<RedisServer>;
  /**
   * Resolves when all running sentinels know each other and every running node, and the replicas are linked.
   */
  settled(): Promise<void>;
  /** Kills the master; resolves with the new master when all sentinels know it. */
  failover(): Promise<RedisServer>;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface MemcachedServer extends Server {
  /** Sends one line of the text protocol and resolves with the lines of the reply. */
  command(line: string): Promise<string[]>;
}

export interface Memcached {
  readonly nodes: readonly MemcachedServer[];
  /** `127.0.0.1:20001,127.0.0.1:20002`: the form that memjs takes. */
  readonly servers: string;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface MemcachedOptions {
  /** Additional arguments of memcached: `["-m", "1"]`. */
  readonly args?: readonly string[];
}
