import { redis } from "../../../runtime/redis.ts";
import { startProxy, type Proxy } from "../../support/proxy.ts";
import { startCluster, startRedis, startSentinel, type RedisServer } from "../../support/servers/index.ts";
import { TIMEOUT_MS, type Fault, type Stage } from "./fault.ts";

interface ProxiedServer {
  readonly server: RedisServer;
  readonly proxy: Proxy;
}

type Action = (line: ProxiedServer) => unknown;

/** A fault of a server or of the connection to it. */
function onOne(
  name: string,
  { strike, heal = ({ proxy }) => proxy.heal() }: { strike: Action; heal?: Action },
  more: Partial<Fault> = {},
): Fault {
  const stage = async (): Promise<Stage> => {
    const server = await startRedis();
    const proxy = await startProxy(server);
    const line = { server, proxy };
    return {
      cache: redis({ host: proxy.host, port: proxy.port, namespace: "main" }),
      strike: () => strike(line),
      heal: () => heal(line),
      stop: async () => {
        await proxy.close();
        await server.stop();
      },
    };
  };
  return { name, store: "Redis", fails: "all", stage, ...more };
}

const refused: Action = async ({ proxy }) => {
  await proxy.onConnect("refuse");
  proxy.reset();
};

export const REDIS_FAULTS: readonly Fault[] = [
  onOne("connections are refused", { strike: refused }),
  onOne("connections are refused from the start", { strike: refused }, { fromTheStart: true }),
  onOne("connections are accepted and reset", {
    strike: async ({ proxy }) => {
      await proxy.onConnect("reset");
      proxy.reset();
    },
  }),
  onOne("connections are accepted, replies never come", {
    strike: async ({ proxy }) => {
      await proxy.onConnect("hang");
      proxy.reset();
    },
  }),
  onOne("requests are lost", {
    strike: ({ proxy }) => proxy.treat("request", { kind: "drop" }),
  }),
  onOne("replies are lost", { strike: ({ proxy }) => proxy.treat("reply", { kind: "drop" }) }),
  onOne("replies are late", {
    strike: ({ proxy }) => proxy.treat("reply", { kind: "late", ms: 2 * TIMEOUT_MS }),
  }),
  onOne("replies are cut in half", {
    strike: ({ proxy }) => proxy.treat("reply", { kind: "cut" }),
  }),
  onOne("replies are garbage", {
    strike: ({ proxy }) => proxy.treat("reply", { kind: "replace", by: "HTTP/1.1 400 Bad Request\r\n\r\n" }),
  }),
  onOne("replies belong to other commands", {
    strike: ({ proxy }) => proxy.treat("reply", { kind: "replace", by: "+OK\r\n" }),
  }),
  onOne("kill -9, then a restart without the data", {
    strike: ({ server }) => server.kill(),
    heal: ({ server }) => server.restart(),
  }),
  onOne("the server is suspended (SIGSTOP)", {
    strike: ({ server }) => server.pause(),
    heal: ({ server }) => server.resume(),
  }),
  onOne("loading its data", {
    strike: ({ server }) => server.restartLoading(),
    heal: ({ server }) => server.finishLoading(),
  }),
  ...(["READONLY", "OOM", "NOREPLICAS"] as const).map((refusal) =>
    onOne(
      { READONLY: "read-only", OOM: "out of memory", NOREPLICAS: "too few replicas for a write" }[refusal],
      {
        strike: ({ server }) => server.refuseWrites(refusal),
        heal: ({ server }) => server.acceptWrites(),
      },
      { fails: "writes" },
    ),
  ),
];

/** A cluster that loses a master; its replica takes over. */
function onCluster(name: string, fails: Fault["fails"], lose: (master: RedisServer) => unknown): Fault {
  const stage = async (): Promise<Stage> => {
    const cluster = await startCluster();
    return {
      cache: redis({ cluster: cluster.addresses, namespace: "main" }),
      strike: async () => lose(await cluster.masterOf("any")),
      heal: () => cluster.settled(),
      stop: () => cluster.stop(),
    };
  };
  return { name, store: "Redis Cluster", fails, endsByItself: true, stage };
}

const ON_SENTINEL: Fault = {
  name: "the master is killed",
  store: "Redis Sentinel",
  fails: "all",
  endsByItself: true,
  stage: async () => {
    const group = await startSentinel();
    return {
      cache: redis({ sentinels: [...group.addresses], name: group.name, namespace: "main" }),
      strike: async () => (await group.master()).kill(),
      heal: () => group.master(),
      stop: () => group.stop(),
    };
  },
};

/** The replica takes over after one second without an answer. */
export const FAILOVERS: readonly Fault[] = [
  onCluster("a master is killed", "some", (master) => master.kill()),
  onCluster("a master is suspended (SIGSTOP)", "all", (master) => master.pause()),
  ON_SENTINEL,
];
