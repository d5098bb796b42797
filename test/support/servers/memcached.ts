/** Starts Memcached servers. */
import { exchange } from "./exchange.ts";
import { allocate, ServerProcess, startAll, stopAll, type Allocation } from "./process.ts";
import type { Memcached, MemcachedOptions, MemcachedServer } from "./types.ts";

/** The last line of a reply in the text protocol. */
const END =
  /(?:^|\r\n)(?:END|OK|STORED|NOT_STORED|EXISTS|NOT_FOUND|DELETED|TOUCHED|RESET|VERSION .*|ERROR|(?:CLIENT|SERVER)_ERROR.*|\d+)\r\n$/;

/**
 * Starts empty `memcached` servers with default limits.
 *
 * @example
 * await using memcached = await startMemcached(3);
 * const client = Client.create(memcached.servers);
 * await memcached.nodes[1].kill();
 */
export async function startMemcached(count = 1, options: MemcachedOptions = {}): Promise<Memcached> {
  const nodes = await startAll(Array.from({ length: count }, () => startOne(options.args ?? [])));
  const stop = (): Promise<void> => stopAll(nodes);
  return {
    nodes,
    servers: nodes.map(({ address }) => address).join(","),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function startOne(extraArgs: readonly string[]): Promise<MemcachedServer> {
  const node = new MemcachedNode(await allocate("memcached"), extraArgs);
  try {
    await node.restart();
  } catch (error) {
    await node.stop();
    throw error;
  }
  return node;
}

class MemcachedNode extends ServerProcess implements MemcachedServer {
  readonly #extraArgs: readonly string[];

  constructor(allocation: Allocation, extraArgs: readonly string[]) {
    super("memcached", allocation);
    this.#extraArgs = extraArgs;
  }

  protected args(): readonly string[] {
    // memcached refuses to run as root without `-u`.
    const user = process.getuid?.() === 0 ? ["-u", "root"] : [];
    return ["-l", this.host, "-p", `${this.port}`, "-U", "0", "-t", "1", ...user, ...this.#extraArgs];
  }

  protected async answers(): Promise<boolean> {
    return (await this.command("version"))[0]!.startsWith("VERSION ");
  }

  async command(line: string): Promise<string[]> {
    const answer = await exchange({
      port: this.port,
      text: `${line}\r\n`,
      complete: (text) => END.test(text),
    });
    return answer.split("\r\n").slice(0, -1);
  }
}
