import { afterEach, expect, it, vi } from "vitest";
import { CircuitBreaker } from "../../runtime/platform/circuit-breaker.ts";

afterEach(() => void vi.restoreAllMocks());

it("probes after its pause, although the wall clock was set back while it was open", async () => {
  const time = performance.now();
  const clock = vi.spyOn(performance, "now").mockReturnValue(time);
  const probe = vi.fn(async () => {});
  const breaker = new CircuitBreaker(probe);
  for (let i = 0; i < 3; i++) breaker.failed();
  expect(breaker.isClosed).toBe(false);
  vi.spyOn(Date, "now").mockReturnValue(Date.now() - 3_600_000);
  clock.mockReturnValue(time + 250);
  expect(breaker.isClosed).toBe(false);
  await vi.waitUntil(() => breaker.isClosed);
  expect(probe).toHaveBeenCalledTimes(1);
});
