/**
 * Small changes of a value that an encoder could miss. Independently drawn values are almost never this
 * similar, so they would not test this.
 */
import { encode } from "../../runtime/key/index.ts";
import {
  BYTES_TYPES,
  PROPERTY_NAMES,
  build,
  leaf,
  pick,
  shuffled,
  type Random,
  type Recipe,
} from "./values.ts";

/** Returns a recipe that differs from the given one in one small detail, or rarely not at all. */
export function nudge(recipe: Recipe, random: Random): Recipe {
  const inner = childrenOf(recipe);
  if (inner.length > 0 && random() < 0.75) {
    const at = Math.floor(random() * inner.length);
    return withChild(recipe, at, nudge(inner[at]!, random));
  }
  return pick(neighboursOf(recipe, random), random);
}

function childrenOf(recipe: Recipe): readonly Recipe[] {
  if (recipe.kind === "array") return recipe.items.filter((item) => item !== undefined);
  if (recipe.kind === "set") return recipe.items;
  if (recipe.kind === "object") return recipe.entries.map(([, item]) => item);
  return recipe.kind === "map" ? recipe.entries.flat() : [];
}

function withChild(recipe: Recipe, at: number, child: Recipe): Recipe {
  let seen = 0;
  const swap = <T extends Recipe | undefined>(item: T): T | Recipe => (item && seen++ === at ? child : item);
  if (recipe.kind === "array") return { ...recipe, items: recipe.items.map(swap) };
  if (recipe.kind === "set") return { ...recipe, items: recipe.items.map(swap) };
  if (recipe.kind === "object") {
    return { ...recipe, entries: recipe.entries.map(([name, item]) => [name, swap(item)]) };
  }
  if (recipe.kind !== "map") return recipe;
  return { ...recipe, entries: recipe.entries.map(([key, item]) => [swap(key), swap(item)]) };
}

/** Values that an encoder could confuse with the given one. Every recipe has at least one. */
function neighboursOf(recipe: Recipe, random: Random): readonly Recipe[] {
  const value = build(recipe);
  // The value's own key text as a string, as an attacker would pass it; and the value in an array or a set.
  const always: Recipe[] = [
    leaf(encode(value)),
    { kind: "array", items: [recipe] },
    { kind: "set", items: [recipe] },
  ];
  switch (recipe.kind) {
    case "leaf":
      return [...neighboursOfLeaf(value), ...always];
    case "array":
      return [...neighboursOfArray(recipe.items, random), ...always];
    case "object":
      return [...neighboursOfObject(recipe, random), ...always];
    case "map": {
      const values = shuffled(recipe.entries, random).map(([, item]) => item);
      return [
        { kind: "map", entries: recipe.entries.map(([key], i) => [key, values[i]!]) },
        { kind: "map", entries: recipe.entries.map(([key, item]) => [item, key]) },
        { kind: "map", entries: recipe.entries.slice(1) },
        { kind: "set", items: recipe.entries.map((items) => ({ kind: "array", items })) },
        { kind: "set", items: recipe.entries.map(([key]) => key) },
        { kind: "array", items: recipe.entries.map((items) => ({ kind: "array", items })) },
        ...always,
      ];
    }
    case "set":
      return [
        { kind: "array", items: recipe.items },
        { kind: "set", items: recipe.items.slice(1) },
        { kind: "set", items: [...recipe.items, ...recipe.items.slice(0, 1)] },
        { kind: "map", entries: recipe.items.map((item) => [item, item]) },
        ...always,
      ];
    case "date": {
      const { time } = recipe;
      const near = Math.abs(time) < 1e15 ? time + 1 : 0;
      return [
        { kind: "date", time: near },
        { kind: "date", time: NaN },
        leaf(time),
        leaf(JSON.parse(JSON.stringify(value))),
        ...always,
      ];
    }
    case "regexp":
      return [
        { ...recipe, flags: recipe.flags === "g" ? "gi" : "g" },
        { ...recipe, lastIndex: recipe.lastIndex === 0 ? 1 : 0 },
        { ...recipe, source: `${recipe.source}/` },
        { ...recipe, source: `${recipe.source}\\/` },
        leaf(String(value)),
        ...always,
      ];
    case "url":
      return [
        { ...recipe, href: `${recipe.href}#` },
        { ...recipe, href: `${recipe.href}/` },
        leaf(recipe.href),
        ...always,
      ];
    case "bytes": {
      const { bytes } = recipe;
      const at = Math.floor(random() * bytes.length);
      return [
        { ...recipe, type: pick(BYTES_TYPES, random) },
        { ...recipe, type: recipe.type === "Buffer" ? "Uint8Array" : "Buffer" },
        { ...recipe, bytes: bytes.map((byte, i) => (i === at ? byte ^ 0x80 : byte)) },
        { ...recipe, bytes: bytes.slice(8) },
        { kind: "array", items: bytes.map(leaf) },
        ...always,
      ];
    }
  }
}

function neighboursOfLeaf(value: unknown): Recipe[] {
  if (typeof value === "string") {
    const texts = [
      `${value}"`,
      `${value}\\`,
      `${value}\u0000`,
      `${value},`,
      JSON.stringify(value),
      value.slice(1),
    ];
    return [...texts.map(leaf), leaf(Number(value)), { kind: "array", items: Array.from(value, leaf) }];
  }
  if (typeof value === "number") {
    const near = [-value, String(value), value + 1, Object.is(value, -0) ? 0 : null, value > 0, undefined];
    return [...(Number.isInteger(value) ? [BigInt(value)] : []), ...near].map(leaf);
  }
  if (typeof value === "bigint") return [Number(value), String(value), `${value}n`, -value].map(leaf);
  const emptyValues = [undefined, null, NaN, false, 0, ""].filter((other) => other !== value);
  return [...emptyValues, String(value), !value]
    .map(leaf)
    .concat({ kind: "object", bare: false, entries: [] });
}

function neighboursOfArray(items: readonly (Recipe | undefined)[], random: Random): Recipe[] {
  const at = Math.floor(random() * items.length);
  const full = items.map((item) => item ?? leaf(undefined));
  const variants: (readonly (Recipe | undefined)[])[] = [
    full,
    items.map((item, i) => (i === at ? undefined : item)),
    items.map((item, i) => (i === at ? leaf(undefined) : item)),
    [...items, undefined],
    [...items, leaf(undefined)],
    items.slice(0, -1),
    items.flatMap((item) => (item?.kind === "array" ? item.items : [item])),
    [{ kind: "array", items: items.slice(0, at) }, ...items.slice(at)],
    shuffled(items, random),
  ];
  return [
    ...variants.map((variant): Recipe => ({ kind: "array", items: variant })),
    { kind: "set", items: full },
    { kind: "object", bare: false, entries: full.map((item, i) => [String(i), item]) },
    { kind: "map", entries: full.map((item, i) => [leaf(i), item]) },
  ];
}

function neighboursOfObject(recipe: Recipe & { kind: "object" }, random: Random): Recipe[] {
  const { entries } = recipe;
  const at = Math.floor(random() * entries.length);
  const names = shuffled(entries, random).map(([name]) => name);
  const missing = PROPERTY_NAMES.find((name) => !names.includes(name)) ?? "other";
  const variants: (readonly (readonly [string, Recipe])[])[] = [
    [...entries, [missing, leaf(undefined)]],
    entries.filter((_, i) => i !== at),
    entries.map(([name, item], i) => [name, i === at ? leaf(undefined) : item]),
    entries.map(([name, item], i) => [i === at ? missing : name, item]),
    entries.map(([, item], i) => [names[i]!, item]),
  ];
  return [
    { ...recipe, bare: !recipe.bare },
    ...variants.map((variant): Recipe => ({ ...recipe, entries: variant })),
    { kind: "map", entries: entries.map(([name, item]) => [leaf(name), item]) },
    { kind: "array", items: entries.map(([name, item]) => ({ kind: "array", items: [leaf(name), item] })) },
  ];
}
