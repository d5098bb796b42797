import { Events } from "../call/events.ts";
import { Store, type RemoteCaller } from "../call/store.ts";
import { open, seal } from "../codec/codec.ts";
import type { Data, Driver } from "../contract/driver.ts";
import { Tier } from "../memory/tier.ts";
import { RemoteCalls } from "./calls.ts";
import { RemoteClient, type RemoteOptions } from "./client.ts";

/** A store outside the process, as functions and the operations on string keys use it. */
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

  /** Nothing is kept in it: what is there for a call is a run in flight, or in the store. */
  tier(depth: number): Tier {
    return new Tier(depth, 1);
  }

  /** The bytes of a value of `cache.set`. Integers are bare digits, so that the store can count with them. */
  async encode(value: unknown): Promise<Data> {
    if (Number.isSafeInteger(value)) return Object.is(value, -0) ? "-0" : String(value);
    const { codec } = this.client.options;
    // At once if it can be: the caller may change the value next.
    return seal(codec instanceof Promise ? await codec : codec, value);
  }

  /** The value of bytes; `MISS` for what was written by something else, or is broken. */
  async decode(data: Data): Promise<unknown> {
    const digits = data.length <= 17 ? textOfData(data) : "";
    if (/^-?\d+$/.test(digits)) return Number(digits);
    return open(await this.client.options.codec, data);
  }

  /**
   * No run that is under way is kept: what `clear()` of a whole cache means for the functions on it. Resolves when
   * no result is on its way to the store any more.
   */
  dropRuns(): Promise<void> {
    this.#calls.dropRuns();
    return this.#calls.settled();
  }

  /** Ends what has begun, and refuses everything else; a second call does nothing. */
  close(): Promise<void> {
    this.client.startClosing();
    return (this.#closing ??= this.#calls.settled().then(() => this.client.driver.close()));
  }
}

const utf8 = /* @__PURE__ */ new TextDecoder();

/** Bytes as text. */
const textOfData = (data: Data): string => (typeof data === "string" ? data : utf8.decode(data));
