import { randomBytes } from "node:crypto";
import { newPlace, startAll, stopAll, type Place } from "./process.ts";
import { startNode } from "./redis.ts";
import type { RedisOptions, RedisSentinel, RedisServer } from "./types.ts";
import { until } from "./until.ts";

const NAME = "main";
const PATIENCE = { within: 30_000, every: 20 };

/**
 * How often sentinels do what they do, in milliseconds: by default a failover takes ten times as long. A
 * replica is chosen if it was heard of within five ping periods, and it is asked every second, whatever the
 * other figures are: the ping period must be well above 200.
 */
const PACE = [
  ...["INFO-PERIOD", 200, "PING-PERIOD", 400, "ASK-PERIOD", 100, "PUBLISH-PERIOD", 200],
  ...["ELECTION-TIMEOUT", 1000],
];

/**
 * Milliseconds of silence until each sentinel calls the master dead. Were they the same, all three would now
 * and then stand for election at once, each vote for itself, and the failover take four seconds more: so one
 * comes late, and has a vote to give.
 */
const DOWN_AFTER = [500, 500, 1500];

/**
 * Starts a Redis master and a replica, and three sentinels that watch them; two make a failover.
 *
 * @example
 * await using redis = await startSentinel();
 * const client = new Redis({ sentinels: [...redis.addresses], name: redis.name });
 * await redis.failover();
 */
export async function startSentinel(options: RedisOptions = {}): Promise<RedisSentinel> {
  const config = options.config ?? {};
  const master = await startNode(await newPlace("master"), { config });
  const started = [master];
  try {
    const replicaof = `replicaof 127.0.0.1 ${master.port}`;
    const replica = await startNode(await newPlace("replica"), { config, lines: [replicaof] });
    started.push(replica);
    const sentinels = await startSentinels(master, replica);
    started.push(...sentinels);
    const group = new Group([master, replica], sentinels);
    await group.settled();
    return group;
  } catch (error) {
    await stopAll(started);
    throw error;
  }
}

async function startSentinels(master: RedisServer, replica: RedisServer): Promise<RedisServer[]> {
  const places = await Promise.all(DOWN_AFTER.map(() => newPlace("sentinel")));
  const ids = places.map(() => randomBytes(20).toString("hex"));
  const sentinels = await startAll(
    places.map((place, me) => {
      const lines = [
        `sentinel myid ${ids[me]}`,
        `sentinel monitor ${NAME} 127.0.0.1 ${master.port} 2`,
        `sentinel down-after-milliseconds ${NAME} ${DOWN_AFTER[me]}`,
        `sentinel failover-timeout ${NAME} 2000`,
        // What they would find out by and by is told them, so that they need not wait for it.
        `sentinel known-replica ${NAME} 127.0.0.1 ${replica.port}`,
        ...others(places, me).map((other) => {
          return `sentinel known-sentinel ${NAME} 127.0.0.1 ${places[other]!.port.number} ${ids[other]}`;
        }),
      ];
      return startNode(place, { config: {}, lines, args: ["--sentinel"] });
    }),
  );
  await Promise.all(sentinels.map((sentinel) => sentinel.command("SENTINEL", "DEBUG", ...PACE)));
  return sentinels;
}

function others(places: readonly Place[], me: number): number[] {
  return [...places.keys()].filter((index) => index !== me);
}

class Group implements RedisSentinel {
  readonly name = NAME;
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
    return until("the sentinels agree", () => this.#agreement(), PATIENCE);
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

/** The port of the master, or `undefined` while the sentinel doubts it or could not have it replaced. */
async function masterSeenBy(sentinel: RedisServer): Promise<number | undefined> {
  const master = fields((await sentinel.command("SENTINEL", "MASTER", NAME)) as string[]);
  await sentinel.command("SENTINEL", "CKQUORUM", NAME);
  return master.get("flags") === "master" ? Number(master.get("port")) : undefined;
}

async function linkedReplicas(sentinel: RedisServer): Promise<Set<number>> {
  const replicas = (await sentinel.command("SENTINEL", "REPLICAS", NAME)) as string[][];
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
