/** Hits of cached functions on a real Memcached, compared with the bare client. */
import { compileFixture } from "../lib/compile.mjs";
import { EXTRAS, fill, latency, throughput } from "../lib/callers.mjs";
import { versions } from "../lib/machine.mjs";
import { own } from "../lib/own.mjs";
import { inChild, race, withOwnRatios } from "../lib/race.mjs";
import { compiledUser, countRuns, throughCache, user } from "../lib/user.mjs";

export const title = "Memcached";

const TTL = 600;
const BASELINE = "memjs GET";
const BESIDE = `${BASELINE} beside it`;

const CONTENDERS = {
  "aotcache, compiled": async ({ servers, fixture }) => {
    const { configure } = await own("aotcache");
    const { memcached } = await own("aotcache/memcached");
    // Long enough that a busy machine does not cause timeouts.
    configure({ default: memcached({ servers, namespace: "bench", timeout: "5s" }) });
    return compiledUser(fixture);
  },
  "aotcache, cache.get": async ({ servers }) => {
    const cache = (await own("aotcache/memcached")).memcached({
      servers,
      namespace: "get",
      ttl: TTL,
      timeout: "5s",
    });
    return throughCache(cache);
  },
  [BASELINE]: async ({ servers }) => {
    const { default: memjs } = await import("memjs");
    const client = memjs.Client.create(servers);
    return async (id) => {
      const key = `bare:user:${id}`;
      const { value } = await client.get(key);
      if (value !== null) return value;
      await client.set(key, JSON.stringify(await user(id)), { expires: TTL });
      return "";
    };
  },
};

export async function contend(job) {
  const call = await CONTENDERS[job.contender](job);
  const base = await CONTENDERS[BASELINE](job);
  await fill(call);
  await fill(base);
  const before = countRuns();
  const { callers } = job;
  const result = callers > 1 ? await throughput(call, base, { callers }) : await latency(call, base);
  if (countRuns() > before) throw new Error(`${countRuns() - before} calls were not hits`);
  return result;
}

export async function suite({ rounds }) {
  const fixture = await compileFixture("remote");
  const { loadServers } = await import(new URL("../../support/servers/load.mjs", import.meta.url).href);
  const { ensurePrograms, startMemcached } = await loadServers();
  await ensurePrograms(["memcached"]);
  const server = await startMemcached();
  try {
    const { servers } = server;
    const tables = [];
    for (const callers of [16, 256, 1]) {
      const measure = (contender) => inChild({ suite: "memcached", contender, callers, servers, fixture });
      const rows = await race(Object.keys(CONTENDERS), measure, { rounds });
      tables.push({
        id: callers > 1 ? `callers-${callers}` : "alone",
        title: callers > 1 ? `${callers} callers` : "One caller at a time",
        unit: callers > 1 ? "hits per second" : "µs per hit",
        ratioTo: BESIDE,
        ...(callers > 1 && { extras: EXTRAS }),
        rows: withOwnRatios(rows),
      });
    }
    return { tables, versions: versions("memjs") };
  } finally {
    await server.stop();
  }
}
