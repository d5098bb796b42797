import { afterAll, beforeAll } from "vitest";
import { memcached } from "aotcache/memcached";
import { startMemcached, type Memcached } from "../support/servers/index.ts";
import { remoteContract } from "./contract.ts";
import { processesContract } from "./processes-contract.ts";

let servers: Memcached;
beforeAll(async () => {
  servers = await startMemcached();
});
afterAll(() => servers.stop());

remoteContract({ name: "Memcached", make: (options) => memcached({ servers: servers.servers, ...options }) });

processesContract("Memcached", () => ({ kind: "memcached", options: { servers: servers.servers } }));
