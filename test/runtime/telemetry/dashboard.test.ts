/** The dashboard for Grafana: a Prometheus that scrapes both exporters has series for each of its queries. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { cached, configure } from "aotcache";
import { keyv } from "aotcache/keyv";
import { otel } from "aotcache/otel";
import { contentType, metrics } from "aotcache/prometheus";
import { installed, makeRequirable } from "../../support/installed.ts";
import { reservePort } from "../../support/servers/ports.ts";
import { ensurePrograms, findProgram } from "../../support/servers/programs.ts";

let exporter: { getMetricsRequestHandler: RequestListener };
beforeAll(async () => {
  await ensurePrograms(["prometheus"]);
  const { folder, require } = await installed("dashboard", [
    ...["@opentelemetry/api@1", "@opentelemetry/sdk-metrics@2", "@opentelemetry/exporter-prometheus@0"],
  ]);
  makeRequirable(folder);
  const { PrometheusExporter } = require("@opentelemetry/exporter-prometheus");
  const { MeterProvider } = require("@opentelemetry/sdk-metrics");
  exporter = new PrometheusExporter({ preventServerStart: true });
  require("@opentelemetry/api").metrics.setGlobalMeterProvider(new MeterProvider({ readers: [exporter] }));
});

/** Serves metrics; returns the address. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close().closeAllConnections());
  await once(server, "listening");
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Starts a Prometheus that scrapes each job every second; returns its address. */
async function startPrometheus(jobs: Readonly<Record<string, string>>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "aotcache-prometheus-"));
  const config = {
    global: { scrape_interval: "1s" },
    scrape_configs: Object.entries(jobs).map(([job_name, target]) => ({
      ...{ job_name, static_configs: [{ targets: [target] }] },
    })),
  };
  // YAML contains JSON.
  writeFileSync(join(folder, "prometheus.yml"), JSON.stringify(config));
  const port = await reservePort();
  onTestFinished(() => port.release());
  const address = `127.0.0.1:${port.number}`;
  const files = [`--config.file=${join(folder, "prometheus.yml")}`, `--storage.tsdb.path=${folder}`];
  const child = spawn(findProgram("prometheus")!, [...files, `--web.listen-address=${address}`], {
    stdio: "ignore",
  });
  onTestFinished(async () => {
    child.kill();
    await once(child, "exit");
    rmSync(folder, { recursive: true });
  });
  return address;
}

interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string }[];
}
const { panels } = JSON.parse(
  readFileSync(new URL("../../../runtime/telemetry/grafana.json", import.meta.url), "utf8"),
) as { panels: readonly Panel[] };

/** A query of the dashboard for all functions, of what one exporter shows. */
const queryFor = (expr: string, job: string): string =>
  expr
    .replaceAll("$__rate_interval", "10s")
    .replaceAll(/\$(?:function|namespace)/g, ".*")
    .replaceAll('cache=~"$cache"', `cache=~".*",job="${job}"`);

it("shows numbers for each query, by Prometheus's own format and by OpenTelemetry's", async () => {
  onTestFinished(otel());
  const cache = keyv(new Map());
  configure({ default: cache });
  onTestFinished(() => configure({}));
  const load = cached(async (n: number) => n, { name: "load" });
  const calls = setInterval(() => void load(Math.floor(Math.random() * 1000)), 5);
  onTestFinished(() => clearInterval(calls));
  const address = await startPrometheus({
    own: await serve((_, response) => response.setHeader("content-type", contentType).end(metrics())),
    otel: await serve((...request) => exporter.getMetricsRequestHandler(...request)),
  });
  const valuesOf = async (query: string): Promise<readonly number[]> => {
    const response = await fetch(`http://${address}/api/v1/query?query=${encodeURIComponent(query)}`);
    const { data } = (await response.json()) as { data: { result: { value: [number, string] }[] } };
    return data.result.map(({ value }) => Number(value[1]));
  };
  const queries = panels.flatMap(({ title, targets }) =>
    targets.flatMap(({ expr }) => ["own", "otel"].map((job) => [title, queryFor(expr, job)] as const)),
  );
  expect(queries.length).toBeGreaterThan(20);
  const empty = async (): Promise<unknown[]> => {
    const all = await Promise.all(
      queries.map(async ([title, query]) => [title, query, await valuesOf(query)] as const),
    );
    return all.filter(([, , values]) => values.length === 0 || values.some(Number.isNaN));
  };
  await expect.poll(empty, { interval: 1000, timeout: 40_000 }).toEqual([]);
});
