/** Writes the expressions that make up a key: the slots, and the functions that read the shapes of objects. */
import { isByIdentity, isOptional, widthOf } from "../../runtime/contract/spec.ts";
import type { Site } from "../site.ts";
import { method, type EmittedNames, RUNTIME } from "./names.ts";

export interface SlotText {
  /** Statements before the lookup: `const $aot_0 = $aot_find_0(query); `. */
  readonly before: string;
  /** The condition for the lookup: `$aot_0 && `. Without these values there is no key to look up. */
  readonly condition: string;
  /** Writes the lookup in a `CachedFunction`: `$aot_getUser.get2(id, locale)`. */
  readonly lookup: (cachedFunction: string) => string;
  /** The array of slots that a miss makes its key from. */
  readonly slots: string;
  /** The functions that read shapes, for the end of the file. */
  readonly functions: string;
}

/** A part of the key that is a plain object, with one slot for each property. */
interface ShapedPart {
  /** The variable that holds the slots. */
  readonly variable: string;
  /** The function that reads the shape. */
  readonly fn: string;
  /** The variable of the buffer that the properties are copied to. */
  readonly buffer: string;
  /** The expression of the object. */
  readonly expression: string;
  readonly shape: readonly string[];
  /** The function returns a new array instead of the buffer. */
  readonly isList: boolean;
}

/** A variable, which can be read without running code of the program. A property or a call may run some. */
const VARIABLE = /^[\p{ID_Continue}$]+$/u;

/** Writes the slots of a site. */
export function writeSlots(
  site: Site,
  { names, definer, typed }: { names: EmittedNames; definer: string; typed: boolean },
): SlotText {
  const { namespace } = names;
  const read = site.slots.map((slot) => slot.replace(/\$aot\.(?=(?:blanked|without)\()/g, `${namespace}.`));
  const { expressions, statements } = guarded(read, site.unsafeSlots, namespace, typed);
  const shaped: ShapedPart[] = [];
  const flat: string[] = [];
  const spread: string[] = [];
  // Code that runs between the reads may call the function again, which would overwrite the buffer.
  const mayReenter = !expressions.every((expression) => VARIABLE.test(expression));
  let next = 0;
  for (const part of site.parts) {
    const { fields, shape } = part;
    const slots = expressions.slice(next, (next += fields?.length ?? 1));
    if (!shape) {
      flat.push(...slots);
      spread.push(...slots);
      continue;
    }
    const variable = `${namespace}_${shaped.length}`;
    const fn = names.reserve(`${definer}${shaped.length}`);
    const isList = mayReenter || shape.some(isOptional);
    shaped.push({ variable, fn, buffer: names.reserve(`${fn}s`), expression: slots[0]!, shape, isList });
    if (isList) {
      flat.push(...Array.from({ length: widthOf(part) }, (_, index) => `${variable}[${index}]`));
      spread.push(`...${variable}`);
    } else {
      flat.push(...shape.map((name) => `${variable}.${name}`));
      spread.push(...shape.map((name) => `${variable}.${name}`));
    }
  }
  const lookup = identityLookup(site, flat, namespace);
  const get =
    flat.length > 3
      ? `${method("get")}([${spread.join(", ")}])`
      : `${method(`get${flat.length as 0 | 1 | 2 | 3}`)}(${flat.join(", ")})`;
  const condition = shaped.map(({ variable }) => variable).join(" && ");
  const unshaped = `${namespace}.${RUNTIME.unshaped}([${expressions.join(", ")}])`;
  return {
    before: [
      statements,
      ...shaped.map(({ variable, fn, expression }) => `const ${variable} = ${fn}(${expression}); `),
    ].join(""),
    condition: condition === "" ? "" : `${condition} && `,
    lookup: lookup ?? ((cachedFunction) => `${cachedFunction}.${get}`),
    slots:
      condition === ""
        ? `[${expressions.join(", ")}]`
        : `${condition} ? [${spread.join(", ")}] : ${unshaped}`,
    functions: shaped.map((each) => `${shapeReader(each, namespace, typed)}\n`).join(""),
  };
}

/** Writes the lookup of a function with the option `identity`; `undefined` for others. */
function identityLookup(
  { parts }: Site,
  slots: readonly string[],
  namespace: string,
): SlotText["lookup"] | undefined {
  const isIdentity = parts.flatMap((part) =>
    (part.fields ?? [part.name]).map((field) => isByIdentity(part, field)),
  );
  if (!isIdentity.includes(true)) return undefined;
  const isFirst = isIdentity[0] && !isIdentity.includes(true, 1);
  const [fn, args] =
    slots.length === 1
      ? [RUNTIME.identityHit1, slots]
      : slots.length === 2 && isFirst
        ? [RUNTIME.identityHit2, slots]
        : [RUNTIME.identityHit, [`[${slots.join(", ")}]`]];
  return (cachedFunction) => `${namespace}.${fn}(${[cachedFunction, ...args].join(", ")})`;
}

/**
 * Writes statements that read the slots whose expression may throw. After an error the call has no key, so the body
 * runs and reads for itself what it needs.
 */
function guarded(
  slots: readonly string[],
  unsafe: readonly number[],
  namespace: string,
  typed: boolean,
): { readonly expressions: readonly string[]; readonly statements: string } {
  if (unsafe.length === 0) return { expressions: slots, statements: "" };
  // Behind the `_` of all other names come those of functions.
  const variable = (index: number): string => `${namespace}$${index}`;
  const unreadable = `${namespace}.${RUNTIME.unreadable}`;
  const declared = unsafe
    .map(
      (index) =>
        `${typed ? "" : "/** @type {any} */ "}${variable(index)}${typed ? ": any" : ""} = ${unreadable}`,
    )
    .join(", ");
  const reads = unsafe.map((index) => `${variable(index)} = ${slots[index]!};`).join(" ");
  return {
    expressions: slots.map((slot, index) => (unsafe.includes(index) ? variable(index) : slot)),
    statements: `let ${declared}; try { ${reads} } catch {} `,
  };
}

/**
 * Writes the function that reads a shape. It copies the properties to a reusable buffer and reads each one once. It
 * returns `undefined` for an object with other properties. Otherwise it returns the buffer, whose properties are read
 * before other code runs, or an array of the values. If some properties are optional, the first item of the array
 * has one bit for each property that is present.
 */
function shapeReader({ fn, buffer, shape, isList }: ShapedPart, namespace: string, typed: boolean): string {
  const names = shape.map((name) => name.replace("?", ""));
  const missing = `${namespace}.${RUNTIME.missing}`;
  const newBuffer = `${namespace}.${RUNTIME.shapeBuffer}({ ${names.map((name) => `${name}: ${missing}`).join(", ")} })`;
  const required = names.filter((_, index) => !isOptional(shape[index]!));
  const hasRequired = required.map((name) => ` && s.${name} !== ${missing}`).join("");
  const bits = names.map(
    (name, index) => `(s.${name} === ${missing} ? ((s.${name} = undefined), 0) : ${1 << index})`,
  );
  const presence = required.length === names.length ? [] : [bits.join(" | ")];
  const list = `[${[...presence, ...names.map((name) => `s.${name}`)].join(", ")}]`;
  const result = !isList ? "s" : typed ? `(${list} as const)` : `/** @type {const} */ (${list})`;
  const any = typed ? ": any" : "";
  const [declared, parameter] = typed
    ? [`var ${buffer}: any;`, "v: any"]
    : [`/** @type {any} */ var ${buffer};`, "/** @type {any} */ v"];
  return `${declared} function ${fn}(${parameter}) { const s${any} = ${namespace}.${RUNTIME.availableBuffer}(${buffer} ??= ${newBuffer}); ${names.map((name) => `s.${name} = `).join("")}${missing}; return ${namespace}.${RUNTIME.readShape}(s, v)${hasRequired} ? ${result} : undefined; }`;
}
