/**
 * Clients of Redis and Memcached that answer from a `Map`, for tests of the stored format. The drivers run on them
 * unchanged: a test reads from the `Map` what a driver stored, or puts bytes there for a driver to read.
 */

/** The time of the server's clock, in microseconds. */
const SERVER_TIME = "1700000000000000";

/** A key of Redis. */
export interface RedisItem {
  readonly value: string;
  /** Milliseconds; `undefined` without expiry. */
  readonly px: number | undefined;
}

/**
 * The methods of an ioredis client that the driver uses.
 *
 * Lua scripts are not run. Those that store their first argument under their first key do so here; of the others, only
 * the names of their keys are recorded.
 */
export class RecordingRedis {
  readonly status = "ready";
  readonly options: object = {};
  readonly items = new Map<string, RedisItem>();
  /** The keys of all commands, in the order of their first use. */
  readonly named = new Set<string>();

  on(): void {}

  off(): void {}

  async mgetBuffer(keys: readonly string[]): Promise<(Buffer | null)[]> {
    return keys.map((key) => {
      const item = this.items.get(this.#name(key));
      return item ? Buffer.from(item.value) : null;
    });
  }

  async set(key: string, value: string | Buffer, _px?: "PX", ms?: string): Promise<string> {
    this.items.set(this.#name(key), { value: String(value), px: ms === undefined ? ms : Number(ms) });
    return "OK";
  }

  /** Knows no script, so the driver sends the text of the script to {@link eval}. */
  async evalsha(): Promise<never> {
    throw new Error("NOSCRIPT No matching script.");
  }

  async eval(lua: string, count: number, ...rest: readonly (string | number | Buffer)[]): Promise<unknown> {
    const keys = rest.slice(0, count).map((key) => this.#name(String(key)));
    const [first = "", second = ""] = rest.slice(count).map(String);
    const isIncrement = lua.includes("KEEPTTL");
    if (isIncrement || lua.includes("ARGV[4]")) {
      this.items.set(keys[0]!, { value: first, px: second === "" ? undefined : Number(second) });
      return isIncrement ? first : [1, SERVER_TIME];
    }
    if (count === 2) return [0, SERVER_TIME];
    return rest.length === count ? SERVER_TIME : 1;
  }

  #name(key: string): string {
    this.named.add(key);
    return key;
  }
}

/** An item of Memcached. */
export interface MemcachedItem {
  readonly value: Buffer;
  readonly flags: number;
  /** Seconds, or a Unix time beyond 30 days; 0 without expiry. */
  readonly exptime: number;
}

interface MemcachedReply {
  readonly header: { opcode: number; status: number; totalBodyLength: number; opaque: number; cas: Buffer };
  readonly key: Buffer;
  readonly extras: Buffer;
  readonly val: Buffer;
}

const HEADER = 24;
const [GET, SET, ADD, DELETE, NO_OP] = [0x0d, 0x11, 0x12, 0x14, 0x0a];
const KEY_EXISTS = 2;
const EMPTY = Buffer.alloc(0);

/** The methods of a memjs client with one server that the driver uses: the binary protocol over a `Map`. */
export class RecordingMemcached {
  readonly host = "recorded";
  readonly port = 11211;
  readonly servers: readonly this[] = [this];
  readonly items = new Map<string, MemcachedItem>();
  seq = 0;
  #take: (answer: MemcachedReply) => void = () => undefined;

  incrSeq(): void {
    this.seq++;
  }

  server(): this {
    return this;
  }

  onResponse(_opaque: number, take: (answer: MemcachedReply) => void): void {
    this.#take = take;
  }

  onError(): void {}

  close(): void {}

  write(packets: Buffer): void {
    const take = this.#take;
    const answers: MemcachedReply[] = [];
    for (let at = 0; at < packets.length; at += HEADER + packets.readUInt32BE(at + 8))
      answers.push(...this.#answers(packets.subarray(at, at + HEADER + packets.readUInt32BE(at + 8))));
    queueMicrotask(() => answers.forEach(take));
  }

  /** The answers to one command. Quiet commands have none, unless they found something or were refused. */
  #answers(packet: Buffer): MemcachedReply[] {
    const opcode = packet[1]!;
    const extrasEnd = HEADER + packet[4]!;
    const keyEnd = extrasEnd + packet.readUInt16BE(2);
    const key = packet.toString("utf8", extrasEnd, keyEnd);
    const item = this.items.get(key);
    const answer = (status: number, found?: MemcachedItem): MemcachedReply => {
      const extras = Buffer.alloc(found ? 4 : 0);
      if (found) extras.writeUInt32BE(found.flags);
      const opaque = packet.readUInt32BE(12);
      const totalBodyLength = opcode === NO_OP ? 0 : 1;
      const header = { opcode, status, totalBodyLength, opaque, cas: Buffer.alloc(8, 1) };
      return { header, key: Buffer.from(key), extras, val: found?.value ?? EMPTY };
    };
    if (opcode === NO_OP) return [answer(0)];
    if (opcode === GET) return item ? [answer(0, item)] : [];
    if (opcode === ADD && item) return [answer(KEY_EXISTS)];
    if (opcode === DELETE) this.items.delete(key);
    if (opcode === SET || opcode === ADD) {
      const [flags, exptime] = [packet.readUInt32BE(HEADER), packet.readUInt32BE(HEADER + 4)];
      this.items.set(key, { value: packet.subarray(keyEnd), flags, exptime });
    }
    return [];
  }
}
