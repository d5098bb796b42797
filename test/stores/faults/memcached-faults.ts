import { memcached } from "../../../runtime/memcached.ts";
import { startProxy, type Proxy } from "../../support/proxy.ts";
import { startMemcached, until, type Memcached } from "../../support/servers/index.ts";
import { TIMEOUT_MS, type Fault, type Stage } from "./fault.ts";

interface ProxiedServers {
  readonly servers: Memcached;
  readonly proxy: Proxy;
}

type Action = (line: ProxiedServers) => unknown;

/** A fault of a server or of the connection to it. */
function onOne(
  name: string,
  {
    strike,
    heal = ({ proxy }) => proxy.heal(),
    args = [],
  }: { strike: Action; heal?: Action; args?: string[] },
  more: Partial<Fault> = {},
): Fault {
  const stage = async (): Promise<Stage> => {
    const servers = await startMemcached(1, { args });
    const proxy = await startProxy(servers.nodes[0]!);
    const line = { servers, proxy };
    return {
      cache: memcached({ servers: proxy.address, namespace: "main" }),
      strike: () => strike(line),
      heal: () => heal(line),
      stop: async () => {
        await proxy.close();
        await servers.stop();
      },
    };
  };
  return { name, store: "Memcached", fails: "all", stage, ...more };
}

/** A fault of some of three servers. */
function onThree(
  name: string,
  fails: Fault["fails"],
  actions: Record<"strike" | "heal", (servers: Memcached) => unknown>,
): Fault {
  const stage = async (): Promise<Stage> => {
    const servers = await startMemcached(3);
    return {
      cache: memcached({ servers: servers.servers, namespace: "main" }),
      strike: () => actions.strike(servers),
      heal: () => actions.heal(servers),
      stop: () => servers.stop(),
    };
  };
  return { name, store: "Memcached, three servers", fails, stage };
}

const refused: Action = async ({ proxy }) => {
  await proxy.onConnect("refuse");
  proxy.reset();
};

/** Stores values of several sizes around those of the function's results until the memory is full. */
const fill: Action = async ({ servers }) => {
  await using other = memcached({ servers: servers.servers, namespace: "other", timeout: 10 });
  const keys = Array.from({ length: 500 }, (_, n) => n);
  for (let size = 0; size < 300; size += 20) {
    await until("the memory is full", () => {
      const values = keys.map((n) => [`${size} ${n} ${Math.random()}`, "x".repeat(size)] as const);
      return other.multiSet(values).then(
        () => false,
        (error: unknown) => String(error).includes("out of memory"),
      );
    });
  }
};

export const MEMCACHED_FAULTS: readonly Fault[] = [
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
  onOne("requests are lost", { strike: ({ proxy }) => proxy.treat("request", { kind: "drop" }) }),
  onOne("replies are lost", { strike: ({ proxy }) => proxy.treat("reply", { kind: "drop" }) }),
  onOne("replies are late", {
    strike: ({ proxy }) => proxy.treat("reply", { kind: "late", ms: 2 * TIMEOUT_MS }),
  }),
  onOne("replies are cut in half", { strike: ({ proxy }) => proxy.treat("reply", { kind: "cut" }) }),
  onOne("replies are garbage", {
    strike: ({ proxy }) => proxy.treat("reply", { kind: "replace", by: "ERROR what?\r\n".repeat(9) }),
  }),
  onOne("kill -9, then a restart without the data", {
    strike: ({ servers }) => servers.nodes[0]!.kill(),
    heal: ({ servers }) => servers.nodes[0]!.restart(),
  }),
  onOne("the server is suspended (SIGSTOP)", {
    strike: ({ servers }) => servers.nodes[0]!.pause(),
    heal: ({ servers }) => servers.nodes[0]!.resume(),
  }),
  onOne(
    "out of memory, with no eviction (-M)",
    { strike: fill, heal: ({ servers }) => servers.nodes[0]!.restart(), args: ["-m", "2", "-M"] },
    { fails: "writes" },
  ),
  onThree("one of three is killed", "some", {
    strike: ({ nodes }) => nodes[1]!.kill(),
    heal: ({ nodes }) => nodes[1]!.restart(),
  }),
  onThree("one of three is suspended (SIGSTOP)", "some", {
    strike: ({ nodes }) => nodes[1]!.pause(),
    heal: ({ nodes }) => nodes[1]!.resume(),
  }),
  onThree("all three are killed", "all", {
    strike: ({ nodes }) => Promise.all(nodes.map((node) => node.kill())),
    heal: ({ nodes }) => Promise.all(nodes.map((node) => node.restart())),
  }),
];
