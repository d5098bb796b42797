import { memcached } from "../../../runtime/memcached.ts";
import { startProxy, type Proxy } from "../../support/proxy.ts";
import { startMemcached, until, type Memcached } from "../../support/servers/index.ts";
import { TIMEOUT, type Fault, type Stage } from "./fault.ts";

interface Line {
  readonly servers: Memcached;
  readonly proxy: Proxy;
}

type Act = (line: Line) => unknown;

/** A fault of a server, or of the line to it. */
function onOne(
  name: string,
  { strike, heal = ({ proxy }) => proxy.heal(), args = [] }: { strike: Act; heal?: Act; args?: string[] },
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
  acts: Record<"strike" | "heal", (servers: Memcached) => unknown>,
): Fault {
  const stage = async (): Promise<Stage> => {
    const servers = await startMemcached(3);
    return {
      cache: memcached({ servers: servers.servers, namespace: "main" }),
      strike: () => acts.strike(servers),
      heal: () => acts.heal(servers),
      stop: () => servers.stop(),
    };
  };
  return { name, store: "Memcached, three servers", fails, stage };
}

const refused: Act = async ({ proxy }) => {
  await proxy.onConnect("refuse");
  proxy.reset();
};

/** Stores values of some sizes around those of the function, each until there is room for no more. */
const fill: Act = async ({ servers }) => {
  await using other = memcached({ servers: servers.servers, namespace: "other", timeout: 10 });
  const keys = Array.from({ length: 500 }, (_, n) => n);
  for (let size = 0; size < 300; size += 20) {
    await until("there is room for no more", () => {
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
    strike: ({ proxy }) => proxy.treat("reply", { kind: "late", ms: 2 * TIMEOUT }),
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
