/** The folder of the build cache stays within its limits, and returns exactly what was written. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { Folder, type Limits } from "../../src/build-cache/folder.ts";

function open(limits?: Limits): Folder {
  const base = fileURLToPath(new URL("../../.tmp", import.meta.url));
  mkdirSync(base, { recursive: true });
  const path = mkdtempSync(join(base, "folder-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return new Folder(path, limits);
}

/** Sets the last use of a file to a number of days ago. */
function usedAt({ path }: Folder, name: string, days: number): void {
  const seconds = Date.now() / 1000 - days * 24 * 60 * 60;
  utimesSync(join(path, name), seconds, seconds);
}

it("a value keeps everything that JSON would lose", () => {
  const folder = open();
  const value = { ttl: Infinity, seen: undefined, list: [1n, new Map([["a", -0]])] };
  folder.write("a", value);
  expect(folder.read("a")).toStrictEqual(value);
  expect(folder.read("b")).toBeUndefined();
});

it("the least recently used values are removed first if there are too many", () => {
  const folder = open({ files: 4, bytes: 1e6 });
  for (const [age, name] of ["e", "d", "c", "b", "a"].entries()) {
    folder.write(name, name);
    usedAt(folder, name, age);
  }
  folder.prune();
  expect(readdirSync(folder.path).sort()).toEqual(["c", "d", "e"]);
});

it("reading a value keeps it from being removed", () => {
  const folder = open({ files: 4, bytes: 1e6 });
  for (const [age, name] of ["e", "d", "c", "b", "a"].entries()) {
    folder.write(name, name);
    usedAt(folder, name, 2 + age);
  }
  folder.read("a");
  folder.prune();
  expect(readdirSync(folder.path).sort()).toEqual(["a", "d", "e"]);
});

it("the size of values counts", () => {
  const folder = open({ files: 100, bytes: 10_000 });
  for (const name of ["a", "b", "c"]) {
    folder.write(name, "x".repeat(4000));
    usedAt(folder, name, { a: 3, b: 2, c: 1 }[name]!);
  }
  folder.prune();
  expect(readdirSync(folder.path)).toEqual(["c"]);
});

it("temporary files of a process that was killed are removed after a day", () => {
  const folder = open();
  for (const name of ["old.tmp", "new.tmp"]) writeFileSync(join(folder.path, name), "half");
  usedAt(folder, "old.tmp", 2);
  folder.prune();
  expect(readdirSync(folder.path)).toEqual(["new.tmp"]);
});

it("a folder that cannot be created stays empty", () => {
  const { path } = open();
  writeFileSync(join(path, "file"), "");
  const folder = new Folder(join(path, "file", "inside"));
  folder.write("a", 1);
  folder.prune();
  expect(folder.read("a")).toBeUndefined();
});
