/** The key text of a value, which must agree with the hash by which memory finds it. */
import * as key from "../../runtime/key/index.ts";
import { enableObjectHashes } from "../../runtime/key/hash-objects.ts";
import { hashSlots } from "../../runtime/key/hash.ts";

enableObjectHashes();

const textOf = new Map<string, string>();
const hashOf = new Map<string, string>();
const MAX_PAIRS = 200_000;

/**
 * Like the `encode` of the runtime. Throws if the value has a text and no hash, or the other way round, and if any two
 * values share one of both only.
 */
export function encode(value: unknown): string | undefined {
  const text = key.encode(value);
  check(text, [value]);
  check(key.encode([value]), [[value]]);
  check(text && `"x",${text}`, ["x", value]);
  return text;
}

/** Compares the text of some arguments with their hash. */
function check(text: string | undefined, slots: readonly unknown[]): void {
  const hash = hashSlots(slots, false);
  if (text === undefined || hash === undefined) {
    if (text !== hash) throw new Error(`the text is ${text}, and the hash is ${hash}`);
    return;
  }
  if (textOf.size > MAX_PAIRS) {
    textOf.clear();
    hashOf.clear();
  }
  const [knownText, knownHash] = [textOf.get(hash) ?? text, hashOf.get(text) ?? hash];
  if (knownText !== text) throw new Error(`${knownText} and ${text} share a hash`);
  if (knownHash !== hash) throw new Error(`two values with the text ${text} have different hashes`);
  textOf.set(hash, text);
  hashOf.set(text, hash);
}
