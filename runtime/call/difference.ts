import { isSame } from "../key/same.ts";

/** What a property has that one of two objects lacks. */
const MISSING = Symbol("missing");

type Part = readonly [step: string, a: unknown, b: unknown];

/**
 * The path of the first difference of two values, by the rule of `util.isDeepStrictEqual`; `undefined` if they are equal,
 * and empty if the values differ as a whole.
 *
 * @example
 * differenceOf({ user: { roles: ["a", "b"] } }, { user: { roles: ["a", "c"] } }); // "user.roles[1]"
 */
export function differenceOf(a: unknown, b: unknown): string | undefined {
  if (isSame(a, b)) return undefined;
  let path = "";
  let at: Part | undefined = ["", a, b];
  const seen = new Set<unknown>();
  while (at) {
    seen.add(at[1]);
    // A cycle leads back, and not to a difference.
    at = sidesOf(at[1], at[2]).find(([, left, right]) => !seen.has(left) && !isSame(left, right));
    path += at?.[0] ?? "";
  }
  return path.replace(/^\./, "");
}

/** The parts of two values of one kind, side by side. */
function sidesOf(a: unknown, b: unknown): Part[] {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return [];
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return [];
  if (a instanceof Map && b instanceof Map) {
    const entry = (map: Map<unknown, unknown>, key: unknown): unknown =>
      map.has(key) ? map.get(key) : MISSING;
    const keys = new Set([...a.keys(), ...b.keys()].filter((key) => typeof key !== "object"));
    return [...keys].map((key) => [`.get(${shownKey(key)})`, entry(a, key), entry(b, key)]);
  }
  const isList = Array.isArray(a) || ArrayBuffer.isView(a);
  const value = (object: object, name: string): unknown =>
    Object.hasOwn(object, name) ? (object as Record<string, unknown>)[name] : MISSING;
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].map((name) => [stepTo(name, isList), value(a, name), value(b, name)]);
}

function stepTo(name: string, isList: boolean): string {
  if (isList && /^\d+$/.test(name)) return `[${name}]`;
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

const shownKey = (key: unknown): string => (typeof key === "string" ? JSON.stringify(key) : String(key));
