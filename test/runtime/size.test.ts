/** The estimate of the memory that a value takes: its accuracy, and its cost. */
import { describe, expect, it } from "vitest";
import { sizeOf } from "../../runtime/memory/size.ts";

const text = (length: number): string => "x".repeat(length);
const list = <T>(length: number, item: (index: number) => T): T[] =>
  Array.from({ length }, (_, n) => item(n));
const tree = (depth: number): object =>
  depth === 0 ? { leaf: 1 } : { left: tree(depth - 1), right: tree(depth - 1) };

interface Node {
  kids: Node[];
  parent: Node | undefined;
}
function linked(depth: number, parent?: Node): Node {
  const node: Node = { kids: [], parent };
  node.kids = list(depth === 0 ? 0 : 3, () => linked(depth - 1, node));
  return node;
}

describe("a value is estimated within a factor of two of what it takes in V8", () => {
  it.each<[string, value: unknown, bytes: number]>([
    ["a text in Latin-1", "é".repeat(1000), 1016],
    ["another text", "ж".repeat(1000), 2016],
    ["a large integer", 2n ** 80_000n, 10_016],
    ["a date", new Date(), 96],
    ["bytes", new Uint8Array(10_000), 10_100],
    ["a view of a buffer", new Uint8Array(10_000).subarray(0, 10), 100],
    ["a buffer", new ArrayBuffer(10_000), 10_100],
    ["a record", { id: 1, name: text(20), tags: [text(5), text(6)] }, 48 + 40 + 64 + 2 * 24],
    ["a list of numbers", list(100_000, (n) => n), 800_048],
    ["a list of short texts", list(1000, (n) => `item ${n}`), 48 + 1000 * 32],
    ["a list of records", list(100_000, (id) => ({ id, name: text(20) })), 48 + 100_000 * 88],
    [
      "a page of records within records",
      { total: 1, items: list(1000, (id) => ({ id, author: { name: text(20), links: [text(40)] } })) },
      1000 * (8 + 40 + 40 + 40 + 56 + 56),
    ],
    ["a dictionary", Object.fromEntries(list(1000, (n) => [`k${n}`, text(100)])), 1000 * (80 + 120)],
    ["a map", new Map(list(1000, (n) => [`key ${n}`, text(100)])), 1000 * (40 + 24 + 120)],
    ["a set", new Set(list(1000, (n) => text(100) + String(n))), 1000 * (32 + 120)],
    ["a tree", tree(16), 2 ** 16 * 40 + 2 ** 16 * 32],
    ["a tree with circles", linked(6), (3 ** 7 / 2) * (40 + 48 + 24)],
    ["a list that many objects share", list(10, () => list(10, () => 1)), 10 * (8 + 128)],
  ])("%s", (_, value, bytes) => {
    expect(sizeOf(value) / bytes).toBeGreaterThan(0.5);
    expect(sizeOf(value) / bytes).toBeLessThan(2);
  });
});

it("reads a few hundred parts of a large value at most", () => {
  let reads = 0;
  const counting = <T extends object>(value: T): T =>
    new Proxy(value, {
      getOwnPropertyDescriptor: (...args) => (reads++, Reflect.getOwnPropertyDescriptor(...args)),
    });
  const records = list(10_000, (id) => counting({ id, place: counting({ x: id, y: id }) }));
  expect(sizeOf({ records })).toBeGreaterThan(10_000 * 80);
  expect(reads).toBeLessThan(300);
});

it("ends for values that are very deep, or a graph without an end", () => {
  let deep: unknown = "end";
  for (let level = 0; level < 100_000; level++) deep = [deep];
  expect(sizeOf(deep)).toBeGreaterThan(5000);
  const users = list(1000, (): { friends: unknown[] } => ({ friends: [] }));
  for (const [n, { friends }] of users.entries())
    for (let m = 1; m < 50; m++) friends.push(users[(n * m) % 1000]);
  expect(sizeOf(users)).toBeLessThan(2 * 1000 * (40 + 448));
});

it("runs no code of the value", () => {
  const value = {
    get computed(): never {
      throw new Error("was run");
    },
  };
  const shy = new Proxy({}, { ownKeys: () => expect.unreachable() as never });
  expect(sizeOf([value, shy])).toBeLessThan(200);
});
