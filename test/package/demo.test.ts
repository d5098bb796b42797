import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test, vi } from "vitest";

interface Round {
  label: string;
  seconds: number;
  ms: number[];
}
interface Client {
  ask(url: string, limit: number, answers: Map<string, Buffer>, round: Round): Promise<void>;
}
interface Requests {
  requests(): Generator<string>;
}
interface Report {
  report(backend: string, rounds: object[]): void;
  quantile(numbers: number[], share: number): number;
}
interface Terminal {
  bar(share: number, width: number): string;
}

const folder = new URL("../../fixtures/apps/cities/", import.meta.url);
const load = (name: string): Promise<unknown> => import(new URL(`demo/${name}.mjs`, folder).href);
const { ask } = (await load("client")) as Client;
const { requests } = (await load("requests")) as Requests;
const { report, quantile } = (await load("report")) as Report;
const { bar } = (await load("terminal")) as Terminal;

const USAGE =
  "Usage: npm run demo -- [--backend memory|redis|memcached] [--processes 1-8] [--near] [--inspect]";

describe("arguments", () => {
  const demo = (...args: string[]) =>
    spawnSync(process.execPath, [fileURLToPath(new URL("demo.mjs", folder)), ...args], { encoding: "utf8" });

  test("--help prints the usage", () => {
    const { status, stdout } = demo("--help");
    expect([status, stdout]).toEqual([0, `${USAGE}\n`]);
  });

  test.each([
    [["--fast"], "Unknown option '--fast'."],
    [["redis"], "Unexpected argument 'redis'."],
    [["--backend"], "Option '--backend <value>' argument missing."],
    [["--backend=toString"], "Unknown backend 'toString'."],
    [["--backend=redis", "--processes=0"], "--processes cannot be '0'."],
    [["--near"], "Servers share results with --backend redis or memcached only."],
  ])("%j is reported in one line", (args, message) => {
    const { status, stdout, stderr } = demo(...args);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toBe(`${message} ${USAGE}\n`);
  });
});

describe("requests", () => {
  const first = (count: number): string[] => {
    const sequence = requests();
    return Array.from({ length: count }, () => sequence.next().value as string);
  };

  test("sends the same sequence to every server", () => {
    expect(first(1000)).toEqual(first(1000));
  });

  test("repeats a few requests often, and calls all functions", () => {
    const paths = first(5000);
    expect(new Set(paths).size).toBeLessThan(100);
    expect(new Set(paths.map((path) => path.split("?")[0])).size).toBe(5);
  });
});

describe("ask", () => {
  const serve = async (listener: RequestListener): Promise<string> => {
    const server = createServer(listener).listen(0, "127.0.0.1");
    onTestFinished(() => void server.close().closeAllConnections());
    await once(server, "listening");
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const asked = async (listener: RequestListener): Promise<Round> => {
    const round = { label: "with", seconds: 0, ms: [] };
    await ask(await serve(listener), 0.1, new Map(), round);
    return round;
  };

  test("measures each answer until the time is up", async () => {
    let answered = 0;
    const { seconds, ms } = await asked((request, response) => {
      answered++;
      response.end(request.url);
    });
    expect(seconds).toBeGreaterThanOrEqual(0.1);
    expect(ms).toHaveLength(answered);
    expect(ms.reduce((sum, taken) => sum + taken, 0) / 1000).toBeLessThanOrEqual(seconds);
  });

  test("fails if a request has two different answers", async () => {
    let answered = 0;
    const wrong = asked((_, response) => response.end(`${answered++}`));
    await expect(wrong).rejects.toThrow(/^\/\w+\?\S+ was answered in two different ways\.$/);
  });

  test("fails if the server does", async () => {
    const broken = asked((_, response) => response.writeHead(500).end("no places"));
    await expect(broken).rejects.toThrow(/answered 500: no places$/);
  });
});

describe("report", () => {
  test("shows a cache that makes the server slower, without escape codes", () => {
    const lines: string[] = [];
    const log = vi.spyOn(console, "log").mockImplementation((line = "") => void lines.push(line));
    onTestFinished(() => log.mockRestore());
    const stats = { find: { hits: 1, misses: 9, runs: 9, hitRatio: 0.1, averageRun: 0.2 } };
    const explain = {
      key: 'shop/src/find:find@12345678("TR")',
      parts: [{ name: "country", type: "string", text: '"TR"' }],
      ttl: 3600,
      backend: "memory",
      state: "fresh",
      at: "src/find.ts:1",
    };
    report("memory", [
      { label: "without", seconds: 2, ms: Array(20).fill(100) },
      { label: "with", seconds: 2, ms: Array(10).fill(200), stats, explain },
    ]);
    const text = lines.join("\n");
    expect(text).toMatch(/without {2}█+[▏▎▍▌▋▊▉]? 10 {2}× 1\n/);
    expect(text).toMatch(/with {5}█+[▏▎▍▌▋▊▉]? 5 {2}× 0\.5\n/);
    expect(text).toMatch(/find +10 +9 +10\.0 % +200/);
    expect(text).toMatch(/12345678 +its version/);
    expect(text).not.toContain("\x1b");
  });

  test("a quantile is one of the numbers", () => {
    expect(quantile([3, 1, 2], 0.5)).toBe(2);
    expect(quantile([3, 1, 2], 0.99)).toBe(3);
    expect(quantile([7], 0.5)).toBe(7);
  });

  test("a bar is accurate to an eighth of a column, and a value above zero is visible", () => {
    expect([0, 0.0001, 0.5, 0.53, 1, 2].map((share) => bar(share, 4))).toEqual([
      "",
      "▏",
      "██",
      "██▏",
      "████",
      "████",
    ]);
  });
});
