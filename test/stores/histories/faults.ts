/** What goes wrong while processes work: connections, processes and the server. */
import { setTimeout as pause } from "node:timers/promises";
import type { Proxy } from "../../support/proxy.ts";
import type { Server } from "../../support/servers/index.ts";
import { machineTime } from "./clock.ts";
import type { Disturbance } from "./history.ts";
import type { Worker } from "./processes.ts";

/** What may be disturbed. */
export interface Stage {
  readonly workers: Worker[];
  /** The proxy of each process; none for Keyv. */
  readonly proxies: readonly Proxy[];
  readonly server: Server | undefined;
  /** Whether data may be lost: processes are killed, and the server is restarted. */
  readonly mayLose: boolean;
  /** Starts a process in place of one that was killed. */
  respawn(index: number): void;
}

type Chance = () => number;

const CONNECTION_FAULTS: Readonly<Record<string, (proxy: Proxy, chance: Chance) => Promise<void>>> = {
  "reset connections": async (proxy) => proxy.reset(),
  "cut a reply": async (proxy, chance) => {
    proxy.treat("reply", { kind: "cut", bytes: Math.floor(chance() * 200) });
    await pause(chance() * 100);
  },
  "cut a request": async (proxy, chance) => {
    proxy.treat("request", { kind: "cut", bytes: Math.floor(chance() * 200) });
    await pause(chance() * 100);
  },
  "lose replies, then the connection": async (proxy, chance) => {
    proxy.treat("reply", { kind: "drop" });
    await pause(chance() * 60);
    proxy.reset();
  },
  "late replies": async (proxy, chance) => {
    proxy.treat("reply", { kind: "late", ms: chance() * 200 });
    await pause(chance() * 400);
  },
  "late requests": async (proxy, chance) => {
    proxy.treat("request", { kind: "late", ms: chance() * 200 });
    await pause(chance() * 400);
  },
  "held replies": async (proxy, chance) => {
    proxy.treat("reply", { kind: "hold" });
    await pause(chance() * 350);
  },
  "held requests": async (proxy, chance) => {
    proxy.treat("request", { kind: "hold" });
    await pause(chance() * 350);
  },
  "refuse connections": async (proxy, chance) => {
    await proxy.onConnect("refuse");
    proxy.reset();
    await pause(chance() * 200);
  },
};

/** Disturbs until a time; returns what it did. */
export async function disturb(stage: Stage, chance: Chance, until: number): Promise<Disturbance[]> {
  const done: Disturbance[] = [];
  const choose = <T>(items: readonly T[]): T => items[Math.floor(chance() * items.length)]!;
  const record = async (what: string, process: number | undefined, run: () => unknown): Promise<void> => {
    const start = machineTime();
    await run();
    const disturbance = { kind: "disturbance", what, start, end: machineTime() } as const;
    done.push(process === undefined ? disturbance : { ...disturbance, process });
  };

  async function disturbConnections(): Promise<void> {
    while (stage.proxies.length > 0 && machineTime() < until) {
      await pause(chance() * 150);
      const index = Math.floor(chance() * stage.proxies.length);
      const proxy = stage.proxies[index]!;
      const what = choose(Object.keys(CONNECTION_FAULTS));
      await record(what, index, async () => {
        await CONNECTION_FAULTS[what]!(proxy, chance);
        await proxy.heal();
      });
    }
  }

  async function disturbProcesses(): Promise<void> {
    while (machineTime() < until) {
      await pause(chance() * 400);
      const index = Math.floor(chance() * stage.workers.length);
      const worker = stage.workers[index]!;
      if (!stage.mayLose || chance() < 0.75) {
        await record("stop", index, async () => {
          worker.stop();
          await pause(chance() * 800);
          worker.go();
        });
      } else {
        await record("kill", index, async () => {
          await worker.kill();
          stage.respawn(index);
        });
      }
    }
  }

  async function disturbServer(): Promise<void> {
    const { server } = stage;
    while (server && machineTime() < until) {
      await pause(500 + chance() * 2500);
      if (stage.mayLose && chance() < 0.3)
        await record("restart the server", undefined, () => server.restart());
      else {
        await record("pause the server", undefined, async () => {
          await server.pause();
          await pause(chance() * 300);
          await server.resume();
        });
      }
    }
  }

  await Promise.all([disturbConnections(), disturbProcesses(), disturbServer()]);
  return done;
}
