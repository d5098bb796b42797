import { execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { exchange } from "../support/servers/exchange.ts";
import {
  ensurePrograms,
  startCluster,
  startMemcached,
  startRedis,
  startSentinel,
  until,
  type Memcached,
  type RedisCluster,
  type RedisSentinel,
  type RedisServer,
} from "../support/servers/index.ts";
import { newFolder } from "../support/servers/folders.ts";
import { reservePort } from "../support/servers/ports.ts";

/** What a client gets from a port: a reply, nothing (`silent`), or no connection (`refused`). */
async function knock(port: number): Promise<string> {
  const complete = (answer: string): boolean => answer.endsWith("\r\n");
  try {
    return (await exchange({ port, text: "PING\r\n", complete, within: 50 })).trim();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ECONNREFUSED" ? "refused" : "silent";
  }
}

describe("redis", () => {
  let redis: RedisServer;
  beforeAll(async () => void (redis = await startRedis({ config: { databases: 3 } })));
  afterAll(() => redis.stop());

  it("starts empty, with the given configuration, and answers on its port", async () => {
    expect(await redis.command("DBSIZE")).toBe(0);
    expect(await redis.command("CONFIG", "GET", "databases")).toEqual(["databases", "3"]);
    expect(redis.url).toBe(`redis://127.0.0.1:${redis.port}`);
    expect(redis.state).toBe("running");
  });

  it("refuses connections when it is killed, and restarts empty on the same port", async () => {
    await redis.command("SET", "a", 1);
    await redis.kill();
    expect([redis.state, await knock(redis.port)]).toEqual(["down", "refused"]);
    await redis.restart();
    expect([redis.state, await knock(redis.port)]).toEqual(["running", "+PONG"]);
    expect(await redis.command("GET", "a")).toBe(null);
  });

  it("restarts with its data once, if it is told to keep it", async () => {
    await redis.command("SET", "a", 1);
    await redis.kill({ keepData: true });
    await redis.restart();
    expect(await redis.command("GET", "a")).toBe("1");
    await redis.restart({ keepData: true });
    expect(await redis.command("GET", "a")).toBe("1");
    await redis.restart();
    expect(await redis.command("GET", "a")).toBe(null);
  });

  it("cannot restore data that a kill did not keep", async () => {
    await redis.kill();
    await expect(redis.restart({ keepData: true })).rejects.toThrow("kill({ keepData: true })");
    await redis.restart();
  });

  it("accepts connections and does not answer while it is paused", async () => {
    await redis.pause();
    expect([redis.state, await knock(redis.port)]).toEqual(["paused", "silent"]);
    await redis.resume();
    expect([redis.state, await knock(redis.port)]).toEqual(["running", "+PONG"]);
  });

  it("can be killed while it is paused", async () => {
    await redis.pause();
    await redis.kill();
    expect(await knock(redis.port)).toBe("refused");
    await redis.restart();
    expect(redis.state).toBe("running");
  });

  for (const refusal of ["READONLY", "OOM", "NOREPLICAS"] as const) {
    it(`answers writes with ${refusal} and continues to answer reads`, async () => {
      await redis.command("SET", "kept", refusal);
      await redis.refuseWrites(refusal);
      await expect(redis.command("SET", "a", 1)).rejects.toThrow(new RegExp(`^${refusal} `));
      expect(await redis.command("GET", "kept")).toBe(refusal);
      await redis.acceptWrites();
      expect(await redis.command("SET", "a", 1)).toBe("OK");
    });
  }

  it("answers LOADING until finishLoading, and then has its data only", async () => {
    await redis.restart();
    await redis.command("SET", "a", 1);
    await redis.restartLoading();
    await expect(redis.command("GET", "a")).rejects.toThrow(/^LOADING /);
    await redis.finishLoading();
    expect(await redis.command("GET", "a")).toBe("1");
    expect(await redis.command("DBSIZE")).toBe(1);
  });

  it("reports why it did not start", async () => {
    await expect(startRedis({ config: { "no-such-option": 1 } })).rejects.toThrow("Bad directive");
  });

  it("leaves no process, port or folder", async () => {
    const other = await startRedis();
    const [, folder] = (await other.command("CONFIG", "GET", "dir")) as [string, string];
    expect(existsSync(folder)).toBe(true);
    await other.stop();
    await other.stop();
    expect([other.state, await knock(other.port), existsSync(folder)]).toEqual(["down", "refused", false]);
  });
});

describe("a cluster", () => {
  let cluster: RedisCluster;
  beforeAll(async () => void (cluster = await startCluster({ nodeTimeout: 500 })));
  afterAll(() => cluster.stop());

  it("has three masters with one replica each, over all slots", async () => {
    const pairs = new Set<string>();
    for (const key of ["a", "b", "c"]) {
      const [master, replica] = [await cluster.masterOf(key), await cluster.replicaOf(key)];
      pairs.add(`${cluster.nodes.indexOf(master)} ${cluster.nodes.indexOf(replica)}`);
      expect(await master.command("SET", key, 1)).toBe("OK");
    }
    expect(pairs).toEqual(new Set(["0 3", "1 4", "2 5"]));
    expect(cluster.addresses).toHaveLength(6);
  });

  it("redirects a key to its node", async () => {
    const [here, there] = [await cluster.masterOf("a"), await cluster.masterOf("b")];
    await expect(here.command("GET", "b")).rejects.toThrow(new RegExp(`^MOVED \\d+ ${there.address}$`));
  });

  it("replaces a killed master by its replica, and the old master returns as a replica", async () => {
    const [master, replica] = [await cluster.masterOf("a"), await cluster.replicaOf("a")];
    await master.command("SET", "a", "kept");
    await until("the replica has the write", async () => String(await replica.command("DBSIZE")) === "1");

    expect(await cluster.failover("a")).toBe(replica);
    expect(await replica.command("GET", "a")).toBe("kept");
    expect(await replica.command("SET", "a", "new")).toBe("OK");

    await master.restart();
    await cluster.settled();
    expect(await cluster.masterOf("a")).toBe(replica);
    expect(await cluster.replicaOf("a")).toBe(master);
  });
});

describe("sentinels", () => {
  let group: RedisSentinel;
  beforeAll(async () => void (group = await startSentinel()));
  afterAll(() => group.stop());

  it("agree on the master", async () => {
    const [master] = group.nodes;
    expect(await group.master()).toBe(master);
    for (const sentinel of group.sentinels) {
      const address = await sentinel.command("SENTINEL", "get-master-addr-by-name", group.name);
      expect(address).toEqual(["127.0.0.1", String(master!.port)]);
    }
    expect(group.addresses).toEqual(group.sentinels.map(({ host, port }) => ({ host, port })));
  });

  it("replace a killed master by its replica, and the old master returns as a replica", async () => {
    const [master, replica] = group.nodes;
    expect(await master!.command("SET", "a", "kept")).toBe("OK");
    await until("the replica has the write", async () => (await replica!.command("GET", "a")) === "kept");

    expect(await group.failover()).toBe(replica);
    expect(await replica!.command("SET", "b", 1)).toBe("OK");

    await master!.restart();
    await group.settled();
    expect(await group.master()).toBe(replica);
    expect(await master!.command("GET", "a")).toBe("kept");
  });
});

describe("memcached", () => {
  let memcached: Memcached;
  beforeAll(async () => void (memcached = await startMemcached(3)));
  afterAll(() => memcached.stop());

  const set = (text: string): string => `set a 0 0 ${text.length}\r\n${text}`;

  it("starts several servers, each with its own entries", async () => {
    const [first, second, third] = memcached.nodes;
    expect(memcached.servers).toBe([first, second, third].map((node) => node!.address).join(","));
    expect(await first!.command(set("one"))).toEqual(["STORED"]);
    expect(await first!.command("get a")).toEqual(["VALUE a 0 3", "one", "END"]);
    expect(await second!.command("get a")).toEqual(["END"]);
    expect(await third!.command("delete a")).toEqual(["NOT_FOUND"]);
  });

  it("loses one of three, which returns empty", async () => {
    const [first, second] = memcached.nodes;
    await first!.command(set("kept"));
    await second!.command(set("lost"));
    await second!.kill();
    expect([second!.state, await knock(second!.port)]).toEqual(["down", "refused"]);
    expect(await first!.command("get a")).toContain("kept");
    await second!.restart();
    expect(await second!.command("get a")).toEqual(["END"]);
  });

  it("accepts connections and does not answer while it is paused", async () => {
    const [, , third] = memcached.nodes;
    await third!.pause();
    expect(await knock(third!.port)).toBe("silent");
    await third!.resume();
    expect(await knock(third!.port)).toBe("ERROR");
  });
});

describe("resources of servers", () => {
  it("a port is given to one server only, and is outside of the kernel's range for clients", async () => {
    const ports = await Promise.all(Array.from({ length: 100 }, () => reservePort()));
    onTestFinished(() => ports.forEach((port) => port.release()));
    const numbers = ports.map(({ number }) => number);
    expect(new Set(numbers).size).toBe(100);
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(10_000);
    expect(Math.max(...numbers)).toBeLessThan(22_000);
  });

  it("servers end when the process that started them is killed with kill -9, also paused ones", async () => {
    const script = `
      const { loadServers } = await import(${JSON.stringify(new URL("../support/servers/load.mjs", import.meta.url).href)});
      const { startMemcached, startRedis } = await loadServers();
      const redis = await startRedis();
      const { nodes: [memcached] } = await startMemcached();
      const [, folder] = await redis.command("CONFIG", "GET", "dir");
      await redis.pause();
      console.log(JSON.stringify({ folder, ports: [redis.port, memcached.port] }));
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    const line = await new Promise<string>((resolve) =>
      child.stdout.once("data", (data) => resolve(String(data))),
    );
    const { folder, ports } = JSON.parse(line) as { folder: string; ports: [number, number] };
    expect(await Promise.all(ports.map(knock))).toEqual(["silent", "ERROR"]);

    child.kill("SIGKILL");
    await until("both are gone", async () =>
      (await Promise.all(ports.map(knock))).every((is) => is === "refused"),
    );
    await until("its folder is gone", () => !existsSync(folder));
  });

  it("a script that starts servers ends when it has nothing else to do", () => {
    const load = fileURLToPath(new URL("../support/servers/load.mjs", import.meta.url));
    const script = `
      const { startRedis } = await (await import(${JSON.stringify(load)})).loadServers();
      const redis = await startRedis();
      console.log(await redis.command("PING"));`;
    const args = ["--input-type=module", "-e", script];
    expect(execFileSync(process.execPath, args, { encoding: "utf8", timeout: 30_000 })).toBe("PONG\n");
  });
});

describe("the setup of programs", () => {
  /** A machine on which "installing" writes the names of the programs into a file. */
  function machineWithout(done: (installed: string) => boolean, rights = true) {
    const folder = newFolder("machine");
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "installed");
    const installed = (): string => (existsSync(file) ? readFileSync(file, "utf8") : "");
    const writes = `require("fs").appendFileSync(${JSON.stringify(file)}, process.argv.slice(4).join(" ") + ";")`;
    return {
      installed,
      find: () => (done(installed()) ? "/bin/true" : undefined),
      rootShell: () => (rights ? [process.execPath, "-e", writes, "--"] : undefined),
      log: () => undefined,
    };
  }

  it("installs nothing if all programs are available", async () => {
    const machine = machineWithout(() => true);
    await ensurePrograms(undefined, machine);
    expect(machine.installed()).toBe("");
  });

  it("installs missing programs once, for several concurrent callers", async () => {
    const machine = machineWithout((installed) => installed !== "");
    await Promise.all([1, 2, 3].map(() => ensurePrograms(["redis-server", "memcached"], machine)));
    expect(machine.installed()).toBe("redis-server memcached;");
  });

  it("fails with the command to run if it may not install", async () => {
    const machine = machineWithout(() => false, false);
    await expect(ensurePrograms(["memcached"], machine)).rejects.toThrow(
      "memcached is not installed. Install with:\n\n  sudo apt-get update && sudo apt-get install -y memcached",
    );
  });

  it("fails with the same command if the programs are still missing after the installation", async () => {
    const machine = machineWithout(() => false);
    await expect(ensurePrograms(["redis-server"], machine)).rejects.toThrow(
      /install -y redis-server[^]*failed when it was tried/,
    );
    expect(machine.installed()).toBe("redis-server;");
  });
});
