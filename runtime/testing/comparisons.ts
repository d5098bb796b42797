import { deepEqual, equal, ok } from "node:assert/strict";
import type { Data } from "../contract/driver.ts";
import { expectBytes, expectTtl, forever, readText, SECOND, waitUntil, type Bench } from "./bench.ts";

const MINUTE = 60 * SECOND;

/** Starts of values. The cache never uses one twice for the same key. */
const [FIRST, SECOND_START, THIRD] = ["=first ", "=second ", "=third "];

/** Tests the changes that are made only if the value of the key starts with a text. */
export function comparisons(bench: Bench): void {
  bench.test("setIf replaces the value and the expiry of a key whose value has the start", async () => {
    const key = bench.key();
    await bench.driver.set([{ key, data: `${FIRST}old`, ttl: 600 * SECOND }]);
    equal(await bench.other.setIf({ key, data: `${SECOND_START}new`, ttl: MINUTE }, FIRST), true);
    equal(await bench.read(key), `${SECOND_START}new`);
    await expectTtl(bench.driver, key, MINUTE);
  });

  bench.test("setIf changes nothing if the key is missing or its value starts differently", async () => {
    const [missing, other, short, within] = ["a", "b", "c", "d"].map((tail) => bench.key(tail));
    const values = [undefined, SECOND_START, FIRST.slice(0, -1), `x${FIRST}`];
    const keys = [missing!, other!, short!, within!];
    for (const [index, value] of values.entries())
      if (value !== undefined) await bench.driver.set([forever(keys[index]!, value)]);
    for (const key of keys) equal(await bench.driver.setIf(forever(key, "new"), FIRST), false);
    for (const [index, value] of values.entries()) equal(await bench.read(keys[index]!), value);
  });

  bench.test("setIf is refused once the key was removed, cleared or replaced by another client", async () => {
    const changes: ((key: string) => Promise<unknown>)[] = [
      (key) => bench.other.delete([key]),
      (key) => bench.other.clear(key),
      (key) => bench.other.set([forever(key, `${SECOND_START}new`)]),
      (key) => bench.other.replaceStart(key, FIRST, "=other "),
    ];
    for (const change of changes) {
      const key = bench.key();
      await bench.driver.set([forever(key, `${FIRST}old`)]);
      await change(key);
      const before = await bench.read(key);
      equal(await bench.driver.setIf(forever(key, `${THIRD}late`), FIRST), false);
      equal(await bench.other.setIf(forever(key, `${THIRD}late`), FIRST), false);
      equal(await bench.read(key), before);
    }
  });

  bench.test("a value that setIf stored is removed, replaced and compared like any other", async () => {
    const key = bench.key();
    await bench.driver.add(forever(key, FIRST));
    equal(await bench.driver.setIf(forever(key, `${SECOND_START}1`), FIRST), true);
    equal(await bench.other.setIf(forever(key, `${THIRD}2`), SECOND_START), true);
    equal(await bench.driver.setIf(forever(key, "late"), SECOND_START), false);
    equal(await bench.read(key), `${THIRD}2`);
    equal(await bench.driver.add(forever(key, FIRST)), false);
    deepEqual(await bench.driver.delete([key]), [true]);
    equal(await bench.read(key), undefined);
    equal(await bench.driver.add(forever(key, "=fourth ")), true);
    equal(await bench.read(key), "=fourth ");
  });

  bench.test("of many concurrent setIf with one start, one succeeds", async () => {
    const key = bench.key();
    await bench.driver.set([forever(key, FIRST)]);
    const asked = Array.from({ length: 40 }, (_, turn) =>
      bench.client(turn).setIf(forever(key, `=${turn} `), FIRST),
    );
    deepEqual((await Promise.all(asked)).filter(Boolean), [true]);
  });

  bench.test("replaceStart keeps the expiry, and setIf compares with the new start", async () => {
    const key = bench.key();
    await bench.driver.set([{ key, data: `${FIRST}old`, ttl: 600 * SECOND }]);
    equal(await bench.other.replaceStart(key, SECOND_START, FIRST), false);
    equal(await bench.other.replaceStart(key, FIRST, "=later "), true);
    await expectTtl(bench.driver, key, 600 * SECOND);
    equal(await bench.driver.setIf(forever(key, "late"), FIRST), false);
    equal(await bench.driver.setIf(forever(key, "=new "), "=later "), true);
  });

  bench.test("replaceStart keeps the rest of the value, which may be bytes", async () => {
    // A store that is atomic within a process only may drop the rest.
    if (bench.driver.limits.atomic === "process") return;
    const key = bench.key();
    const bytes = (start: string): Uint8Array =>
      new Uint8Array([...new TextEncoder().encode(start), 0, 255, 10, 128]);
    await bench.driver.set([forever(key, bytes(FIRST))]);
    equal(await bench.driver.replaceStart(key, FIRST, "=later "), true);
    expectBytes((await bench.driver.get([key]))[0], bytes("=later "));
    equal(await bench.driver.replaceStart(bench.key("missing"), FIRST, "=later "), false);
  });

  bench.test("deleteIf removes a key only if its value has the start", async () => {
    const key = bench.key();
    equal(await bench.driver.deleteIf(key, FIRST), false);
    await bench.driver.set([forever(key, `${FIRST}value`)]);
    equal(await bench.other.deleteIf(key, SECOND_START), false);
    equal(await bench.read(key), `${FIRST}value`);
    equal(await bench.other.deleteIf(key, FIRST), true);
    equal(await bench.read(key), undefined);
  });

  bench.test("expireIf sets the ttl of a key only if its value has the start", async () => {
    // Without renewals, a store that is atomic within a process only has no leases.
    if (bench.driver.limits.atomic === "process") return;
    const key = bench.key();
    equal(await bench.driver.expireIf(key, FIRST, MINUTE), false);
    await bench.driver.set([forever(key, `${FIRST}value`)]);
    equal(await bench.other.expireIf(key, SECOND_START, MINUTE), false);
    equal(await bench.driver.ttl(key), Infinity);
    equal(await bench.other.expireIf(key, FIRST, MINUTE), true);
    await expectTtl(bench.driver, key, MINUTE);
    equal(await bench.driver.expireIf(key, FIRST, 1), true);
    await waitUntil("the key has expired", async () => !(await bench.driver.exists(key)));
    equal(await bench.driver.expireIf(key, FIRST, MINUTE), false);
  });

  bench.test("addAll and setAllIf change many keys, each as if it were alone", async () => {
    const { driver, other } = bench;
    // A driver may leave them out.
    if (!driver.addAll || !other.setAllIf) return;
    const keys = Array.from({ length: 600 }, (_, index) => bench.key(`${index}`));
    const items = keys.map((key, index) => ({ key, data: FIRST, ttl: index === 1 ? Infinity : MINUTE }));
    await driver.set([forever(keys[0]!, SECOND_START)]);
    deepEqual(
      await driver.addAll(items),
      keys.map((_, index) => index > 0),
    );
    const [bytes, text] = [bench.key("bytes"), bench.key("text")];
    const added = [
      { key: bytes, data: Uint8Array.of(0, 255), ttl: MINUTE },
      { key: text, data: 'ä "quoted"', ttl: MINUTE },
    ];
    deepEqual(await driver.addAll(added), [true, true]);
    const [addedBytes, addedText] = await driver.get([bytes, text]);
    expectBytes(addedBytes, Uint8Array.of(0, 255));
    equal(readText(addedText), 'ä "quoted"');
    await driver.delete([keys[2]!]);
    const large = new Uint8Array(400_000).fill(255);
    const data = (index: number): Data => (index < 5 ? large : `${THIRD}${index}`);
    const stored = await other.setAllIf(
      keys.map((key, index) => ({ key, data: data(index), ttl: index === 3 ? Infinity : 2 * MINUTE })),
      keys.map(() => FIRST),
    );
    deepEqual(
      stored,
      keys.map((_, index) => index !== 0 && index !== 2),
    );
    const values = await driver.get(keys);
    equal(readText(values[0]), SECOND_START);
    equal(values[2], undefined);
    expectBytes(values[4], large);
    equal(readText(values[599]), `${THIRD}599`);
    await expectTtl(driver, keys[1]!, 2 * MINUTE);
    await expectTtl(driver, keys[599]!, 2 * MINUTE);
    if (!driver.ttls) return;
    const [forEver, limited, missing] = await driver.ttls([keys[3]!, keys[4]!, keys[2]!]);
    deepEqual([forEver, missing], [Infinity, undefined]);
    ok(limited! > MINUTE && limited! <= 2 * MINUTE);
  });

  bench.test("an entry with an expiry can be added again once it is over, not before", async () => {
    const key = bench.key();
    const start = performance.now();
    equal(await bench.driver.add({ key, data: "dead", ttl: 200 }), true);
    await waitUntil("the key is free", () => bench.other.add({ key, data: "next", ttl: MINUTE }));
    ok(performance.now() - start >= 200 - bench.driver.limits.ttlGranularity, "it expired too early");
    equal(await bench.driver.deleteIf(key, "dead"), false);
  });
}
