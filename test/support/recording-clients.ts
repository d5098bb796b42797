/**
 * Clients of Redis and Memcached that answer from a `Map`, for tests of the stored format. The drivers run on them
 * unchanged: a test reads from the `Map` what a driver stored, or puts bytes there for a driver to read.
 */

/** A key of Redis. */
export interface RedisItem {
  readonly value: string;
  /** Milliseconds; `undefined` without expiry. */
  readonly px: number | undefined;
}

/**
 * The methods of an ioredis client that the driver uses.
 *
 * Lua scripts are not run. What they do is done here.
 */
export class RecordingRedis {
  readonly status = "ready";
  readonly options: object = { autoResendUnfulfilledCommands: false };
  readonly items = new Map<string, RedisItem>();
  /** The items that were added under a missing key, in order. */
  readonly added: (RedisItem & { readonly key: string })[] = [];

  on(): void {}

  off(): void {}

  getMaxListeners(): number {
    return 0;
  }

  async mgetBuffer(keys: readonly string[]): Promise<(Buffer | null)[]> {
    return keys.map((key) => {
      const item = this.items.get(key);
      return item ? Buffer.from(item.value) : null;
    });
  }

  async set(key: string, value: string | Buffer, ...options: string[]): Promise<string | null> {
    const isAdded = options.at(-1) === "NX";
    if (isAdded && this.items.has(key)) return null;
    const item = { value: String(value), px: options[0] === "PX" ? Number(options[1]) : undefined };
    this.items.set(key, item);
    if (isAdded) this.added.push({ key, ...item });
    return "OK";
  }

  /** Knows no script, so the driver sends the text of the script to {@link eval}. */
  async evalsha(): Promise<never> {
    throw new Error("NOSCRIPT No matching script.");
  }

  async eval(
    lua: string,
    _: 1,
    key: string,
    ...args: readonly (string | number | Buffer)[]
  ): Promise<unknown> {
    const [first = "", second = "", third = ""] = args.map(String);
    const isIncrement = lua.includes("KEEPTTL");
    if (!isIncrement && !this.items.get(key)?.value.startsWith(first)) return 0;
    const [value, ms] = isIncrement ? [first, second] : [second, third];
    if (isIncrement || lua.includes('"SET", KEYS[1], ARGV[2]'))
      this.items.set(key, { value, px: ms === "" ? undefined : Number(ms) });
    else if (lua.includes('"DEL"')) this.items.delete(key);
    return isIncrement ? first : 1;
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
