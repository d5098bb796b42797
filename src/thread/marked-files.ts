import { type Dirent, readdirSync } from "node:fs";
import { mayContainMark } from "../prefilter.ts";
import { readText } from "../project/files/disk.ts";
import type { FileSearch } from "./messages.ts";

/** Folders that hold no sources. */
const SKIPPED = /^(?:node_modules|\..*)$/;

/** A folder with more files is not one project, and reading it would take long. */
const MAX_FILES = 20_000;

/** Returns the files of a folder that may hold marked functions. Links are not followed: they may lead in circles. */
export function markedFiles({ folder, include, exclude }: FileSearch): readonly string[] {
  const isSelected = (path: string): boolean =>
    include.some((each) => each.test(path)) && !exclude.some((each) => each.test(path));
  const marked: string[] = [];
  const folders = [folder];
  let count = 0;
  // Iterating over an array also visits the values that the loop adds.
  for (const each of folders) {
    for (const entry of entriesIn(each)) {
      const path = `${each}/${entry.name}`;
      if (entry.isDirectory() && !SKIPPED.test(entry.name)) folders.push(path);
      if (!entry.isFile() || !isSelected(path)) continue;
      if (++count > MAX_FILES) return marked;
      const text = readText(path) ?? "";
      if (mayContainMark(text)) marked.push(path);
    }
  }
  return marked;
}

function entriesIn(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
