import { describe } from "vitest";
import { MEMCACHED_FAULTS } from "./memcached-faults.ts";
import { survives } from "./survives.ts";

describe("a cached function on Memcached gives its answers, and hits come back, with", () => {
  survives(MEMCACHED_FAULTS);
});
