/** Near tiers follow the new master after a failover. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { redis } from "aotcache/redis";
import {
  startCluster,
  startSentinel,
  until,
  type RedisCluster,
  type RedisSentinel,
} from "../../support/servers/index.ts";
import { counting, nearAndFar, type Counting } from "./context.ts";

let cluster: RedisCluster;
let watched: RedisSentinel;
beforeAll(async () => {
  [cluster, watched] = await Promise.all([startCluster(), startSentinel()]);
});
afterAll(async () => void (await Promise.all([cluster.stop(), watched.stop()])));

/** Changes the entry elsewhere, and waits until it is near again. */
async function expectToFollow(near: Counting, far: Counting): Promise<void> {
  const old = await near.warm(1);
  await until("changed", async () => (await far.handle.refresh(1), true));
  await near.gone(1);
  expect(await near.fn(1)).not.toBe(old);
  await near.warm(1);
}

test("behind sentinels", async () => {
  const { near, far } = nearAndFar((options) =>
    redis({ sentinels: [...watched.addresses], name: watched.name, ...options }),
  );
  const [own, other] = [counting(near), counting(far)];
  await expectToFollow(own, other);
  await watched.failover();
  await expectToFollow(own, other);
});

test("in a cluster whose master is lost", async () => {
  const { near, far } = nearAndFar((options) => redis({ cluster: cluster.addresses, ...options }));
  const [own, other] = [counting(near), counting(far)];
  await expectToFollow(own, other);
  await cluster.failover(`${near.namespace!}:f:${own.handle.key(1)}`);
  await expectToFollow(own, other);
});

test("in a cluster in which a replica takes over from its living master", async () => {
  const { near, far } = nearAndFar((options) => redis({ cluster: cluster.addresses, ...options }));
  const [own, other] = [counting(near), counting(far)];
  await expectToFollow(own, other);
  const key = `${near.namespace!}:f:${own.handle.key(1)}`;
  const replica = await cluster.replicaOf(key);
  await replica.command("CLUSTER", "FAILOVER");
  await until("it has taken over", async () => (await cluster.masterOf(key)) === replica);
  await expectToFollow(own, other);
});
