/** Starts a Redis master, a replica and three sentinels. */
import { randomBytes } from "node:crypto";
import { allocate, startAll, stopAll, type Allocation } from "./process.ts";
import { startNode } from "./redis.ts";
import type { RedisOptions, RedisSentinel, RedisServer } from "./types.ts";
import { until } from "./until.ts";

const MASTER_NAME = "main";
const SETTLE_TIMEOUT = { within: 30_000, every: 20 };

/**
 * Intervals of the sentinels in milliseconds; with the defaults a failover takes ten times as long. A replica
 * is eligible if it answered within five ping periods, and it is asked every second regardless of the other
 * values, so the ping period must be well above 200.
 */
const SENTINEL_INTERVALS = [
  ...["INFO-PERIOD", 200, "PING-PERIOD", 400, "ASK-PERIOD", 100, "PUBLISH-PERIOD", 200],
  ...["ELECTION-TIMEOUT", 1000],
];

/**
 * Milliseconds without an answer until each sentinel considers the master down. With equal values, all three
 * sometimes start an election at once, each votes for itself, and the failover takes four seconds more. So
 * one is later, and its vote is free.
 */
const DOWN_AFTER_MS = [500, 500, 1500];

/**
 * Starts a Redis master and a replica, and three sentinels that watch them. Two sentinels are enough for a
 * failover.
 *
 * @example
 * await using redis = await startSentinel();
 * const client = new Redis({ sentinels: [...redis.addresses], name: redis.name });
 * await redis.failover();
 */
export async function startSentinel(options: RedisOptions = {}): Promise<RedisSentinel> {
  const config = options.config ?? {};
  const master = await startNode(await allocate("master"), { config });
  const started = [master];
  try {
    const replicaof = `replicaof 127.0.0.1 ${master.port}`;
    const replica = await startNode(await allocate("replica"), { config, lines: [replicaof] });
    started.push(replica);
    const sentinels = await startSentinels(master, replica);
    started.push(...sentinels);
    const group = new SentinelGroup([master, replica], sentinels);
    await group.settled();
    return group;
  } catch (error) {
    await stopAll(started);
    throw error;
  }
}

async function startSentinels(master: RedisServer, replica: RedisServer): Promise<RedisServer[]> {
  const allocations = await Promise.all(DOWN_AFTER_MS.map(() => allocate("sentinel")));
  const ids = allocations.map(() => randomBytes(20).toString("hex"));
  const sentinels = await startAll(
    allocations.map((allocation, me) => {
      const lines = [
        `sentinel myid ${ids[me]}`,
        `sentinel monitor ${MASTER_NAME} 127.0.0.1 ${master.port} 2`,
        `sentinel down-after-milliseconds ${MASTER_NAME} ${DOWN_AFTER_MS[me]}`,
        `sentinel failover-timeout ${MASTER_NAME} 2000`,
        // They would discover these by themselves; this saves the wait.
        `sentinel known-replica ${MASTER_NAME} 127.0.0.1 ${replica.port}`,
        ...others(allocations, me).map((other) => {
          return `sentinel known-sentinel ${MASTER_NAME} 127.0.0.1 ${allocations[other]!.port.number} ${ids[other]}`;
        }),
      ];
      return startNode(allocation, { config: {}, lines, args: ["--sentinel"] });
    }),
  );
  await Promise.all(
    sentinels.map((sentinel) => sentinel.command("SENTINEL", "DEBUG", ...SENTINEL_INTERVALS)),
  );
  return sentinels;
}

function others(allocations: readonly Allocation[], me: number): number[] {
  return [...allocations.keys()].filter((index) => index !== me);
}

class SentinelGroup implements RedisSentinel {
  readonly name = MASTER_NAME;
  readonly nodes: readonly RedisServer[];
  readonly sentinels: readonly RedisServer[];
  readonly addresses: readonly { host: string; port: number }[];

  constructor(nodes: readonly RedisServer[], sentinels: readonly RedisServer[]) {
    this.nodes = nodes;
    this.sentinels = sentinels;
    this.addresses = sentinels.map(({ host, port }) => ({ host, port }));
  }

  async settled(): Promise<void> {
    await this.master();
  }

  master(): Promise<RedisServer> {
    return until("the sentinels agree", () => this.#agreement(), SETTLE_TIMEOUT);
  }

  async #agreement(): Promise<RedisServer | undefined> {
    const [nodes, sentinels] = [this.nodes, this.sentinels].map((all) => {
      return all.filter((node) => node.state === "running");
    }) as [RedisServer[], RedisServer[]];
    const ports = await Promise.all(sentinels.map(masterSeenBy));
    const master = nodes.find(({ port }) => ports.every((seen) => seen === port));
    if (!master) return undefined;
    const replicas = nodes.filter((node) => node !== master);
    const seen = await Promise.all(sentinels.map((sentinel) => linkedReplicas(sentinel)));
    const listed = seen.every((linked) => replicas.every(({ port }) => linked.has(port)));
    return listed && (await isMasterOf(master, replicas.length)) ? master : undefined;
  }

  async failover(): Promise<RedisServer> {
    await (await this.master()).kill();
    return this.master();
  }

  stop(): Promise<void> {
    return stopAll([...this.sentinels, ...this.nodes]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/** The port of the master, or `undefined` while the sentinel considers it down or has no quorum. */
async function masterSeenBy(sentinel: RedisServer): Promise<number | undefined> {
  const master = fields((await sentinel.command("SENTINEL", "MASTER", MASTER_NAME)) as string[]);
  await sentinel.command("SENTINEL", "CKQUORUM", MASTER_NAME);
  return master.get("flags") === "master" ? Number(master.get("port")) : undefined;
}

async function linkedReplicas(sentinel: RedisServer): Promise<Set<number>> {
  const replicas = (await sentinel.command("SENTINEL", "REPLICAS", MASTER_NAME)) as string[][];
  const linked = replicas
    .map(fields)
    .filter((of) => of.get("flags") === "slave" && of.get("master-link-status") === "ok");
  return new Set(linked.map((of) => Number(of.get("port"))));
}

async function isMasterOf(node: RedisServer, replicas: number): Promise<boolean> {
  const [role, , linked] = (await node.command("ROLE")) as [string, number, unknown[]];
  return role === "master" && linked.length === replicas;
}

/** `[name, value, name, value]` as a map. */
function fields(list: readonly string[]): Map<string, string> {
  const pairs = list.flatMap((name, index) => (index % 2 === 0 ? [[name, list[index + 1]!] as const] : []));
  return new Map(pairs);
}
