import { defineConfig, mergeConfig } from "vitest/config";
import shared from "./vitest.config.ts";

/** The suites that need real servers: `npm run test:stores` finds or installs redis-server and memcached. */
export default mergeConfig(
  { ...shared, test: { ...shared.test, include: [], exclude: [] } },
  defineConfig({
    test: {
      include: [
        "test/{drivers,caches,remote,faults}/**/*.test.ts",
        "test/servers.test.ts",
        "test/proxy.test.ts",
      ],
      globalSetup: ["test/support/servers/setup.ts"],
    },
  }),
);
