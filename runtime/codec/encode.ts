/**
 * Builds the JSON form of a value: the same value, made of JSON values (and of bytes for a binary serializer). decode.ts
 * restores the value.
 *
 * A value that JSON does not support becomes an escape, a text or a list that starts with `~` and the name of its kind:
 *
 *     new Date(0)            "~Date:0"
 *     [undefined, 1n, NaN]   ["~undefined:", "~bigint:1", "~number:NaN"]
 *     new Map([["a", 1]])    ["~Map", "a", 1]
 *     new Decimal("1.5")     ["~@Decimal", "1.5"]    a configured class, and what its `encode` returns
 *     "~"                    "~~"
 *
 * Names of properties have no special meaning, so they need no escapes.
 */
import { classes, isCopyOf, type KnownClass, restoreInstance } from "../key/classes.ts";
import { isWellFormed, toBase64 } from "./bytes.ts";
import { fromJsonForm } from "./decode.ts";
import { dateText, hasSymbols, numberName, takeApart } from "./kinds.ts";
import { MAX_VALUE_DEPTH, MAX_VALUE_OBJECTS, UnstorablePart } from "./unstorable.ts";

/** The use of a JSON form: JSON without escapes, JSON text with escapes, or a binary serializer, with escapes. */
export type JsonFormUse = "json" | "text" | "binary";

const { toString, hasOwnProperty } = Object.prototype;
const objectPrototype = Object.prototype;
const arrayPrototype = Array.prototype;

/** `~`, which starts an escape. */
const ESCAPE = 126;

/** Names of properties that change how a packer handles an object, or that it takes for the prototype. */
const SPECIAL_NAMES: ReadonlySet<string> = new Set(["__proto__", "constructor", "toJSON"]);

/**
 * Returns the JSON form of a value, which is the value itself if nothing in it needs an escape. Does not change the
 * value. Throws an {@link UnstorablePart} for a part that would not be equal after decoding, and whatever a getter throws.
 */
export function jsonFormOf(value: unknown, use: JsonFormUse): unknown {
  return new JsonFormBuilder(use).build(value, 0);
}

class JsonFormBuilder {
  readonly #use: JsonFormUse;
  /** The keys that lead to the current value. Those at `depth` and beyond belong to earlier values. */
  readonly #path: (string | number)[] = [];
  #objectsLeft = MAX_VALUE_OBJECTS;
  /** Whether the current value is a part of an instance. */
  #isInInstance = false;

  constructor(use: JsonFormUse) {
    this.#use = use;
  }

  build(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case "string":
        if (value.charCodeAt(0) !== ESCAPE && this.#use !== "binary") return value;
        return this.#buildText(value);
      case "number":
        // Finite, and not -0.
        if (value - value === 0 && (value !== 0 || 1 / value > 0)) return value;
        return this.#escape(`~number:${numberName(value)}`, depth);
      case "boolean":
        return value;
      case "object":
        return value === null ? null : this.#buildObject(value, depth);
      case "undefined":
        return this.#escape("~undefined:", depth);
      case "bigint":
        return this.#escape(`~bigint:${value}`, depth);
      default:
        throw this.#unstorablePart(depth);
    }
  }

  #buildText(value: string): string {
    if (this.#use === "json") return value;
    if (this.#use === "binary" && !isWellFormed(value)) return `~string:${JSON.stringify(value)}`;
    return value.charCodeAt(0) === ESCAPE ? `~${value}` : value;
  }

  #buildObject(value: object, depth: number): unknown {
    if (depth >= MAX_VALUE_DEPTH || --this.#objectsLeft < 0) throw this.#unstorablePart(depth);
    if (Array.isArray(value)) return this.#buildArray(value, depth);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === objectPrototype || prototype === null) {
      // isDeepStrictEqual also compares this tag, which an own `Symbol.toStringTag` can change, and symbols.
      if (toString.call(value) === "[object Object]" && !hasSymbols(value)) {
        if (prototype === null) this.#requireEscapes(depth);
        const form = this.#buildProperties(value as Record<string, unknown>, depth);
        return prototype === null ? ["~null", form] : form;
      }
    }
    const date = this.#use === "json" ? undefined : dateText(value, prototype);
    return date === undefined ? this.#buildOther(value, depth) : `~Date:${date}`;
  }

  /** Copies an object only if a property needs an escape: most values are plain JSON. */
  #buildProperties(value: Record<string, unknown>, depth: number): unknown {
    this.#rejectToJson(value, depth);
    const keys = Object.keys(value);
    let copy: Record<string, unknown> | undefined;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      if (this.#isSpecial(key)) return this.#buildPairs(value, keys, depth);
      this.#path[depth] = key;
      const item = value[key];
      const form =
        typeof item === "string" && item.charCodeAt(0) !== ESCAPE && this.#use !== "binary"
          ? item
          : this.build(item, depth + 1);
      if (copy) copy[key] = form;
      else if (form !== item) {
        copy = {};
        for (let j = 0; j < i; j++) copy[keys[j]!] = value[keys[j]!];
        copy[key] = form;
      }
    }
    return copy ?? value;
  }

  /** Assigning to `__proto__` would set the prototype, and packers read `constructor` and `toJSON` of an object. */
  #isSpecial(key: string): boolean {
    if (this.#use === "text") return key === "__proto__";
    return this.#use === "binary" && (SPECIAL_NAMES.has(key) || !isWellFormed(key));
  }

  #buildPairs(value: Record<string, unknown>, keys: readonly string[], depth: number): unknown {
    const list: unknown[] = ["~Object"];
    for (const key of keys) {
      this.#path[depth] = key;
      list.push(this.build(key, depth + 1), this.build(value[key], depth + 1));
    }
    return list;
  }

  #buildArray(value: readonly unknown[], depth: number): unknown {
    const { length } = value;
    // More keys than items: an additional property. Fewer: a hole. As many: possibly both; the loop finds the hole.
    const isDense = Object.keys(value).length === length;
    const isPlain =
      Object.getPrototypeOf(value) === arrayPrototype && toString.call(value) === "[object Array]";
    if (!isDense || !isPlain || hasSymbols(value)) return this.#buildOther(value, depth);
    this.#rejectToJson(value, depth);
    let copy: unknown[] | undefined;
    for (let i = 0; i < length; i++) {
      const item = value[i];
      if (item === undefined && !hasOwnProperty.call(value, i)) return this.#buildOther(value, depth);
      this.#path[depth] = i;
      const form = this.build(item, depth + 1);
      if (copy) copy.push(form);
      else if (form !== item) {
        copy = value.slice(0, i);
        copy.push(form);
      }
    }
    return copy ?? value;
  }

  #buildOther(value: object, depth: number): unknown {
    const known = classes.byPrototype.get(Object.getPrototypeOf(value));
    if (known) return this.#buildInstance(value, known, depth);
    const parts = takeApart(value);
    if (!parts) throw this.#unstorablePart(depth);
    this.#requireEscapes(depth);
    const { tag, text, bytes, items = [] } = parts;
    if (text !== undefined) return `~${tag}:${text}`;
    if (bytes) return this.#use === "binary" ? [`~${tag}`, bytes] : `~${tag}:${toBase64(bytes)}`;
    const list: unknown[] = [`~${tag}`];
    for (let i = 0; i < items.length; i++) {
      this.#path[depth] = i;
      list.push(this.build(items[i], depth + 1));
    }
    return list;
  }

  #buildInstance(value: object, known: KnownClass, depth: number): unknown {
    this.#requireEscapes(depth);
    const isInInstance = this.#isInInstance;
    this.#isInInstance = true;
    try {
      const encoded = known.encode(value);
      const form = this.build(encoded, depth + 1);
      // The comparison of an instance covers those in it.
      if (!isInInstance && !isCopyOf(known, value, encoded, restoreInstance(known, copyOfForm(form))))
        throw new UnstorablePart(this.#path.slice(0, depth), { isChanged: true });
      return [`~@${known.tag}`, form];
    } catch (error) {
      // The path of the value leads to the instance, not to what `encode` made of it.
      throw error instanceof UnstorablePart && error.path.length > depth
        ? this.#unstorablePart(depth)
        : error;
    } finally {
      this.#isInInstance = isInInstance;
    }
  }

  /** JSON.stringify calls a method `toJSON`, own or inherited, enumerable or not. */
  #rejectToJson(value: object, depth: number): void {
    if (typeof (value as { toJSON?: unknown }).toJSON === "function") {
      if (hasOwnProperty.call(value, "toJSON") && Object.keys(value).includes("toJSON")) return;
      throw this.#unstorablePart(depth);
    }
  }

  #escape(text: string, depth: number): string {
    this.#requireEscapes(depth);
    return text;
  }

  #requireEscapes(depth: number): void {
    if (this.#use === "json") throw this.#unstorablePart(depth);
  }

  #unstorablePart(depth: number): UnstorablePart {
    return new UnstorablePart(this.#path.slice(0, depth), { hasTooManyObjects: this.#objectsLeft < 0 });
  }
}

/** The value of a form that is not changed. */
const copyOfForm = (form: unknown): unknown =>
  fromJsonForm(typeof form === "object" ? structuredClone(form) : form, MAX_VALUE_OBJECTS);
