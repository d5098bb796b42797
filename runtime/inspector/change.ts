/** What a user of the inspector can change: remove entries, and run functions again. */
import { headOf, keyTextAt } from "../call/key-text.ts";
import { invalidateTags } from "../cache/invalidate-tags.ts";
import { dropFlight } from "../call/slow-path.ts";
import { cacheOf } from "../functions/handle.ts";
import { keyPlaceOfText } from "../memory/trie.ts";
import { entryNumbers, keyAt, withInstances } from "./entries.ts";
import { loadedFunctions, type LoadedFunction } from "./describe.ts";
import { Refusal } from "./refusal.ts";

interface ChangeRequest {
  readonly id?: unknown;
  readonly args?: unknown;
  readonly key?: unknown;
  readonly instance?: unknown;
  readonly tag?: unknown;
}

/** Removes the entry of a call or of a key, all entries of a function, or those with a tag. Tells whether there were any. */
export async function invalidate(change: ChangeRequest): Promise<boolean> {
  const { id, args, key, instance, tag } = change;
  if (tag !== undefined) {
    if (typeof tag !== "string" || id !== undefined)
      throw new Refusal(400, "A tag is a text, and stands alone.");
    await invalidateTags(tag);
    return true;
  }
  const functions = functionsOf(id);
  if (key !== undefined) {
    if (typeof key !== "string") throw new Refusal(400, "A key is a text.");
    const holders = withInstances(functions).filter((each) => each.instance === instance);
    return (await Promise.all(holders.map((each) => dropKey(each, key)))).includes(true);
  }
  if (args !== undefined) {
    const list = argumentsOf(args);
    functions.forEach(checkReceiver);
    const removed = functions.map(async ({ fn }) => cacheOf(fn).invalidate(...(list as never[])));
    return (await Promise.all(removed)).includes(true);
  }
  const had = functions.some(({ cachedFn }) => cachedFn.tier.size > 0 || cachedFn.store?.remote);
  await Promise.all(functions.map(async ({ fn }) => cacheOf(fn).clear()));
  return had;
}

/** Runs a function, and keeps and returns its result. */
export async function refreshCall({ id, args }: ChangeRequest): Promise<unknown> {
  const { fn, cachedFn } = functionsOf(id).at(-1)!;
  const list = argumentsOf(args);
  checkReceiver({ cachedFn });
  return cacheOf(fn).refresh(...(list as never[]));
}

/** The functions of an id. */
export function functionsOf(id: unknown): readonly LoadedFunction[] {
  if (typeof id !== "string")
    throw new Refusal(
      400,
      'Write { "id": "namespace:name@version" }, with "args": […] for one entry, or { "tag": "…" }.',
    );
  const functions = loadedFunctions().get(id);
  if (!functions) throw new Refusal(404, `This process has no function ${id}.`);
  return functions;
}

/** The arguments alone tell no entry of a function whose instances have entries of their own. */
export function checkReceiver({ cachedFn }: Pick<LoadedFunction, "cachedFn">): void {
  if (!cachedFn.spec.perInstance) return;
  throw new Refusal(
    400,
    "Each instance has entries of its own, which arguments alone do not tell; give the `key` and the `instance` of an entry.",
  );
}

export function argumentsOf(args: unknown): readonly unknown[] {
  if (Array.isArray(args)) return args;
  throw new Refusal(400, "The arguments of a call are a list, in `args`.");
}

async function dropKey({ cachedFn }: Pick<LoadedFunction, "cachedFn">, key: string): Promise<boolean> {
  if (!key.startsWith(headOf(cachedFn))) return false;
  cachedFn.bind();
  const { remote } = cachedFn.store!;
  if (remote)
    return remote.invalidate({ cachedFn, place: keyPlaceOfText(key.slice(headOf(cachedFn).length, -1)) });
  for (const flight of cachedFn.flights.all())
    if (keyTextAt(cachedFn, flight) === key) dropFlight(cachedFn, flight);
  for (const entry of entryNumbers(cachedFn)) {
    if (keyAt(cachedFn, entry) !== key) continue;
    dropFlight(cachedFn, cachedFn.tier.placeAt(entry));
    cachedFn.tier.drop(entry);
    return true;
  }
  return false;
}
