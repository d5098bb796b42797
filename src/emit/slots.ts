/**
 * What a look-up is given. Most slots are expressions as they stand; a parameter that is a plain object of
 * primitives is taken apart by a function of its own, which gives up on a value that is not of that shape.
 */
import { isOptional, widthOf } from "../../runtime/shape.ts";
import { method, type Names, RUNTIME } from "./names.ts";
import type { Site } from "../site.ts";

export interface SlotText {
  /** What comes before the look-up: `const $aot_0 = $aot_find_0(query); `. */
  readonly before: string;
  /** `$aot_0 && `: without these there is nothing to look up. */
  readonly condition: string;
  /** `get2(id, locale)`. */
  readonly get: string;
  /** What makes the key of a run. */
  readonly slots: string;
  /** The functions that take objects apart, for the end of the file. */
  readonly functions: string;
}

interface Shaped {
  /** The variable that holds the slots. */
  readonly variable: string;
  readonly fn: string;
  readonly expression: string;
  readonly shape: readonly string[];
}

export function writeSlots(
  site: Site,
  { names, definer, typed }: { names: Names; definer: string; typed: boolean },
): SlotText {
  const { namespace } = names;
  const expressions = site.slots.map((slot) => slot.replace(/^\$aot\./, `${namespace}.`));
  const shaped: Shaped[] = [];
  const taken: string[] = [];
  const spread: string[] = [];
  let next = 0;
  for (const part of site.parts) {
    const { fields, shape } = part;
    const own = expressions.slice(next, (next += fields?.length ?? 1));
    if (!shape) {
      taken.push(...own);
      spread.push(...own);
      continue;
    }
    const variable = `${namespace}_${shaped.length}`;
    shaped.push({ variable, fn: names.free(`${definer}${shaped.length}`), expression: own[0]!, shape });
    taken.push(...Array.from({ length: widthOf(part) }, (_, index) => `${variable}[${index}]`));
    spread.push(`...${variable}`);
  }
  const get =
    taken.length > 3
      ? `${method("get")}([${spread.join(", ")}])`
      : `${method(`get${taken.length as 0 | 1 | 2 | 3}`)}(${taken.join(", ")})`;
  const all = shaped.map(({ variable }) => variable).join(" && ");
  const whole = `${namespace}.${RUNTIME.whole}([${expressions.join(", ")}])`;
  return {
    before: shaped
      .map(({ variable, fn, expression }) => `const ${variable} = ${fn}(${expression}); `)
      .join(""),
    condition: all === "" ? "" : `${all} && `,
    get,
    slots: all === "" ? `[${expressions.join(", ")}]` : `${all} ? [${spread.join(", ")}] : ${whole}`,
    functions: shaped.map((each) => `${takeApart(each, namespace, typed)}\n`).join(""),
  };
}

/**
 * Walks the properties that there are, rather than asking for those that there should be, so that one too many
 * is seen; reads each once; and leaves a getter that throws to whoever reads it next.
 */
function takeApart({ fn, shape }: Shaped, namespace: string, typed: boolean): string {
  const names = shape.map((name) => name.replace("?", ""));
  const required = shape.reduce((bits, name, index) => (isOptional(name) ? bits : bits | (1 << index)), 0);
  const branches = names
    .map((name, index) => `if (k === ${JSON.stringify(name)}) m |= ${1 << index}; else `)
    .join("");
  const values = names.map((name) => `v.${name}`).join(", ");
  const slots = required === (1 << shape.length) - 1 ? values : `m, ${values}`;
  const parameter = typed ? "v: any" : "/** @type {any} */ v";
  const result = typed ? `[${slots}] as const` : `/** @type {const} */ ([${slots}])`;
  return `function ${fn}(${parameter}) { try { if (${namespace}.${RUNTIME.plain}(v)) { let m = 0; for (const k in v) ${branches}return undefined; if ((m & ${required}) === ${required}) return ${result}; } } catch { /* it is taken as a whole */ } return undefined; }`;
}
