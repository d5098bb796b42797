import { describe } from "vitest";
import { FAILOVERS } from "./redis-faults.ts";
import { survives } from "./survives.ts";

describe("a cached function on several Redis gives its answers, and hits come back, when", () => {
  survives(FAILOVERS);
});
