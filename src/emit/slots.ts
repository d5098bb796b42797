import { isOptional, widthOf } from "../../runtime/contract/spec.ts";
import { method, type EmittedNames, RUNTIME } from "./names.ts";
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
  /** The variable of the object that its properties are copied to. */
  readonly scratch: string;
  readonly expression: string;
  readonly shape: readonly string[];
  /** Given as a list of its own in place of the scratch. */
  readonly isList: boolean;
}

/** What is read without running any code of the program's: a variable. Else it is a property, or a call. */
const VARIABLE = /^[\p{ID_Continue}$]+$/u;

export function writeSlots(
  site: Site,
  { names, definer, typed }: { names: EmittedNames; definer: string; typed: boolean },
): SlotText {
  const { namespace } = names;
  const expressions = site.slots.map((slot) => slot.replace(/^\$aot\./, `${namespace}.`));
  const shaped: Shaped[] = [];
  const taken: string[] = [];
  const spread: string[] = [];
  // What runs between may call the function again, which would put other values into the scratch.
  const isDisturbed = !expressions.every((expression) => VARIABLE.test(expression));
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
    const fn = names.free(`${definer}${shaped.length}`);
    const isList = isDisturbed || shape.some(isOptional);
    shaped.push({ variable, fn, scratch: names.free(`${fn}s`), expression: own[0]!, shape, isList });
    if (isList) {
      taken.push(...Array.from({ length: widthOf(part) }, (_, index) => `${variable}[${index}]`));
      spread.push(`...${variable}`);
    } else {
      taken.push(...shape.map((name) => `${variable}.${name}`));
      spread.push(...shape.map((name) => `${variable}.${name}`));
    }
  }
  const get =
    taken.length > 3
      ? `${method("get")}([${spread.join(", ")}])`
      : `${method(`get${taken.length as 0 | 1 | 2 | 3}`)}(${taken.join(", ")})`;
  const all = shaped.map(({ variable }) => variable).join(" && ");
  const whole = `${namespace}.${RUNTIME.unshaped}([${expressions.join(", ")}])`;
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
 * Copies the properties to an object that is there for it, which gives up on one too many and reads each once. What
 * it gives is that object, whose properties are read before anything else runs; else a list of them, where some may
 * be missing with the bits of those that are there in front.
 */
function takeApart({ fn, scratch, shape, isList }: Shaped, namespace: string, typed: boolean): string {
  const names = shape.map((name) => name.replace("?", ""));
  const none = `${namespace}.${RUNTIME.missing}`;
  const fresh = `${namespace}.${RUNTIME.shapeBuffer}({ ${names.map((name) => `${name}: ${none}`).join(", ")} })`;
  const required = names.filter((_, index) => !isOptional(shape[index]!));
  const isThere = required.map((name) => ` && s.${name} !== ${none}`).join("");
  const bits = names.map(
    (name, index) => `(s.${name} === ${none} ? ((s.${name} = undefined), 0) : ${1 << index})`,
  );
  const present = required.length === names.length ? [] : [bits.join(" | ")];
  const list = `[${[...present, ...names.map((name) => `s.${name}`)].join(", ")}]`;
  const found = !isList ? "s" : typed ? `(${list} as const)` : `/** @type {const} */ (${list})`;
  const any = typed ? ": any" : "";
  const [declared, parameter] = typed
    ? [`var ${scratch}: any;`, "v: any"]
    : [`/** @type {any} */ var ${scratch};`, "/** @type {any} */ v"];
  return `${declared} function ${fn}(${parameter}) { const s${any} = ${namespace}.${RUNTIME.availableBuffer}(${scratch} ??= ${fresh}); ${names.map((name) => `s.${name} = `).join("")}${none}; return ${namespace}.${RUNTIME.readShape}(s, v)${isThere} ? ${found} : undefined; }`;
}
