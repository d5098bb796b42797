/**
 * The performance budgets. Each compares a figure of one suite with a limit: `most` is an upper limit,
 * `least` a lower one.
 */
const table = (results, suite, id) => results[suite]?.tables.find((each) => each.id === id);
const rowsOf = (results, suite, id) => table(results, suite, id)?.rows ?? [];
const row = (results, suite, id, name) => rowsOf(results, suite, id).find((each) => each.name === name);

const isOurs = ({ name }) => name.startsWith("aotcache");
const isPeer = ({ name }) => !isOurs({ name }) && !name.startsWith("by hand") && !name.startsWith("an async");

/** The best figure of a peer: the minimum, or the maximum. */
const bestPeer = (rows, of = "median", choose = Math.min) =>
  choose(...rows.filter(isPeer).map((each) => each[of]));

const COMPILED = "aotcache, compiled";
const UNCOMPILED = "aotcache, uncompiled cached()";
const FORMS = { number: "(number)", pair: "(number, string)", object: "({ a: number, b: string })" };
const LIBRARIES = ["async-cache-dedupe", "bentocache", "cache-manager", "cacheable", "layered-loader"];

const hits = Object.entries(FORMS).flatMap(([form, text]) =>
  ["-ttl", ""].flatMap((ttl) => {
    const what = `sync hit, ${text}, ${ttl ? "with a ttl" : "without a ttl"}`;
    const id = form + ttl;
    return [
      // The code by hand reads the time at each hit, so without a ttl there is no comparison.
      ...(ttl
        ? [
            {
              what,
              unit: "× by hand",
              most: 0.35,
              of: (results) => row(results, "hits", id, COMPILED)?.ratio,
            },
          ]
        : []),
      {
        what: `${what}: ahead of every peer`,
        unit: "× the fastest peer",
        most: 1,
        of: (results) =>
          over(row(results, "hits", id, COMPILED)?.median, bestPeer(rowsOf(results, "hits", id))),
      },
      {
        what: `${what}, uncompiled: ahead of every peer`,
        unit: "× the fastest peer",
        most: 1,
        of: (results) =>
          over(row(results, "hits", id, UNCOMPILED)?.median, bestPeer(rowsOf(results, "hits", id))),
      },
    ];
  }),
);

const allocations = ["number", "pair"].map((form) => ({
  what: `sync hit, ${FORMS[form]}: no allocation`,
  unit: "bytes",
  most: 0,
  of: (results) => row(results, "hits", `${form}-ttl`, COMPILED)?.bytes,
}));

const over = (one, other) => (one === undefined || !Number.isFinite(other) ? undefined : one / other);

const KEYED = {
  record: { text: "a record of seven properties", most: 0.8 },
  query: { text: "a record with a list", most: 0.8 },
  points: { text: "1,000 points, [x, y]", most: 0.25 },
  pointRecords: { text: "1,000 points, { x, y }", most: 0.25 },
  numbers: { text: "2,000 numbers", most: 0.25 },
  tree: { text: "a tree of 40 nodes", most: 0.8 },
  bytes: { text: "64 kB of bytes" },
};
const keys = Object.entries(KEYED).flatMap(([id, { text, most }]) => {
  const what = `hit keyed by ${text}`;
  const time = (results, name) => row(results, "keys", id, name)?.median;
  return [
    ...(most === undefined
      ? []
      : [
          {
            what,
            unit: "× JSON.stringify",
            most,
            of: (results) => row(results, "keys", id, COMPILED)?.ratio,
          },
        ]),
    {
      what: `${what}, uncompiled`,
      unit: "× compiled",
      most: 2,
      of: (results) => over(time(results, UNCOMPILED), time(results, COMPILED)),
    },
    {
      what,
      unit: "× as fast as the better of object-hash and ohash",
      least: 5,
      of: (results) =>
        over(Math.min(time(results, "object-hash"), time(results, "ohash")), time(results, COMPILED)),
    },
  ];
});

/** A hit in memory, in nanoseconds: a function that loses less need not be named. */
const HIT_NS = 100;
const worth = {
  what: "thirty functions: slower by more than a hit, and named by nobody",
  unit: "functions",
  most: 0,
  of: (results) => {
    const rows = rowsOf(results, "worth", "functions");
    return rows.length > 0
      ? rows.filter(({ median, plain, said }) => median - plain > HIT_NS && !said).length
      : undefined;
  },
};

const redis = [16, 256].flatMap((callers) => {
  const id = `callers-${callers}`;
  const rows = (results) => rowsOf(results, "redis", id);
  const library = (results) => {
    const ratios = LIBRARIES.map((name) => row(results, "redis", id, name)?.ratio ?? 0);
    return Math.max(...ratios);
  };
  const auto = (results) => row(results, "redis", id, "ioredis GET, autopipelining");
  const own = (results) => row(results, "redis", id, COMPILED);
  return [
    {
      what: `Redis, ${callers} callers: hits per second`,
      unit: "× the best cache library",
      least: 3,
      of: (results) => rows(results).length && over(own(results).ratio, library(results)),
    },
    {
      what: `Redis, ${callers} callers: hits per second`,
      unit: "× GET with autopipelining",
      least: 1,
      of: (results) => rows(results).length && over(own(results).ratio, auto(results).ratio),
    },
    {
      what: `Redis, ${callers} callers: p99`,
      unit: "× concurrent bare GET",
      most: 1,
      of: (results) => over(own(results)?.p99, own(results)?.p99Base),
    },
  ];
});

const memcached = [16, 256].map((callers) => ({
  what: `Memcached, ${callers} callers: hits per second`,
  unit: "× bare memjs GET",
  least: 1,
  of: (results) => row(results, "memcached", `callers-${callers}`, COMPILED)?.ratio,
}));

const alone = ["redis", "memcached"].map((store) => ({
  what: `one caller at a time, ${store}`,
  unit: "× the bare client's latency",
  most: 1.15,
  of: (results) => row(results, store, "alone", COMPILED)?.ratio,
}));

/** On the worst trace, how many points of the hit ratio aotcache is behind another policy. */
const behindOn = (results, policy, isCounted = () => true) => {
  const rows = rowsOf(results, "ratio", "ratio").filter(isCounted);
  return rows.length > 0 ? Math.max(...rows.map((each) => each[policy] - each.aotcache)) : undefined;
};

const ratio = [
  {
    what: "hit ratio: at least lru-cache's on every trace",
    unit: "points behind on the worst trace",
    most: 0,
    of: (results) => behindOn(results, "lru-cache"),
  },
  {
    what: "hit ratio: ahead of lru-cache on scans and loops",
    unit: "points behind on the worst trace",
    most: -0.01,
    of: (results) => behindOn(results, "lru-cache", ({ isScan }) => isScan),
  },
  {
    what: "hit ratio: within 3 points of W-TinyLFU",
    unit: "points behind on the worst trace",
    most: 3,
    of: (results) => behindOn(results, "W-TinyLFU"),
  },
];

const codec = [
  ...["superjson", "devalue"].map((name) => ({
    what: "value codec with dates and maps, 1 kB",
    unit: `× as fast as ${name}`,
    least: 3,
    of: (results) =>
      over(row(results, "codecs", "rich", name)?.median, row(results, "codecs", "rich", "aotcache")?.median),
  })),
  {
    what: "value codec with dates and maps, 1 kB",
    unit: "× bare JSON",
    most: 1.3,
    of: (results) => row(results, "codecs", "rich", "aotcache")?.ratio,
  },
  {
    what: "value codec with plain JSON, 1 kB",
    unit: "× bare JSON",
    most: 1.3,
    of: (results) => row(results, "codecs", "plain", "aotcache")?.ratio,
  },
];

const bundle = [
  ["what emitted code imports", 3000],
  ["with cached and cacheOf", 4000],
].map(([name, most]) => ({
  what: `bundle, minified and gzipped: ${name}`,
  unit: "bytes",
  most,
  of: (results) => row(results, "bundle", "imports", `aotcache, ${name}`)?.median,
}));

const build = [
  ["vite build without marks", "s more", 0.03, "build", "no marks, with the plugin", "more"],
  [
    "vite build without marks: ts-morph is not loaded",
    "times",
    0,
    "build",
    "no marks, with the plugin",
    "loaded",
  ],
  [
    "vite build of 300 files, 20 marked functions, cold",
    "s more",
    1.5,
    "build",
    "cold: empty build cache",
    "more",
  ],
  [
    "vite build of 300 files, 20 marked functions, warm",
    "s more",
    0.15,
    "build",
    "warm: nothing changed",
    "more",
  ],
  [
    "dev server, save inside a marked body",
    "ms of transform",
    15,
    "dev",
    "later saves of such an edit",
    "median",
  ],
  [
    "dev server, save that changes a type, after the first",
    "ms of transform",
    150,
    "dev",
    "later saves that change it",
    "median",
  ],
].map(([what, unit, most, suite, name, figure]) => ({
  what,
  unit,
  most,
  of: (results) => row(results, suite, suite, name)?.[figure],
}));

const time = (results, name) => row(results, "growth", "growth", name)?.median;
const growth = [
  {
    what: "compiler, 5,000 files instead of 500, the same marked functions",
    unit: "× the time",
    most: 1.2,
    of: (results) =>
      over(
        time(results, "5,000 files, 20 marked functions"),
        time(results, "500 files, 20 marked functions"),
      ),
  },
  {
    what: "compiler, 500 marked functions instead of 100: time per additional function",
    unit: "× the time from 20 to 100",
    most: 1.2,
    of: (results) => {
      const [few, some, many] = [20, 100, 500].map((marks) =>
        time(results, `500 files, ${marks} marked functions`),
      );
      return few === undefined ? undefined : (many - some) / 400 / ((some - few) / 80);
    },
  },
];

export const BUDGETS = [
  ...hits,
  ...allocations,
  {
    what: "async hit",
    unit: "× by hand",
    most: 0.5,
    of: (results) => row(results, "hits-async", "async", "aotcache, compiled async")?.ratio,
  },
  {
    what: "async hit: no more promises than an async function",
    unit: "more promises",
    most: 0,
    of: (results) => {
      const made = (name) => row(results, "hits-async", "async", name)?.promises;
      return (
        results["hits-async"] && made("aotcache, compiled async") - made("an async function without a cache")
      );
    },
  },
  {
    what: "async hit, uncompiled: ahead of every peer",
    unit: "× the fastest peer",
    most: 1,
    of: (results) =>
      over(
        row(results, "hits-async", "async", UNCOMPILED)?.median,
        bestPeer(rowsOf(results, "hits-async", "async")),
      ),
  },
  {
    what: "hit of a function with 20 siblings",
    unit: "× alone",
    most: 1.15,
    of: (results) => row(results, "siblings", "siblings", "aotcache, one of 20")?.ratio,
  },
  ...[
    ["filling", "miss in memory"],
    ["full", "miss in a full memory"],
  ].map(([id, what]) => ({
    what,
    unit: "× a set by hand",
    most: 2,
    of: (results) => row(results, "misses", id, COMPILED)?.ratio,
  })),
  ...keys,
  worth,
  {
    what: "memory per entry, keyed by 1,000 points",
    unit: "bytes",
    most: 256,
    of: (results) => row(results, "keys", "memory", COMPILED)?.median,
  },
  ...redis,
  ...memcached,
  ...alone,
  {
    what: "memory per entry, with expiry and bound",
    unit: "× lru-cache",
    most: 1,
    of: (results) => row(results, "entries", "entries", "aotcache, compiled function of a string")?.ratio,
  },
  ...ratio,
  ...codec,
  ...bundle,
  ...build,
  ...growth,
];

/** The result of each budget; `isMet` is undefined if it was not measured. */
export function verdicts(results) {
  return BUDGETS.map(({ what, unit, most, least, of }) => {
    const measured = of(results);
    const limit = most ?? least;
    if (typeof measured !== "number" || Number.isNaN(measured))
      return { what, unit, limit, isMost: most !== undefined };
    const isMet = most !== undefined ? measured <= most : measured >= least;
    return {
      what,
      unit,
      limit,
      isMost: most !== undefined,
      measured: Number(measured.toPrecision(3)),
      isMet,
    };
  });
}
