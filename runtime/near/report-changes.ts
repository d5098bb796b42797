import type { Driver, Item } from "../contract/driver.ts";

/**
 * A driver that also tells which keys this process changes: before the change and after it. A read in between may still
 * find the old value.
 *
 * @param onChange `undefined` instead of keys: every key may have changed
 */
export function reportChanges(
  driver: Driver,
  onChange: (keys: readonly string[] | undefined) => void,
): Driver {
  const changing = async <T>(keys: readonly string[] | undefined, run: () => Promise<T>): Promise<T> => {
    onChange(keys);
    try {
      return await run();
    } finally {
      onChange(keys);
    }
  };
  const keysOf = (items: readonly Item[]): string[] => items.map(({ key }) => key);
  return {
    name: driver.name,
    limits: driver.limits,
    get raw() {
      return driver.raw;
    },
    get: (keys) => driver.get(keys),
    exists: (key) => driver.exists(key),
    ttl: (key) => driver.ttl(key),
    reconnect: () => driver.reconnect?.(),
    ...(driver.follow && { follow: driver.follow.bind(driver) }),
    close: () => driver.close(),
    ...(driver.addAll && { addAll: (items) => changing(keysOf(items), () => driver.addAll!(items)) }),
    ...(driver.setAllIf && {
      setAllIf: (items, starts) => changing(keysOf(items), () => driver.setAllIf!(items, starts)),
    }),
    ...(driver.ttls && { ttls: (keys) => driver.ttls!(keys) }),
    set: (items) => changing(keysOf(items), () => driver.set(items)),
    add: (item) => changing([item.key], () => driver.add(item)),
    delete: (keys) => changing(keys, () => driver.delete(keys)),
    increment: (key, delta, ttl) => changing([key], () => driver.increment(key, delta, ttl)),
    expire: (key, ttl) => changing([key], () => driver.expire(key, ttl)),
    clear: (prefix) => changing(undefined, () => driver.clear(prefix)),
    setIf: (item, start) => changing([item.key], () => driver.setIf(item, start)),
    replaceStart: (key, start, by) => changing([key], () => driver.replaceStart(key, start, by)),
    deleteIf: (key, start) => changing([key], () => driver.deleteIf(key, start)),
    expireIf: (key, start, ttl) => changing([key], () => driver.expireIf(key, start, ttl)),
  };
}
