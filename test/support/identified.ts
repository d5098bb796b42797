/**
 * Functions with the option `identity`. Tests import them compiled and as they are. A run returns an object that holds
 * its arguments, so a result that is the same object was not computed again.
 */
import { cached } from "aotcache";

/** A class whose instances have no key. */
export class Drawing {
  readonly #secret = 1;
  points: number;
  constructor(points: number) {
    this.points = points * this.#secret;
  }
}

export interface Result {
  readonly args: readonly unknown[];
}

/** The arguments of each run. */
export const runs: unknown[][] = [];

const ran = (...args: unknown[]): Result => {
  runs.push(args);
  return { args };
};

export const one = cached((drawing: Drawing) => ran(drawing), { identity: ["drawing"], name: "one" });
export const mixed = cached((drawing: Drawing | string | undefined, zoom: number) => ran(drawing, zoom), {
  identity: ["drawing"],
  name: "mixed",
});
export const second = cached((zoom: number, drawing: Drawing | number) => ran(zoom, drawing), {
  identity: ["drawing"],
  name: "second",
});
export const hashed = cached((drawing: Drawing, filter: { a: number[] } | string) => ran(drawing, filter), {
  identity: ["drawing"],
  name: "hashed",
});
export const two = cached((a: Drawing | number, b: Drawing | number) => ran(a, b), {
  identity: ["a", "b"],
  name: "two",
});
export const inside = cached(
  (id: number, opts: { engine: Drawing | null; deps?: { log?: () => void }; size: number }) => ran(id, opts),
  { identity: ["opts.engine", "opts.deps.log"], name: "inside" },
);
export const chosen = cached(
  (drawing: Drawing, opts: { size: number; unused: number }) => ran(drawing, opts.size),
  { key: ["drawing", "opts.size"], identity: ["drawing"], name: "chosen" },
);
export const ignoring = cached((drawing: Drawing, _trace: number, zoom: number) => ran(drawing, zoom), {
  ignore: ["_trace"],
  identity: ["drawing"],
  name: "ignoring",
});
export const listed = cached((drawing: Drawing, ...ids: number[]) => ran(drawing, ...ids), {
  identity: ["drawing"],
  name: "listed",
});
export const few = cached((drawing: Drawing, zoom: number) => ran(drawing, zoom), {
  identity: ["drawing"],
  max: 2,
  name: "few",
});
export const weigh = cached((drawing: Drawing, bytes: number) => (ran(drawing), "x".repeat(bytes)), {
  identity: ["drawing"],
  name: "weigh",
});
export const stale = cached(async (drawing: Drawing) => Promise.resolve(ran(drawing)), {
  identity: ["drawing"],
  ttl: 10,
  swr: 10,
  name: "stale",
});
export const failing = cached(
  async (drawing: Drawing) => {
    ran(drawing);
    if (drawing.points < 0) throw new Error("negative");
    return Promise.resolve(drawing.points);
  },
  { identity: ["drawing"], ttl: 10, sie: 10, name: "failing" },
);
export const slow = cached(
  async (drawing: Drawing, zoom: number) => {
    await Promise.resolve();
    return ran(drawing, zoom);
  },
  { identity: ["drawing"], name: "slow" },
);
export const copied = cached((drawing: Drawing) => (ran(drawing), [drawing.points]), {
  identity: ["drawing"],
  copy: "clone",
  name: "copied",
});

export class Page {
  readonly id: number;
  constructor(id: number) {
    this.id = id;
  }
  @cached({ identity: ["drawing"], this: ["id"] })
  place(drawing: Drawing, at: number): Result {
    return ran(this.id, drawing, at);
  }
  @cached({ identity: ["drawing"], this: "instance" })
  own(drawing: Drawing): Result {
    return ran(this.id, drawing);
  }
}
