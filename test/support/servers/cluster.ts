/** Starts a Redis Cluster and performs failovers. */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { allocate, startAll, stopAll, type Allocation } from "./process.ts";
import { startNode, type RedisConfig } from "./redis.ts";
import type { ClusterOptions, RedisCluster, RedisServer } from "./types.ts";
import { until } from "./until.ts";

const MASTERS = 3;
const SLOTS = 16_384;
/** A cluster waits two seconds after its start; a failover takes two or three node timeouts. */
const SETTLE_TIMEOUT = { within: 30_000, every: 20 };

/**
 * Starts a Redis Cluster of three masters with one replica each. Takes about two seconds.
 *
 * @example
 * await using cluster = await startCluster();
 * const client = new Cluster([...cluster.addresses]);
 * await cluster.failover("some-key");
 */
export async function startCluster(options: ClusterOptions = {}): Promise<RedisCluster> {
  const allocations = await Promise.all(Array.from({ length: 2 * MASTERS }, () => allocate("cluster")));
  const config: RedisConfig = {
    "cluster-enabled": "yes",
    "cluster-config-file": "nodes.conf",
    "cluster-node-timeout": options.nodeTimeout ?? 1000,
    // A replica is listed when its copy has data; on an idle master, the first ping is the first data.
    "repl-ping-replica-period": 1,
    // A replica may take over no matter how long it was disconnected: tests wait for that.
    "cluster-replica-validity-factor": 0,
    "cluster-allow-replica-migration": "no",
    ...options.config,
  };
  writeTopology(allocations);
  const cluster = new ClusterNodes(
    await startAll(allocations.map((allocation) => startNode(allocation, { config }))),
  );
  try {
    await cluster.settled();
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return cluster;
}

/**
 * Writes the `nodes.conf` that each node would have written after meeting the others. The nodes start as one
 * cluster, without handshakes to wait for.
 */
function writeTopology(allocations: readonly Allocation[]): void {
  const nodes = allocations.map((allocation, index) => ({
    allocation,
    index,
    id: randomBytes(20).toString("hex"),
  }));
  for (const myself of nodes) {
    const lines = nodes.map(({ allocation, index, id }) => {
      const port = allocation.port.number;
      const flags = `${id === myself.id ? "myself," : ""}${index < MASTERS ? "master" : "slave"}`;
      const master = index < MASTERS ? "-" : nodes[index - MASTERS]!.id;
      const epoch = (index % MASTERS) + 1;
      const slots = index < MASTERS ? ` ${slotsOf(index).join("-")}` : "";
      return `${id} 127.0.0.1:${port}@${port + 10_000} ${flags} ${master} 0 0 ${epoch} connected${slots}`;
    });
    lines.push(`vars currentEpoch ${MASTERS} lastVoteEpoch 0`, "");
    writeFileSync(join(myself.allocation.folder, "nodes.conf"), lines.join("\n"));
  }
}

function slotsOf(master: number): [first: number, last: number] {
  const at = (part: number): number => Math.floor((SLOTS * part) / MASTERS);
  return [at(master), at(master + 1) - 1];
}

/** One row of `CLUSTER SLOTS`: the master first, then its replicas. */
type Shard = [first: number, last: number, ...nodes: [host: string, port: number, ...rest: unknown[]][]];

class ClusterNodes implements RedisCluster {
  readonly nodes: readonly RedisServer[];
  readonly addresses: readonly { host: string; port: number }[];

  constructor(nodes: readonly RedisServer[]) {
    this.nodes = nodes;
    this.addresses = nodes.map(({ host, port }) => ({ host, port }));
  }

  #running(): RedisServer[] {
    return this.nodes.filter((node) => node.state === "running");
  }

  async settled(): Promise<void> {
    await this.#shards();
  }

  /** Resolves with the slots when all running nodes report the same correct state. */
  #shards(): Promise<Shard[]> {
    return until("the nodes of the cluster agree", () => this.#agreement(), SETTLE_TIMEOUT);
  }

  async #agreement(): Promise<Shard[] | undefined> {
    const running = this.#running();
    const views = await Promise.all(running.map(viewOf));
    const [first] = views;
    if (!first?.healthy || views.some((view) => !view.healthy || view.summary !== first.summary))
      return undefined;
    // Failed nodes are not listed; nodes that came back are listed when the others have seen them.
    const listed = new Set(first.shards.flatMap(([, , ...nodes]) => nodes.map(([, port]) => port)));
    const same = listed.size === running.length && running.every(({ port }) => listed.has(port));
    return same ? first.shards : undefined;
  }

  async #shardOf(key: string): Promise<RedisServer[]> {
    const shards = await this.#shards();
    const slot = (await this.#running()[0]!.command("CLUSTER", "KEYSLOT", key)) as number;
    const [, , ...nodes] = shards.find(([first, last]) => first <= slot && slot <= last)!;
    return nodes.map(([, port]) => this.nodes.find((node) => node.port === port)!);
  }

  async masterOf(key: string): Promise<RedisServer> {
    return (await this.#shardOf(key))[0]!;
  }

  async replicaOf(key: string): Promise<RedisServer> {
    const [, replica] = await this.#shardOf(key);
    if (!replica) throw new Error(`the master of ${key} has no running replica`);
    return replica;
  }

  async failover(key: string): Promise<RedisServer> {
    await (await this.masterOf(key)).kill();
    return this.masterOf(key);
  }

  stop(): Promise<void> {
    return stopAll(this.nodes);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

interface NodeView {
  readonly healthy: boolean;
  readonly shards: Shard[];
  /** Equal for two nodes that report the same. */
  readonly summary: string;
}

async function viewOf(node: RedisServer): Promise<NodeView> {
  const [info, role, shards] = (await Promise.all([
    node.command("CLUSTER", "INFO"),
    node.command("ROLE"),
    node.command("CLUSTER", "SLOTS"),
  ])) as [string, [string, ...unknown[]], Shard[]];
  const linked = role[0] === "master" || role[3] === "connected";
  const rows = shards.map(([first, last, master, ...replicas]) => {
    const ports = replicas.map(([, port]) => port).sort();
    return `${first}-${last} ${master![1]} ${ports.join(" ")}`;
  });
  return {
    healthy: linked && info.includes("cluster_state:ok") && info.includes(`cluster_slots_ok:${SLOTS}`),
    shards,
    summary: rows.sort().join("\n"),
  };
}
