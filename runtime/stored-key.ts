import type { Limits } from "./driver.ts";

const utf8 = /* @__PURE__ */ new TextEncoder();
/** Bytes that a store with plain keys does not take: white space, control characters, anything beyond ASCII. */

const NOT_PLAIN = /[^\x21-\x7e]/;

/**
 * The name under which a key is stored, within the limits of its store: a long one, or one with characters that
 * the store does not take, keeps its readable head and has the rest replaced by 160 bits of SHA-256.
 *
 * @param scope what always stays: the cache's namespace, by which `clear()` finds its keys
 * @param head what stays if there is room: the function
 * @param rest what a hash may stand for: the arguments
 */
export async function storedKey(
  { scope, head, rest }: { readonly scope: string; readonly head: string; readonly rest: string },
  limits: Limits,
): Promise<string> {
  const whole = scope + head + rest;
  if (fits(whole, limits)) return whole;
  const shortened = `${scope}${head}#${await hash(rest)}`;
  return fits(shortened, limits) ? shortened : `${scope}#${await hash(head + rest)}`;
}

function fits(key: string, { keyBytes, plainKeys }: Limits): boolean {
  // Three bytes a code unit is the most that UTF-8 takes, so most keys are not encoded to be measured.
  if (key.length * 3 > keyBytes && utf8.encode(key).length > keyBytes) return false;
  return !plainKeys || !NOT_PLAIN.test(key);
}

async function hash(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", utf8.encode(text)));
  return Array.from(digest.subarray(0, 20), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
