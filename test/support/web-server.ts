/** Servers of web frameworks. */
import { spawn } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import { stripVTControlCharacters } from "node:util";
import { onTestFinished } from "vitest";

interface WebResponse {
  readonly text: string;
  /** The header of a redirection. */
  readonly location: string | null;
}

export interface WebServer {
  /** Requests a path, which starts with `/`. */
  request(path: string, init?: RequestInit): Promise<WebResponse>;
  /** Requests a path and parses the answer. */
  json<T>(path: string): Promise<T>;
  /** What the server has printed. */
  printed(): string;
}

export interface WebCommand {
  /** Default: this Node.js. */
  readonly node?: string;
  readonly args: readonly string[];
  /** The argument before the port. Servers that read `PORT` need none. */
  readonly portFlag?: string;
  /** In addition to that of this process. */
  readonly env?: NodeJS.ProcessEnv;
  /** What it prints once it listens. */
  readonly ready: string;
}

/** Starts a server, until the test ends. */
export async function serveWeb(
  cwd: string,
  { node = process.execPath, args, portFlag, env: own, ready }: WebCommand,
): Promise<WebServer> {
  const port = await freePort();
  const host = { PORT: String(port), HOST: "localhost" };
  // With Vitest's `TEST`, Nuxt prints warnings only.
  const vitest = { NODE_ENV: undefined, VITEST: undefined, TEST: undefined };
  const env = { ...process.env, ...host, NO_COLOR: "1", ...vitest, ...own };
  const flags = portFlag === undefined ? [] : [portFlag, String(port)];
  const child = spawn(node, [...args, ...flags], { cwd, env });
  let output = "";
  const ended = new Promise<void>((resolve) => child.on("exit", () => resolve()));
  const listening = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (text) => {
        output += stripVTControlCharacters(String(text));
        if (output.includes(ready)) resolve();
      });
  });
  onTestFinished(async () => {
    child.kill();
    await ended;
  });
  await Promise.race([
    listening,
    ended.then(() => {
      throw new Error(output);
    }),
  ]);
  const request: WebServer["request"] = async (path, init) => {
    const response = await fetch(`http://localhost:${port}${path}`, init);
    return { text: await response.text(), location: response.headers.get("location") };
  };
  return {
    request,
    printed: () => output,
    async json<T>(path: string): Promise<T> {
      const { text } = await request(path);
      return JSON.parse(text) as T;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await new Promise((resolve) => server.on("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
