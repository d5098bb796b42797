/** Rejects a second function with an id that another function of the project has. */
import { problem, type Problem } from "./diagnostics/catalogue.ts";
import { inNotation } from "./diagnostics/notation.ts";
import { stampOf } from "./project/files/disk.ts";
import type { Site } from "./site.ts";

/** A function that has an id. */
interface Claim {
  readonly path: string;
  /** `src/users.ts:12`, for messages. */
  readonly at: string;
  /** The state of the file on disk when the claim was made. */
  readonly stamp: string;
}

/** The result of claiming the ids of one file. */
export interface ClaimResult {
  readonly problems: readonly Problem[];
  /** Other files with one of these ids. Changing one of them can resolve the conflict. */
  readonly holders: readonly string[];
}

/** The ids of all cached functions of a project. */
export class Ids {
  readonly #byId = new Map<string, Claim>();
  readonly #byPath = new Map<string, readonly string[]>();

  /** Replaces the ids of a file by those of `sites`, and reports the ids that other functions have. */
  replace(
    path: string,
    sites: readonly (Pick<Site, "id" | "span" | "at"> & Partial<Pick<Site, "form">>)[],
  ): ClaimResult {
    for (const id of this.#byPath.get(path) ?? []) {
      if (this.#byId.get(id)?.path === path) this.#byId.delete(id);
    }
    const claimed: string[] = [];
    const problems: Problem[] = [];
    const holders: string[] = [];
    const stamp = sites.length > 0 ? stampOf(path) : "";
    for (const { id, span, at, form = "call" } of sites) {
      const key = JSON.stringify([id.namespace, id.name]);
      const other = this.#byId.get(key);
      if (other && !isOutdated(other, path)) {
        const details = { id: `${id.namespace}:${id.name}`, other: other.at };
        problems.push(inNotation(problem("id-duplicate", span, details), form));
        if (other.path !== path) holders.push(other.path);
        continue;
      }
      this.#byId.set(key, { path, at, stamp });
      claimed.push(key);
    }
    this.#byPath.set(path, claimed);
    return { problems, holders };
  }
}

/**
 * Tells whether a claim is outdated because its file was changed or deleted since. When a function moves to
 * another file, the new file can be compiled first. If the old file still has the function, compiling that
 * file again reports the conflict.
 */
function isOutdated({ path, stamp }: Claim, claimant: string): boolean {
  return path !== claimant && stampOf(path) !== stamp;
}
