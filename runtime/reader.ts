import type { Data } from "./driver.ts";

type Waiting = readonly [resolve: (data: Data | undefined) => void, reject: (error: unknown) => void];

/**
 * Gathers the reads of one tick into one: concurrent calls travel together, a lone one waits for nothing but
 * the end of its tick. A key asked for twice is read once.
 */
export class Reader {
  readonly #read: (keys: readonly string[]) => Promise<readonly (Data | undefined)[]>;
  #waiting = new Map<string, Waiting[]>();

  constructor(read: (keys: readonly string[]) => Promise<readonly (Data | undefined)[]>) {
    this.#read = read;
  }

  get(key: string): Promise<Data | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.size === 0) queueMicrotask(() => void this.#flush());
      const others = this.#waiting.get(key);
      if (others) others.push([resolve, reject]);
      else this.#waiting.set(key, [[resolve, reject]]);
    });
  }

  async #flush(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = new Map();
    try {
      const found = await this.#read([...waiting.keys()]);
      let index = 0;
      for (const each of waiting.values()) {
        const data = found[index++];
        for (const [resolve] of each) resolve(data);
      }
    } catch (error) {
      for (const each of waiting.values()) for (const [, reject] of each) reject(error);
    }
  }
}
