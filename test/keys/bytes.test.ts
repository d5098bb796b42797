/** Keys of binary data: long data is hashed. */
import { createHash } from "node:crypto";
import { afterEach, describe, expect, it, vi } from "vitest";
import { cached } from "aotcache";
import { encode } from "../support/encode.ts";
import { sha256, sha256InJavaScript } from "../../runtime/key/sha256.ts";
import { random } from "../support/random.ts";

afterEach(() => void vi.unstubAllGlobals());

const next = random(7);
const bytesOf = (length: number): Uint8Array => Uint8Array.from({ length }, () => Math.floor(next() * 256));
const hashOf = (data: Uint8Array): string => createHash("sha256").update(data).digest("hex");

describe("a key of more than 64 bytes", () => {
  it.each([65, 256, 257, 100_000])("is their hash, and equal for equal bytes only: %i", (length) => {
    const data = bytesOf(length);
    const other = data.slice();
    other[length - 1]! ^= 1;
    expect(encode(data)).toBe(`Uint8Array(#${hashOf(data)})`);
    expect(encode(data.slice())).toBe(encode(data));
    const texts = [
      data,
      other,
      data.subarray(1),
      Buffer.from(data),
      data.buffer,
      new Int8Array(data),
      new DataView(data.buffer),
    ].map(encode);
    expect(new Set(texts).size).toBe(texts.length);
    expect(texts).not.toContain(undefined);
  });

  it("is that of the part that a view shows", () => {
    const data = bytesOf(1000);
    expect(encode(data.subarray(100, 900))).toBe(encode(data.slice(100, 900)));
    const shared = new Uint8Array(new SharedArrayBuffer(1000));
    shared.set(data);
    expect(encode(shared)).toBe(encode(data));
  });

  it.each<[what: string, change: (data: Uint8Array) => void]>([
    ["a property", (data) => Object.assign(data, { x: 1 })],
    ["a property that looks like the end of a list", (data) => Object.assign(data, { "1 more items ]": 1 })],
    ["a symbol", (data) => Object.assign(data, { [Symbol("x")]: 1 })],
  ])("does not exist with %s", (_, change) => {
    for (const data of [bytesOf(1000), Buffer.from(bytesOf(1000))]) {
      change(data);
      expect(encode(data)).toBeUndefined();
    }
  });

  it("is the same on a platform without node:crypto and node:util", () => {
    const data = [bytesOf(1000), Buffer.from(bytesOf(300)), new Float64Array(bytesOf(500))];
    const texts = data.map(encode);
    vi.stubGlobal("process", { ...process, getBuiltinModule: undefined });
    expect(data.map(encode)).toEqual(texts);
    expect(encode(Object.assign(bytesOf(1000), { x: 1 }))).toBeUndefined();
  });
});

it("SHA-256 in JavaScript is that of the platform", () => {
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000]) {
    const data = bytesOf(length);
    expect(sha256InJavaScript(data)).toBe(hashOf(data));
    expect(sha256(data)).toBe(hashOf(data));
  }
});

it("a call with bytes takes about as long as hashing them, in time and in memory", () => {
  const image = bytesOf(2 ** 20);
  const fn = cached((data: Uint8Array) => data.length, { name: "fn" });
  fn(image);
  const time = (run: () => unknown): number => {
    const began = process.cpuUsage();
    for (let i = 0; i < 5; i++) run();
    return process.cpuUsage(began).user / 5000;
  };
  expect(time(() => fn(image))).toBeLessThan(10 * time(() => hashOf(image)) + 10);
  expect(fn.cache.key(image).length).toBeLessThan(256);
});
