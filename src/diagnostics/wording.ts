/** Parts of sentences that several diagnostics share. */
import type { Details, KeyAdvice, ReceiverAdvice, Through, UnknownPath } from "./details.ts";

const MAX_LISTED_NAMES = 20;

export const resultPath = (path: string | undefined): string => (path ? `\`${path}\`` : "The result");
export const subject = (name: string | undefined): string => (name ? `\`${name}\`` : "The function");
/** Joins names as code; undefined for none, or too many for a sentence. */
export const listed = (names: readonly string[] | undefined): string | undefined =>
  names && names.length > 0 && names.length <= MAX_LISTED_NAMES
    ? names.map((name) => `\`${name}\``).join(", ")
    : undefined;

export function pathHelp(option: string, { path, nearest, known }: UnknownPath): string {
  if (nearest !== undefined) return `Write \`${nearest}\`.`;
  const names = listed(known);
  if (names) return `Write ${known!.length > 1 ? "one of " : ""}${names}, or leave it out.`;
  const owner = path.slice(0, Math.max(0, path.lastIndexOf(".")));
  return owner ? `Write \`${owner}\`.` : `Leave the option out: there is nothing to name in ${option}.`;
}

export const atMostFour = (names: readonly string[]): string =>
  `${names
    .slice(0, 4)
    .map((name) => `\`${name}\``)
    .join(", ")}${names.length > 4 ? ` and ${names.length - 4} more` : ""}`;
/** Joins at most three items: "a", "a and b", "a, b and c", "a, b and 3 more". */
export const joined = (items: readonly (string | number)[]): string => {
  const shown = items.length > 3 ? [...items.slice(0, 2), `${items.length - 2} more`] : items;
  return shown.length > 1 ? `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)!}` : String(shown[0]);
};

/** Writes seconds in the two largest units: "16 hours 40 minutes". */
export function inWords(seconds: number): string {
  const units = [
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
    ["second", 1],
  ] as const;
  let rest = seconds;
  const parts = units.flatMap(([unit, size]) => {
    const amount = Math.floor(rest / size);
    rest %= size;
    return amount === 0 ? [] : [`${amount} ${unit}${amount > 1 ? "s" : ""}`];
  });
  return parts.slice(0, 2).join(" ");
}

/** The offer that reads from the body what matters; undefined if there is none. */
export function bestOffer(
  { key, ignore, called, instead }: KeyAdvice,
  root: string,
  beside?: string,
): string | undefined {
  if (key !== undefined)
    return `Write \`${beside === undefined ? "" : `this=${beside} `}key=${key}\`${instead ? " in place of `ignore`" : ""}, which names what the function reads`;
  if (ignore === undefined) return undefined;
  return called
    ? `Call \`${root}\` where this function is called, or leave it out with \`ignore=${ignore}\`: its calls do not make the result`
    : `Leave it out with \`ignore=${ignore}\`, since the function does not read it`;
}

/** The offers for a receiver, the one that reads from the body what matters first. */
export function receiverOffer(
  verb: string,
  { paths, instance, beside }: ReceiverAdvice = { instance: false },
): string | undefined {
  const more = beside === undefined ? "" : ` ${beside}`;
  const separate = `\`this=instance${more}\` for separate entries for each instance${beside?.startsWith("identity") ? " and each object" : ""}`;
  if (paths === undefined) return instance ? `${verb} ${separate}` : undefined;
  return `${verb} \`this=${paths}${more}\`, which names what the function reads${instance ? `, or ${separate}` : ""}`;
}

/** The offer for a class of a package, and what may follow it. */
export const classOffer = (entry: string | undefined, other: string): string =>
  entry === undefined
    ? other
    : `Name the class in the plugin's option \`classes: ["${entry}"]\` and in \`configure({ classes })\`. Or ${other.charAt(0).toLowerCase()}${other.slice(1)}`;

/** Adds the offer to tell objects apart by `===`, unless the function does not read them. */
export const identityOffer = (
  { identity, beside, advice }: Pick<Details["parameter-unkeyable"], "identity" | "beside" | "advice">,
  other: string,
): string =>
  identity === undefined || advice?.ignore !== undefined
    ? other
    : `${other.slice(0, -1)}, or write \`${beside === undefined ? "" : `this=${beside} `}identity=${identity}\` to keep an entry for each object, in memory, told apart by \`===\`.`;

/** What can be passed in place of a value without a key. */
function replacement(why: string | undefined): string {
  if (why === "a function") return "data, like a name that this function looks up,";
  if (why?.includes("`Promise`")) return "the awaited value";
  return "plain data, as much as the function needs,";
}

export const readIn = (through: string | undefined): string => (through ? `, read by \`${through}\`,` : "");

export const calledBy = ({ names, place }: Through): string =>
  `${names.map((name) => `\`${name}\``).join(" → ")} ${at(place)}`;

/** Returns `on line 12`, or `in src/rows.ts:12`. */
export const at = (place: string): string => `${place.startsWith("line ") ? "on" : "in"} ${place}`;

/** What to write for a parameter without a key. */
export function keyHelp({
  path,
  why,
  own,
  by,
  advice = {},
  receiver,
  beside,
}: Omit<Details["parameter-unkeyable"], "entry" | "identity">): string {
  const [root = path] = path.split(/[.[]/, 1);
  const method = "give its class a method `[cacheKey]()`";
  const narrow = own
    ? method
    : why?.includes("AbortSignal")
      ? "make the signal a parameter of its own, which is left out"
      : `narrow the type of \`${root}\``;
  const offer = bestOffer(advice, root, beside);
  if (offer) return advice.key === undefined ? `${offer}.` : `${offer}, or ${narrow}.`;
  if (by === "key") return `Name other paths in \`key\`, or ${narrow}.`;
  if (by === "this")
    return `${receiverOffer("Write", receiver) ?? "Pass what the function reads of `this` as parameters"}${own ? `, or ${method}` : ""}.`;
  const { reads = [] } = advice;
  const pass = `Let the caller pass ${reads.length > 0 ? joined(reads.map((read) => `\`${read}\``)) : replacement(why)} in place of \`${reads.length > 0 ? root : path}\``;
  if (own) return `${pass}, or ${method}.`;
  return why?.includes("AbortSignal") ? `${pass}, or ${narrow}.` : `${pass}.`;
}
