/** Operations on many keys, each by one script, in parts of bounded size. Without scripts, each key has its command. */
import type { Item } from "../contract/driver.ts";
import type { RedisConnection } from "./connection.ts";
import { ADD_ALL, SET_ALL_IF, TTLS, type Script } from "./scripts.ts";
import { millisecondsOf, px, toArgument } from "./values.ts";

/** Keys, and about the bytes of values, of one script. The server serves other clients in between. */
const MAX_KEYS_PER_SCRIPT = 250;
const MAX_SCRIPT_BYTES = 1_000_000;

type Arguments = readonly (string | Buffer)[];

/** See `Driver.addAll`. */
export function addAll(
  connection: RedisConnection,
  items: readonly Item[],
  each: (item: Item) => Promise<boolean>,
): Promise<readonly boolean[]> {
  const argumentsFor = (part: readonly Item[]): Arguments => {
    const values = part.map(({ data }) => toArgument(data));
    const areShort = part.length > 1 && values.every((value) => typeof value === "string");
    return [timesOf(part), ...(areShort ? [JSON.stringify(values)] : values)];
  };
  return changeAll(connection, items, {
    ...{ script: ADD_ALL, argumentsFor },
    each: () => Promise.all(items.map(each)),
  });
}

/** See `Driver.setAllIf`. */
export function setAllIf(
  connection: RedisConnection,
  { items, starts }: { readonly items: readonly Item[]; readonly starts: readonly string[] },
  each: (item: Item, start: string) => Promise<boolean>,
): Promise<readonly boolean[]> {
  const argumentsFor = (part: readonly Item[], from: number): Arguments => [
    ...part.map(({ data }) => toArgument(data)),
    JSON.stringify(starts.slice(from, from + part.length)),
    timesOf(part),
  ];
  return changeAll(connection, items, {
    ...{ script: SET_ALL_IF, argumentsFor },
    each: () => Promise.all(items.map((item, at) => each(item, starts[at]!))),
  });
}

/** See `Driver.ttls`. */
export function ttls(
  connection: RedisConnection,
  keys: readonly string[],
  each: (key: string) => Promise<number | undefined>,
): Promise<readonly (number | undefined)[]> {
  const ask = async (part: readonly string[]): Promise<(number | undefined)[]> => {
    const reply = await connection.run((client) => TTLS.run(client, part));
    const all = String(reply).split(" ").map(millisecondsOf);
    if (all.length !== part.length) throw connection.desynchronised();
    return all;
  };
  const parts: (readonly string[])[] = [];
  for (let from = 0; from < keys.length; from += MAX_KEYS_PER_SCRIPT)
    parts.push(keys.slice(from, from + MAX_KEYS_PER_SCRIPT));
  return connection.allowed(
    "evalsha",
    async () => (await Promise.all(parts.map(ask))).flat(),
    () => Promise.all(keys.map(each)),
  );
}

async function changeAll(
  connection: RedisConnection,
  items: readonly Item[],
  change: {
    readonly script: Script;
    readonly argumentsFor: (part: readonly Item[], from: number) => Arguments;
    readonly each: () => Promise<readonly boolean[]>;
  },
): Promise<readonly boolean[]> {
  const run = async (from: number, to: number): Promise<readonly boolean[]> => {
    const part = items.slice(from, to);
    const keys = part.map(({ key }) => key);
    const args = change.argumentsFor(part, from);
    const reply = await connection.run((client) => change.script.run(client, keys, ...args));
    if (typeof reply !== "string" || reply.length !== part.length) throw connection.desynchronised();
    return Array.from(reply, (digit) => digit === "1");
  };
  return connection.allowed(
    "evalsha",
    async () => (await Promise.all(rangesOf(items).map(([from, to]) => run(from, to)))).flat(),
    change.each,
  );
}

/** Ranges of items that are not too large together. */
function rangesOf(items: readonly Item[]): (readonly [from: number, to: number])[] {
  const parts: [from: number, to: number][] = [];
  let from = 0;
  let bytes = 0;
  for (const [at, { data }] of items.entries()) {
    if (at > from && (at - from >= MAX_KEYS_PER_SCRIPT || bytes + data.length > MAX_SCRIPT_BYTES)) {
      parts.push([from, at]);
      from = at;
      bytes = 0;
    }
    bytes += data.length;
  }
  if (items.length > 0) parts.push([from, items.length]);
  return parts;
}

/** The JSON list of the milliseconds until items expire. */
const timesOf = (items: readonly Item[]): string => JSON.stringify(items.map(({ ttl }) => px(ttl)));
