import { describe } from "vitest";
import { REDIS_FAULTS } from "./redis-faults.ts";
import { survives } from "./survives.ts";

describe("a cached function on Redis gives its answers, and hits come back, with", () => {
  survives(REDIS_FAULTS);
});
