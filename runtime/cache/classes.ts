import type { ClassCodec } from "../contract/class-codec.ts";
import { CacheError } from "../contract/errors.ts";
import { suggest } from "../contract/suggest.ts";
import { classes } from "../key/classes.ts";
import { percentEncode } from "../key/encode.ts";

const PROPERTY_NAMES: readonly string[] = [
  "class",
  "name",
  "encode",
  "decode",
] satisfies (keyof ClassCodec)[];

/** Their instances have a key of their own, and serializers know them. */
const BUILT_IN =
  /^(?:Object|Array|Function|Date|RegExp|URL|Map|Set|(?:Shared)?ArrayBuffer|DataView|Buffer|\w+\d(?:Clamped)?Array)$/;

/** A checked entry of `classes`. */
interface NamedClass extends Pick<ClassCodec, "encode" | "decode"> {
  readonly name: string;
  readonly prototype: object;
}

/**
 * Checks the option `classes` of `configure()`, and returns what makes them known to keys and serializers.
 *
 * @throws {CacheError} `option-unknown` or `option-value`
 */
export function checkClasses(list: readonly ClassCodec[]): () => void {
  if (!Array.isArray(list)) throw invalid("`classes` is not an array; write [{ class, encode, decode }].");
  const named = list.map((each: ClassCodec, index) => checkClass(each, `\`classes[${index}]\``));
  named.forEach(({ prototype, name }, index) => {
    for (const other of named.slice(0, index)) {
      if (other.prototype === prototype)
        throw invalid(`\`classes\` contains the class ${name} twice; remove one.`);
      if (other.name === name)
        throw invalid(`\`classes\` contains two classes called "${name}"; give one of them a \`name\`.`);
    }
  });
  return () => {
    const known = named.map((each) => ({ ...each, tag: percentEncode(each.name) }));
    classes.byPrototype = new Map(known.map((each) => [each.prototype, each]));
    classes.byTag = new Map(known.map((each) => [each.tag, each]));
  };
}

function checkClass(given: ClassCodec, where: string): NamedClass {
  const fail = (problem: string): never => {
    throw invalid(`${where} ${problem}`);
  };
  if (typeof given !== "object" || (given as unknown) === null)
    return fail("is not an object; write { class, encode, decode }.");
  for (const option of Object.keys(given)) {
    if (PROPERTY_NAMES.includes(option)) continue;
    const nearest = suggest(option, PROPERTY_NAMES);
    const help = nearest ? `write \`${nearest}\`` : `it takes ${PROPERTY_NAMES.join(", ")}`;
    throw new CacheError("option-unknown", `${where} has no option \`${option}\`; ${help}.`);
  }
  const { class: type, encode, decode } = given;
  const prototype: unknown = typeof type === "function" && (type as { prototype?: unknown }).prototype;
  if (typeof prototype !== "object" || prototype === null)
    return fail("has no class; write it as `class`, like { class: Decimal, encode, decode }.");
  const { name = type.name } = given;
  if (typeof name !== "string" || name.trim() === "")
    return fail("has no name; write a string that is not blank as `name`.");
  if (BUILT_IN.test(type.name) && (globalThis as Record<string, unknown>)[type.name] === type)
    return fail(`is ${type.name}, which is built in and needs no entry; remove it.`);
  for (const option of ["encode", "decode"] as const)
    if (typeof given[option] !== "function") return fail(`has no \`${option}\`; write a function.`);
  return { name, prototype, encode, decode };
}

const invalid = (message: string): CacheError => new CacheError("option-value", message);
