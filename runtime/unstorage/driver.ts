import type { Driver } from "../contract/driver.ts";
import { createKeyvDriver } from "../keyv/driver.ts";
import { warn } from "../platform/environment.ts";
import { adapterOf, driverFor, type UnstorageInstance } from "./adapter.ts";

/** Drivers whose reads may return what another place of the world has removed, for up to a minute. */
const EVENTUALLY_CONSISTENT = /^(?:cloudflare-kv|netlify-blobs|vercel-blob|azure-app-configuration)/;

const warned = new WeakSet<UnstorageInstance>();

/**
 * Makes a driver for a `Storage` of unstorage. Operations that read and write are atomic within this process only.
 *
 * @throws {CacheError} `option-value` if the argument is not a storage, or its driver cannot write.
 */
export function createUnstorageDriver(storage: UnstorageInstance): Driver {
  const adapter = adapterOf(storage);
  const { name = "" } = driverFor(storage) ?? {};
  if (EVENTUALLY_CONSISTENT.test(name) && !warned.has(storage)) {
    warned.add(storage);
    warn(
      `the unstorage driver ${name} is eventually consistent, so what one process removes, others may read for a while; use a ttl that bounds this, or another driver.`,
    );
  }
  const title = name === "" ? "unstorage" : `unstorage (${name})`;
  return createKeyvDriver(adapter, { name: title, kind: "unstorage", raw: storage });
}
