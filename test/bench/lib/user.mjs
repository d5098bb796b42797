import { own } from "./own.mjs";

let runs = 0;
let handle;

/** The value in the suites of stores, equal to that in `fixtures/remote.ts`. */
export const user = async (id) => {
  runs++;
  return {
    id,
    name: `Ada Lovelace ${id}`,
    email: `ada.${id}@example.org`,
    active: true,
    roles: ["admin", "editor"],
    address: { street: "12 St James's Square", city: "London", country: "GB" },
  };
};

/** The same by hand, with the operations of a cache. */
export const throughCache = (cache) => async (id) => {
  const key = `user:${id}`;
  const found = await cache.get(key);
  if (found !== undefined) return found;
  const value = await user(id);
  await cache.set(key, value);
  return value;
};

/** The number of runs, compiled or not: if the store does not answer, calls are fast but not hits. */
export const countRuns = () => runs + (handle?.stats().misses ?? 0);

/** The compiled function. */
export async function compiledUser(fixture) {
  const { user: cached } = await import(fixture);
  handle = (await own("aotcache")).cacheOf(cached);
  return cached;
}

/** Resolves when its result is stored: until then, hits come from pending writes. */
export async function written() {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    if (!handle || handle.stats().sets >= handle.stats().misses) return;
  }
}
