import { problem, type Problem } from "./diagnostics.ts";
import type { Site } from "./site.ts";

/** The ids of a project's cached functions, so that no two functions have the same. */
export class Ids {
  readonly #byId = new Map<string, { readonly path: string; readonly at: string }>();
  readonly #byPath = new Map<string, readonly string[]>();

  /** Takes a file's sites in place of those it had before; says which of their ids are taken. */
  replace(path: string, sites: readonly Pick<Site, "id" | "span" | "at">[]): readonly Problem[] {
    for (const id of this.#byPath.get(path) ?? []) this.#byId.delete(id);
    const own: string[] = [];
    const problems: Problem[] = [];
    for (const { id, span, at } of sites) {
      const key = JSON.stringify([id.namespace, id.name]);
      const other = this.#byId.get(key);
      if (other) {
        problems.push(problem("id-duplicate", span, { id: `${id.namespace}:${id.name}`, other: other.at }));
        continue;
      }
      this.#byId.set(key, { path, at });
      own.push(key);
    }
    this.#byPath.set(path, own);
    return problems;
  }
}
