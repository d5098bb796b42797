import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { cached } from "aotcache";
import { random } from "../../runtime/platform/random.ts";

vi.mock(import("../../runtime/platform/random.ts"), () => ({ random: vi.fn() }));

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

describe("jitter", () => {
  it.each([
    [0, 100],
    [0.5, 95],
    [0.999, 90.01],
  ])("of 10%% with the random number %d makes an entry of 100 seconds expire after %d", (chance, seconds) => {
    vi.mocked(random).mockReturnValue(chance);
    const fn = cached((_: number) => ({}), { ttl: 100, jitter: "10%" });
    const first = fn(1);
    vi.setSystemTime(seconds * 1000 - 1);
    expect(fn(1)).toBe(first);
    vi.setSystemTime(seconds * 1000);
    expect(fn(1)).not.toBe(first);
  });

  it("is random for each entry, so that entries stored together do not expire together", () => {
    vi.mocked(random).mockReturnValueOnce(0.9).mockReturnValueOnce(0.1);
    const fn = cached((n: number) => ({ n }), { ttl: 100, jitter: "50%" });
    const [one, two] = [fn(1), fn(2)];
    vi.setSystemTime(60_000);
    expect(fn(1)).not.toBe(one);
    expect(fn(2)).toBe(two);
  });

  it("shifts the stale windows: they start at the expiry of the entry", () => {
    vi.mocked(random).mockReturnValue(0.5);
    const fn = cached((_: number) => ({}), { ttl: 100, jitter: "10%", swr: 10 });
    const first = fn(1);
    vi.setSystemTime(104_999);
    expect(fn(1)).toBe(first);
    vi.setSystemTime(105_000);
    expect(fn(1)).not.toBe(first);
  });
});
