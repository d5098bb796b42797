import { own } from "./own.mjs";

let runs = 0;
let handle;

/** What the stores' suites keep; as `fixtures/remote.ts` has it. */
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

/** The same by hand, through the operations of a cache. */
export const throughCache = (cache) => async (id) => {
  const key = `user:${id}`;
  const found = await cache.get(key);
  if (found !== undefined) return found;
  const value = await user(id);
  await cache.set(key, value);
  return value;
};

/** How often it ran, compiled or not: where the store does not answer, calls are quick, and no hits. */
export const countRuns = () => runs + (handle?.stats().misses ?? 0);

/** The compiled one. */
export async function compiledUser(fixture) {
  const { user: cached } = await import(fixture);
  handle = (await own("aotcache")).cacheOf(cached);
  return cached;
}

/** Resolves when what it gave is in the store: until then hits come from what is on its way there. */
export async function written() {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    if (!handle || handle.stats().sets >= handle.stats().misses) return;
  }
}
