/** Encoding and decoding of a value of about 1 kB with dates, maps and a set, and of one of plain JSON. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { isDeepStrictEqual } from "node:util";
import v8 from "node:v8";
import { rolldown } from "rolldown";
import { nanoseconds } from "../lib/batches.mjs";
import { versions } from "../lib/machine.mjs";
import { root } from "../lib/own.mjs";
import { inChild, race, withRatios } from "../lib/race.mjs";
import { random } from "../lib/stats.mjs";

export const title = "Codecs";

const BASELINE = "bare JSON";
const AS_TEXTS = "bare JSON, dates and maps as texts and lists";

const next = random(7);

const rich = () => ({
  id: 4711,
  name: "Ada Lovelace",
  email: "ada@example.org",
  active: true,
  score: 12.5,
  nickname: null,
  createdAt: new Date(1_700_000_000_000 + Math.floor(next() * 1e9)),
  updatedAt: new Date(1_710_000_000_123),
  lastLogin: new Date(1_720_000_000_456),
  address: { street: "12 St James's Square", city: "London", zip: "SW1Y 4JH", country: "GB" },
  roles: new Set(["admin", "editor", "viewer"]),
  settings: new Map([
    ["theme", "dark"],
    ["language", "en"],
    ["pageSize", 50],
    ["notifications", true],
    ["seen", new Date(1_690_000_000_000)],
  ]),
  tags: ["mathematics", "engines", "poetry"],
  orders: [
    { id: 1, total: 99.9, at: new Date(1_700_000_001_000), items: ["book", "pen"] },
    { id: 2, total: 12.25, at: new Date(1_700_000_002_000), items: ["paper"] },
    { id: 3, total: 7, at: new Date(1_700_000_003_000), items: ["ink", "quill", "lamp"] },
  ],
  prices: new Map([
    ["EUR", 9.99],
    ["USD", 10.99],
    ["GBP", 8.49],
  ]),
  bio: "Mathematician and writer, chiefly known for her work on the Analytical Engine, a general-purpose computer.",
});

/** The same value as plain JSON. */
function plain(value) {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Map || value instanceof Set) return [...value].map(plain);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

const riches = Array.from({ length: 32 }, rich);
const plains = riches.map(plain);

/** `lossy` if the decoded value differs. */
const CONTENDERS = {
  aotcache: async () => ownCodec("generic"),
  "aotcache, msgpack": async () => ownCodec("msgpack"),
  [BASELINE]: () => ({ encode: JSON.stringify, decode: JSON.parse, lossy: true }),
  [AS_TEXTS]: () => ({ encode: JSON.stringify, decode: JSON.parse, plain: true }),
  superjson: async () => {
    const { stringify, parse } = await import("superjson");
    return { encode: stringify, decode: parse };
  },
  devalue: async () => {
    const { stringify, parse } = await import("devalue");
    return { encode: stringify, decode: parse };
  },
  "node:v8": () => ({ encode: v8.serialize, decode: v8.deserialize, bytes: true }),
  msgpackr: async () => {
    const { Packr } = await import("msgpackr");
    const packr = new Packr({ structuredClone: true });
    return { encode: (value) => packr.pack(value), decode: (data) => packr.unpack(data), bytes: true };
  },
};

async function ownCodec(name) {
  const build = await rolldown({
    input: join(root, "runtime/codec/codec.ts"),
    external: /^(?:node:|msgpackr)/,
  });
  const file = join(root, "node_modules/.tmp/bench-codecs.mjs");
  await build.write({ file, format: "esm", codeSplitting: false });
  const { codecNamed } = await import(pathToFileURL(file).href);
  const { encode, decode } = await codecNamed(name);
  return { encode, decode, bytes: typeof encode({}) !== "string" };
}

export async function contend({ contender, value }) {
  const codec = await CONTENDERS[contender]();
  const { encode, decode, bytes = false, lossy = false } = codec;
  const values = value === "plain" || codec.plain ? plains : riches;
  const isSame = isDeepStrictEqual(decode(encode(values[0])), values[0]);
  if (isSame === (lossy && values === riches)) throw new Error(`${contender} returns a wrong value`);
  // A store reads and writes bytes.
  const pack = bytes ? encode : (one) => Buffer.from(encode(one));
  const unpack = bytes ? decode : (data) => decode(data.toString());
  const written = values.map(pack);
  const write = await nanoseconds((n) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += pack(values[i & 31]).length;
    return sum;
  });
  const read = await nanoseconds((n) => {
    let last;
    for (let i = 0; i < n; i++) last = unpack(written[i & 31]);
    return last;
  });
  return { value: write + read, write, read, bytes: written[0].length };
}

export async function suite({ rounds }) {
  const tables = [];
  for (const value of ["rich", "plain"]) {
    const names = Object.keys(CONTENDERS).filter((name) => value === "rich" || name !== AS_TEXTS);
    const measure = (contender) => inChild({ suite: "codecs", contender, value });
    const rows = await race(names, measure, { rounds });
    tables.push({
      id: value,
      title: value === "rich" ? "About 1 kB with dates, maps and a set" : "The same as plain JSON",
      unit: "ns to write and read",
      ratioTo: BASELINE,
      extras: [
        { of: "write", title: "write" },
        { of: "read", title: "read" },
        { of: "bytes", title: "bytes" },
      ],
      rows: withRatios(rows, BASELINE),
    });
  }
  return { tables, versions: versions("superjson", "devalue", "msgpackr") };
}
