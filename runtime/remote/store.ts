import { Events } from "../call/events.ts";
import { Store, type RemoteCaller } from "../call/store.ts";
import { open, seal } from "../codec/codec.ts";
import type { Data, Driver } from "../contract/driver.ts";
import { Tier } from "../memory/tier.ts";
import { RemoteCalls } from "./calls.ts";
import { RemoteClient, type RemoteOptions } from "./client.ts";

/** A store outside the process: what functions and the operations on string keys share. */
export class RemoteStore extends Store {
  override readonly events: Events = new Events();
  readonly client: RemoteClient;
  readonly remote: RemoteCaller;
  readonly #calls: RemoteCalls;
  #closing: Promise<void> | undefined;

  constructor(driver: Driver, options: RemoteOptions) {
    super();
    this.client = new RemoteClient(driver, options, this.events);
    this.remote = this.#calls = new RemoteCalls(this, this.client);
    this.client.onAnswer = () => this.#calls.leases.releaseOrphans();
  }

  get ttlMs(): number {
    return this.client.options.ttl;
  }

  /** The tier stays empty: results are in the store, and only runs in flight are found in memory. */
  tier(depth: number): Tier {
    return new Tier(depth, 1);
  }

  /** Encodes a value of `cache.set()`. Integers become bare digits, so that the store can count with them. */
  async encode(value: unknown): Promise<Data> {
    if (Number.isSafeInteger(value)) return Object.is(value, -0) ? "-0" : String(value);
    const { codec } = this.client.options;
    // Without an `await` if the codec is loaded, because the caller may change the value next.
    return seal(codec instanceof Promise ? await codec : codec, value);
  }

  /** Decodes a value of `cache.set()`; `MISS` if another program wrote the data, or if it is damaged. */
  async decode(data: Data): Promise<unknown> {
    const digits = data.length <= 17 ? textOfData(data) : "";
    if (/^-?\d+$/.test(digits)) return Number(digits);
    return open(await this.client.options.codec, data);
  }

  /** Completes what has begun and refuses everything else. A second call does nothing. */
  close(): Promise<void> {
    this.client.startClosing();
    return (this.#closing ??= this.#calls.settled().then(() => this.client.driver.close()));
  }
}

const utf8Decoder = /* @__PURE__ */ new TextDecoder();

const textOfData = (data: Data): string => (typeof data === "string" ? data : utf8Decoder.decode(data));
