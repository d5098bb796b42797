import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { Data } from "../contract/driver.ts";
import { expectBytes, expectValues, forever, type Bench } from "./bench.ts";

const VALUES: readonly (readonly [what: string, data: Data])[] = [
  ["an empty text", ""],
  ["text beyond ASCII", "größer als 😀\u2028"],
  ["line ends and null characters", "a\r\nEND\r\n\0"],
  ["every byte", Uint8Array.from({ length: 256 }, (_, byte) => byte)],
  ["bytes that are not UTF-8", new Uint8Array([0xff, 0xfe, 0xc0, 0x80])],
  ["a part of a larger buffer", new Uint8Array([9, 1, 2, 9]).subarray(1, 3)],
  ["a megabyte", Uint8Array.from({ length: 1_000_000 }, (_, index) => (index * 31) % 251)],
  ["a megabyte of text", "é".repeat(500_000)],
];

const PUNCTUATION = ["{a:1}", "{}", "}{", "a}b{c", "{", "*?[a-z]\\", "%20", "'\"`$", "../..", "a_b%"];

/** All characters that a store with `plainKeys` accepts. */
const PLAIN_CHARACTERS = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index));
/** Texts that other stores accept in keys. */
const NOT_PLAIN_TEXTS = ["a b", "a\nb", "a\r\nb", "a\0b", "é", "e\u0301", "😀"];

/** Bounds the longest key of the tests if the store accepts keys of any length. */
const MAX_TESTED_KEY_BYTES = 10_000;

/** Tests that values are read as they were stored, each under its own key. */
export function values(bench: Bench): void {
  bench.test("the driver has a name and valid limits", async () => {
    const { name, limits } = bench.driver;
    match(name, /\S/);
    ok(limits.keyBytes >= 100, "keys of less than 100 bytes leave no space for a namespace and a hash");
    ok(limits.ttlGranularity > 0);
    equal(typeof limits.plainKeys, "boolean");
    ok([undefined, "store", "process"].includes(limits.atomic));
  });

  bench.test("get, set and delete accept empty lists", async () => {
    deepEqual(await bench.driver.get([]), []);
    deepEqual(await bench.driver.delete([]), []);
    equal(await bench.driver.set([]), undefined);
  });

  bench.test("values are read in the order of their keys, with undefined for a missing one", async () => {
    const [a, b, missing] = [bench.key("a"), bench.key("b"), bench.key("missing")];
    await bench.driver.set([forever(a, "1"), forever(b, "2")]);
    await expectValues(bench.driver, [b, missing, a, b], ["2", undefined, "1", "2"]);
  });

  bench.test("a hundred keys are stored, read and removed together", async () => {
    const keys = Array.from({ length: 100 }, (_, index) => bench.key(`${index}`));
    await bench.driver.set(keys.map((key) => forever(key, `value of ${key}`)));
    await expectValues(
      bench.driver,
      keys,
      keys.map((key) => `value of ${key}`),
    );
    deepEqual(
      await bench.driver.delete(keys),
      keys.map(() => true),
    );
    await expectValues(
      bench.driver,
      keys,
      keys.map(() => undefined),
    );
  });

  bench.test("of two values that are stored together under one key, the last one stays", async () => {
    const key = bench.key();
    await bench.driver.set([forever(key, "1"), forever(key, "2")]);
    equal(await bench.read(key), "2");
  });

  for (const [what, data] of VALUES) {
    bench.test(`a value is read as it was stored: ${what}`, async () => {
      const key = bench.key();
      await bench.driver.set([forever(key, data)]);
      expectBytes((await bench.driver.get([key]))[0], data);
    });
  }

  bench.test("delete tells for each key whether it existed", async () => {
    const [a, missing] = [bench.key("a"), bench.key("missing")];
    await bench.driver.set([forever(a, "1")]);
    deepEqual(await bench.driver.delete([missing, a]), [false, true]);
    deepEqual(await bench.driver.delete([a]), [false]);
  });

  bench.test("exists is true for an empty value, and false for a missing key", async () => {
    const key = bench.key();
    equal(await bench.driver.exists(key), false);
    await bench.driver.set([forever(key, "")]);
    equal(await bench.driver.exists(key), true);
  });

  bench.test("one client reads what the other stored", async () => {
    const key = bench.key();
    await bench.driver.set([forever(key, "shared")]);
    await expectValues(bench.other, [key], ["shared"]);
  });

  testKeys(bench);
}

function testKeys(bench: Bench): void {
  bench.test("keys of the maximum length that differ in the last byte are different keys", async () => {
    const head = bench.key("");
    const filling = "x".repeat(
      Math.min(bench.driver.limits.keyBytes, MAX_TESTED_KEY_BYTES) - head.length - 1,
    );
    const [a, b] = [`${head}${filling}a`, `${head}${filling}b`];
    await bench.driver.set([forever(a, "a"), forever(b, "b")]);
    await expectValues(bench.driver, [a, b], ["a", "b"]);
  });

  for (const tail of PUNCTUATION) {
    bench.test(`punctuation in keys has no special meaning: ${tail}`, async () => {
      const [key, near] = [bench.key(tail), bench.key(`${tail}.`)];
      await bench.driver.set([forever(key, "1"), forever(near, "2")]);
      await expectValues(bench.driver, [key, near], ["1", "2"]);
      equal(await bench.driver.setIf(forever(key, "=3 "), "1"), true);
      equal(await bench.driver.deleteIf(key, "=3 "), true);
      deepEqual(await bench.driver.delete([key, near]), [false, true]);
    });
  }

  bench.test("keys with different characters are different keys, also A and a", async () => {
    const { plainKeys } = bench.driver.limits;
    const namespace = bench.namespace();
    const keys = (plainKeys ? PLAIN_CHARACTERS : [...PLAIN_CHARACTERS, ...NOT_PLAIN_TEXTS]).map(
      (tail) => `${namespace}:k:${tail}`,
    );
    await bench.driver.set(keys.map((key) => forever(key, key)));
    await expectValues(bench.driver, keys, keys);
  });
}
