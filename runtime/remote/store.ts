import { idOf } from "../call/key-text.ts";
import type { CachedFunction } from "../call/cached-function.ts";
import type { Counters } from "../call/counters.ts";
import { Events } from "../call/events.ts";
import { enableDebug } from "../call/log.ts";
import { Store, type RemoteCaller } from "../call/store.ts";
import { open, seal } from "../codec/codec.ts";
import type { Data, Driver } from "../contract/driver.ts";
import { Tier, type TierMaker } from "../memory/tier.ts";
import { checkNear, nearTtlOf } from "../near/near.ts";
import type { NearTier } from "../near/near-tier.ts";
import { DEFAULT_NEAR } from "../cache/near-options.ts";
import { RemoteCalls } from "./calls.ts";
import { RemoteClient } from "./client.ts";
import type { RemoteOptions } from "./options.ts";

/** A store outside the process: what functions and the operations on string keys share. */
export class RemoteStore extends Store {
  override readonly events: Events;
  readonly client: RemoteClient;
  readonly remote: RemoteCaller;
  readonly #calls: RemoteCalls;
  #closing: Promise<void> | undefined;

  constructor(driver: Driver, options: RemoteOptions) {
    super();
    enableDebug();
    this.events = new Events(driver.name);
    this.client = new RemoteClient(driver, options, this.events);
    if (options.near) {
      checkNear(`The cache on ${driver.name}`, options.near.ttl, driver);
      this.client.addNear(options.near);
    }
    this.remote = this.#calls = new RemoteCalls(this, this.client);
    this.client.onRefusal = () => this.counters.errors++;
    this.client.onAnswer = () => this.#calls.leases.releaseOrphans();
  }

  get ttlMs(): number {
    return this.client.options.ttl;
  }

  /** Without `near`, the tier stays empty: results are in the store, and only runs in flight are found in memory. */
  tier(depth: number, max: number | undefined, _: TierMaker | undefined, cachedFn: CachedFunction): Tier {
    const { options, counters } = cachedFn;
    const ttl = nearTtlOf(options.near, this.client.options.near);
    if (ttl === undefined) return new Tier(depth, 1);
    checkNear(idOf(cachedFn), ttl, this.client.driver);
    return this.nearTier(depth, max, counters, ttl);
  }

  protected nearTier(depth: number, max: number | undefined, counters: Counters, ttl?: number): NearTier {
    const near = this.client.near ?? this.client.addNear(DEFAULT_NEAR);
    const tier = near.tier(depth, max, counters, ttl);
    const { account } = tier;
    this.onCollected(tier, () => near.forget(account!));
    return tier;
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
    return (this.#closing ??= this.#calls.settled().then(() => {
      this.client.near?.close();
      return this.client.driver.close();
    }));
  }
}

const utf8Decoder = /* @__PURE__ */ new TextDecoder();

const textOfData = (data: Data): string => (typeof data === "string" ? data : utf8Decoder.decode(data));
