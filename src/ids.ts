import { problem, type Problem } from "./diagnostics/catalogue.ts";
import { inNotation } from "./diagnostics/notation.ts";
import { stampOf } from "./project/files/disk.ts";
import type { Site } from "./site.ts";

interface Claim {
  readonly path: string;
  readonly at: string;
  /** The file on disk when the claim was made. */
  readonly stamp: string;
}

/** What a file's claims came to. */
export interface Claimed {
  readonly problems: readonly Problem[];
  /** Files that hold an id that was wanted here: the cure may be in one of them. */
  readonly holders: readonly string[];
}

/** The ids of a project's cached functions, so that no two functions have the same. */
export class Ids {
  readonly #byId = new Map<string, Claim>();
  readonly #byPath = new Map<string, readonly string[]>();

  /** Takes a file's sites in place of those it had before; says which of their ids are taken. */
  replace(
    path: string,
    sites: readonly (Pick<Site, "id" | "span" | "at"> & Partial<Pick<Site, "form">>)[],
  ): Claimed {
    for (const id of this.#byPath.get(path) ?? []) {
      if (this.#byId.get(id)?.path === path) this.#byId.delete(id);
    }
    const own: string[] = [];
    const problems: Problem[] = [];
    const holders: string[] = [];
    const stamp = sites.length > 0 ? stampOf(path) : "";
    for (const { id, span, at, form = "call" } of sites) {
      const key = JSON.stringify([id.namespace, id.name]);
      const other = this.#byId.get(key);
      if (other && !hasLapsed(other, path)) {
        const details = { id: `${id.namespace}:${id.name}`, other: other.at };
        problems.push(inNotation(problem("id-duplicate", span, details), form));
        if (other.path !== path) holders.push(other.path);
        continue;
      }
      this.#byId.set(key, { path, at, stamp });
      own.push(key);
    }
    this.#byPath.set(path, own);
    return { problems, holders };
  }
}

/**
 * A function that moves from one file to another is seen in the new one first: what the old file had before
 * it was changed or deleted is no claim. If the function is still there, the next look at that file says so.
 */
function hasLapsed({ path, stamp }: Claim, wantedBy: string): boolean {
  return path !== wantedBy && stampOf(path) !== stamp;
}
