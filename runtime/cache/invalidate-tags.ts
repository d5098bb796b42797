import { defaultStore } from "../call/default-store.ts";
import { invalidateInMemory } from "../call/tags.ts";
import { tagsIn } from "../contract/tags.ts";
import { configuredCaches } from "./configure.ts";

/**
 * Makes everything with one of the tags a miss, on all configured caches and in the built-in one: results of functions
 * with the option `tags`, and keys that were set with `tags`. Other processes see it on the stores that they share.
 *
 * It takes one write for each tag and cache, however many entries there are. Results of runs in flight are not stored.
 *
 * @param tags a tag (commas included), or several; unknown ones are ignored
 * @throws {CacheError} `option-value` if a tag is not a text, or has more than 512 bytes; `timeout` or `unavailable` if a
 * store fails, after the others were invalidated; `closed` if a cache is closed.
 * @example
 * const user = cached(async (id: number) => ({ id }), { name: "user", tags: ["user:{id}", "users"] });
 * await user(42);
 * await invalidateTags("user:42");
 */
export async function invalidateTags(tags: string | Iterable<string>): Promise<void> {
  const list = tagsIn("invalidateTags()", tags);
  invalidateInMemory(defaultStore, list);
  const outcomes = await Promise.allSettled(
    configuredCaches().map(async (cache) => cache.invalidateTags(list)),
  );
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
}
