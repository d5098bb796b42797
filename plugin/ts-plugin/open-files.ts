/** The texts of the files that are open in the editor. */
import type ts from "typescript";
import type { Question } from "./messages.ts";

export class OpenFiles {
  /** The version of each text that the thread has. */
  readonly #versions = new Map<string, string>();

  /** Returns what changed since the last call. */
  changes(service: ts.server.ProjectService): Question["opened"] {
    const changed: [string, string | undefined][] = [];
    const open = new Set<string>();
    for (const key of service.openFiles.keys()) {
      const info = service.getScriptInfoForPath(key);
      if (!info) continue;
      const version = info.getLatestVersion();
      open.add(info.fileName);
      if (this.#versions.get(info.fileName) === version) continue;
      this.#versions.set(info.fileName, version);
      changed.push([info.fileName, textOf(info.getSnapshot())]);
    }
    for (const path of this.#versions.keys()) {
      if (open.has(path)) continue;
      this.#versions.delete(path);
      changed.push([path, undefined]);
    }
    return changed;
  }

  /** Forgets what the thread has, because it was started again. */
  clear(): void {
    this.#versions.clear();
  }
}

export const textOf = (snapshot: ts.IScriptSnapshot): string => snapshot.getText(0, snapshot.getLength());
