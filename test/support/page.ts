/** Serves a folder and opens its page in a real browser. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { onTestFinished } from "vitest";
import { repository } from "./bundlers.ts";
import { ensurePrograms, findProgram } from "./servers/programs.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
};

/** Serves the files of a folder unchanged; returns the address. */
export async function serveFiles(root: string): Promise<string> {
  const server = createServer(({ url = "/" }, response) => {
    const { pathname } = new URL(url, "http://localhost");
    try {
      const file = join(root, pathname.endsWith("/") ? `${pathname}index.html` : pathname);
      response.setHeader("content-type", TYPES[extname(file)] ?? "application/octet-stream");
      response.end(readFileSync(file));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/**
 * Opens a page in Chromium and returns the DOM after everything has loaded. Installs Chromium if that is
 * permitted.
 */
export async function domOf(url: string): Promise<string> {
  await ensurePrograms(["chromium"]);
  mkdirSync(join(repository, ".tmp"), { recursive: true });
  const profile = mkdtempSync(join(repository, ".tmp/chromium-"));
  onTestFinished(() => rmSync(profile, { recursive: true, force: true, maxRetries: 5 }));
  const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"];
  // Virtual time skips idle periods, and stops while the page waits for the network.
  const args = [...flags, `--user-data-dir=${profile}`, "--virtual-time-budget=10000", "--dump-dom", url];
  return new Promise((resolve, reject) => {
    execFile(findProgram("chromium")!, args, { maxBuffer: 2 ** 24, timeout: 90_000 }, (error, stdout) => {
      if (error) reject(error);
      else resolve(stdout);
    });
  });
}

/** Returns the text of the element with this id. */
export function textIn(dom: string, id: string): string {
  const [, text = ""] = new RegExp(`id="${id}"[^>]*>([^<]*)<`).exec(dom) ?? [];
  return text.replace(
    /&(lt|gt|amp|quot);/g,
    (_, name: string) => ({ lt: "<", gt: ">", amp: "&" })[name] ?? '"',
  );
}
