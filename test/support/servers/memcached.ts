import { exchange } from "./exchange.ts";
import { newPlace, ServerProcess, startAll, stopAll, type Place } from "./process.ts";
import type { Memcached, MemcachedOptions, MemcachedServer } from "./types.ts";

/** The lines that end an answer of the text protocol. */
const END =
  /(?:^|\r\n)(?:END|OK|STORED|NOT_STORED|EXISTS|NOT_FOUND|DELETED|TOUCHED|RESET|VERSION .*|ERROR|(?:CLIENT|SERVER)_ERROR.*|\d+)\r\n$/;

/**
 * Starts some empty `memcached`, each with the limits it has by default.
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

async function startOne(more: readonly string[]): Promise<MemcachedServer> {
  const node = new MemcachedNode(await newPlace("memcached"), more);
  try {
    await node.restart();
  } catch (error) {
    await node.stop();
    throw error;
  }
  return node;
}

class MemcachedNode extends ServerProcess implements MemcachedServer {
  readonly #more: readonly string[];

  constructor(place: Place, more: readonly string[]) {
    super("memcached", place);
    this.#more = more;
  }

  protected args(): readonly string[] {
    // It will not run as root unless it is told so.
    const user = process.getuid?.() === 0 ? ["-u", "root"] : [];
    return ["-l", this.host, "-p", `${this.port}`, "-U", "0", "-t", "1", ...user, ...this.#more];
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
