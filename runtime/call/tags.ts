/** Tags: entries of any functions and keys that are invalidated together. */
import { keyValues } from "./key-text.ts";
import { isTag, tagParts, type TagPart } from "../contract/tags.ts";
import type { Slots } from "../key/slots.ts";
import type { TagState, Tier } from "../memory/tier.ts";
import { hasReliableTimers } from "../platform/clock.ts";
import { setTimeout } from "../platform/real-timers.ts";
import { shared } from "../platform/shared.ts";
import { weakRef } from "../platform/weak-ref.ts";
import { unref } from "../platform/timer.ts";
import type { CachedFunction } from "./cached-function.ts";
import { features } from "./features.ts";
import { keyReader } from "./key-names.ts";
import type { MemoryStore } from "./memory-store.ts";
import { recordBypass, type Call } from "./slow-path.ts";
import type { Store } from "./store.ts";

/** Enables the option `tags`. */
export function enableTags(): void {
  features.tags ??= { refuses, begin, tagsOf, statesOf };
}

function refuses(call: Call, slots: Slots): boolean {
  if (!call.cachedFn.options.tags) return false;
  const tags = tagsOf(call.cachedFn, slots, call.args);
  if (typeof tags === "string") recordBypass(call, tags);
  else call.tags = tags;
  return typeof tags === "string";
}

function begin(call: Call): void {
  if (call.tags) call.states = statesOf(call.cachedFn.store!, call.tags);
}

/**
 * The tags of one store in memory. Entries and runs hold the state of a tag. To invalidate the tag marks the state, at
 * the same cost for any number of entries, and forgets it, so that later entries get a new one.
 */
export class MemoryTags {
  readonly #states = new Map<string, Pick<WeakRef<TagState>, "deref">>();
  readonly #collected =
    typeof FinalizationRegistry === "undefined"
      ? undefined
      : new FinalizationRegistry((tag: string) => {
          if (!this.#states.get(tag)?.deref()) this.#states.delete(tag);
        });

  stateOf(tag: string): TagState {
    let state = this.#states.get(tag)?.deref();
    if (!state) {
      state = { isInvalid: false };
      this.#states.set(tag, weakRef(state));
      this.#collected?.register(state, tag);
    }
    return state;
  }

  names(): string[] {
    return [...this.#states.keys()];
  }

  /** Returns whether there was anything to invalidate. */
  invalidate(tag: string): boolean {
    const state = this.#states.get(tag)?.deref();
    this.#states.delete(tag);
    if (state) state.isInvalid = true;
    return state !== undefined;
  }
}

const tagsByStore = /* @__PURE__ */ shared("tags", () => new WeakMap<Store, MemoryTags>());

export function statesOf(store: Store, tags: readonly string[]): readonly TagState[] {
  let ofStore = tagsByStore.get(store);
  if (!ofStore) tagsByStore.set(store, (ofStore = new MemoryTags()));
  return tags.map((tag) => ofStore.stateOf(tag));
}

/** The tags of entries and runs of a store that this process knows. */
export const knownTags = (store: Store): string[] => tagsByStore.get(store)?.names() ?? [];

/** Makes all entries of a store in memory that have one of the tags misses. Their values are freed in the background. */
export function invalidateInMemory(store: MemoryStore, tags: readonly string[]): void {
  const ofStore = tagsByStore.get(store);
  if (!ofStore || tags.filter((tag) => ofStore.invalidate(tag)).length === 0) return;
  for (const { tier } of store.budget.accounts) if (tier.deref()?.tags) sweepOutdated(tier, 0);
}

/** The most entries that are looked at in one turn: the event loop waits for it. */
const MAX_SWEPT_ENTRIES = 10_000;

/** Frees the values of entries whose tags were invalidated, in later turns. Neither the process nor the tier waits. */
function sweepOutdated(ref: Pick<WeakRef<Tier>, "deref">, from: number): void {
  if (!hasReliableTimers) return;
  const timer = setTimeout(() => {
    const tier = ref.deref();
    const end = Math.min(tier?.tags?.length ?? 0, from + MAX_SWEPT_ENTRIES);
    for (let entry = from; entry < end; entry++) tier!.current(entry);
    if (end === from + MAX_SWEPT_ENTRIES) sweepOutdated(ref, end);
  }, 0);
  unref(timer);
}

/** The tags of a call's result, or the reason why it has none and is not stored. */
export function tagsOf(
  cachedFn: CachedFunction,
  slots: Slots,
  args: readonly unknown[],
): readonly string[] | string {
  const { tags } = cachedFn.options;
  let texts: unknown;
  try {
    texts = typeof tags === "function" ? tags(...args) : templatesOf(cachedFn)(keyValues(cachedFn, slots));
  } catch (error) {
    return `its \`tags\` threw: ${error instanceof Error ? error.message : typeof error}`;
  }
  if (!Array.isArray(texts)) return "its `tags` returned no array";
  if (texts.every(isTag)) return [...new Set(texts)];
  return texts.every((tag) => typeof tag === "string")
    ? "a tag has more than 512 bytes"
    : "its `tags` returned a value that is no text";
}

/** Makes the tags of a call from the values of its key. */
type Templates = (values: readonly unknown[]) => readonly string[];

/** The templates of functions, with the option that they were read from. */
const templates = /* @__PURE__ */ new WeakMap<
  CachedFunction,
  { readonly tags: unknown; readonly fill: Templates }
>();

/**
 * The tags of a function that are texts with paths in braces. They are read once.
 *
 * @throws {CacheError} `option-value` for a path that is not part of the key.
 */
export function templatesOf(cachedFn: CachedFunction): Templates {
  const tags = cachedFn.options.tags as readonly string[];
  const known = templates.get(cachedFn.root);
  if (known?.tags === tags) return known.fill;
  const makers = tags.map((tag) =>
    tagParts(tag).map((part) => {
      if (typeof part === "string") return () => part;
      const { read } = keyReader(cachedFn, part.path.join("."));
      return (values: readonly unknown[]) => textOf(part, read(values));
    }),
  );
  const fill: Templates = (values) => makers.map((parts) => parts.map((make) => make(values)).join(""));
  templates.set(cachedFn.root, { tags, fill });
  return fill;
}

function textOf({ path }: Exclude<TagPart, string>, value: unknown): string {
  if (/^(?:string|number|boolean|bigint)$/.test(typeof value)) return String(value);
  throw new TypeError(`\`${path.join(".")}\` is no text, number or boolean`);
}
