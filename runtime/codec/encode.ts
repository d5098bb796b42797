/**
 * A value's twin: the same value in what JSON can say (and, for a binary form, bytes); back is codec-revive.ts.
 *
 * What JSON has no word for becomes a text or a list that starts with `~` and the name of its kind:
 *
 *     new Date(0)            "~Date:0"
 *     [undefined, 1n, NaN]   ["~undefined:", "~bigint:1", "~number:NaN"]
 *     new Map([["a", 1]])    ["~Map", "a", 1]
 *     "~"                    "~~"
 *
 * Names of properties are never given a meaning, so no key has to be escaped or can be mistaken.
 */
import { isWellFormed, toBase64 } from "./bytes.ts";
import { dateText, hasSymbols, numberName, takeApart } from "./kinds.ts";
import { MAX_DEPTH, MAX_OBJECTS, UnstorablePart } from "./unstorable.ts";

/** What a twin is made for: JSON as it stands, JSON with marks, or a binary form with marks. */
export type JsonFormUse = "json" | "text" | "binary";

const { toString, hasOwnProperty } = Object.prototype;
const objectPrototype = Object.prototype;
const arrayPrototype = Array.prototype;

/** `~`: marks what stands for something else. */
const MARK = 126;

/** Properties by which a packer tells what an object is, and one that it takes for the prototype. */
const TELLING: ReadonlySet<string> = new Set(["__proto__", "constructor", "toJSON"]);

/**
 * Returns the twin of a value: the value itself, where nothing in it needs one. Changes nothing.
 * Throws a {@link UnstorablePart} on what would not come back equal, and whatever a getter throws.
 */
export function jsonFormOf(value: unknown, use: JsonFormUse): unknown {
  return new JsonFormBuilder(use).take(value, 0);
}

class JsonFormBuilder {
  readonly #use: JsonFormUse;
  /** The keys that lead to the value at hand; those at `depth` and behind are left from before. */
  readonly #path: (string | number)[] = [];
  #objectsLeft = MAX_OBJECTS;

  constructor(use: JsonFormUse) {
    this.#use = use;
  }

  take(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case "string":
        if (value.charCodeAt(0) !== MARK && this.#use !== "binary") return value;
        return this.#takeText(value);
      case "number":
        // Finite, and zero only with a plus.
        if (value - value === 0 && (value !== 0 || 1 / value > 0)) return value;
        return this.#mark(`~number:${numberName(value)}`, depth);
      case "boolean":
        return value;
      case "object":
        return value === null ? null : this.#takeObject(value, depth);
      case "undefined":
        return this.#mark("~undefined:", depth);
      case "bigint":
        return this.#mark(`~bigint:${value}`, depth);
      default:
        throw this.#refusal(depth);
    }
  }

  #takeText(value: string): string {
    if (this.#use === "json") return value;
    if (this.#use === "binary" && !isWellFormed(value)) return `~string:${JSON.stringify(value)}`;
    return value.charCodeAt(0) === MARK ? `~${value}` : value;
  }

  #takeObject(value: object, depth: number): unknown {
    if (depth >= MAX_DEPTH || --this.#objectsLeft < 0) throw this.#refusal(depth);
    if (Array.isArray(value)) return this.#takeArray(value, depth);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === objectPrototype || prototype === null) {
      // What isDeepStrictEqual looks at besides: this text, which an own tag can change, and symbols.
      if (toString.call(value) === "[object Object]" && !hasSymbols(value)) {
        if (prototype === null) this.#mark("", depth);
        const twin = this.#takeProperties(value as Record<string, unknown>, depth);
        return prototype === null ? ["~null", twin] : twin;
      }
    }
    const date = this.#use === "json" ? undefined : dateText(value, prototype);
    return date === undefined ? this.#takeOther(value, depth) : `~Date:${date}`;
  }

  /** Copies an object only when a property has a twin: most values are plain JSON from end to end. */
  #takeProperties(value: Record<string, unknown>, depth: number): unknown {
    this.#refuseToJson(value, depth);
    const keys = Object.keys(value);
    let copy: Record<string, unknown> | undefined;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      if (this.#isTelling(key)) return this.#takePairs(value, keys, depth);
      this.#path[depth] = key;
      const item = value[key];
      const twin =
        typeof item === "string" && item.charCodeAt(0) !== MARK && this.#use !== "binary"
          ? item
          : this.take(item, depth + 1);
      if (copy) copy[key] = twin;
      else if (twin !== item) {
        copy = {};
        for (let j = 0; j < i; j++) copy[keys[j]!] = value[keys[j]!];
        copy[key] = twin;
      }
    }
    return copy ?? value;
  }

  /** A `__proto__` cannot be assigned, and a packer that reads `constructor` would be misled by its own. */
  #isTelling(key: string): boolean {
    if (this.#use === "text") return key === "__proto__";
    return this.#use === "binary" && (TELLING.has(key) || !isWellFormed(key));
  }

  #takePairs(value: Record<string, unknown>, keys: readonly string[], depth: number): unknown {
    const list: unknown[] = ["~Object"];
    for (const key of keys) {
      this.#path[depth] = key;
      list.push(this.take(key, depth + 1), this.take(value[key], depth + 1));
    }
    return list;
  }

  #takeArray(value: readonly unknown[], depth: number): unknown {
    const { length } = value;
    // More keys: a property besides the items. Fewer: a hole; or both, and the loop below meets the hole.
    const isDense = Object.keys(value).length === length;
    const isPlain =
      Object.getPrototypeOf(value) === arrayPrototype && toString.call(value) === "[object Array]";
    if (!isDense || !isPlain || hasSymbols(value)) return this.#takeOther(value, depth);
    this.#refuseToJson(value, depth);
    let copy: unknown[] | undefined;
    for (let i = 0; i < length; i++) {
      const item = value[i];
      if (item === undefined && !hasOwnProperty.call(value, i)) return this.#takeOther(value, depth);
      this.#path[depth] = i;
      const twin = this.take(item, depth + 1);
      if (copy) copy.push(twin);
      else if (twin !== item) {
        copy = value.slice(0, i);
        copy.push(twin);
      }
    }
    return copy ?? value;
  }

  #takeOther(value: object, depth: number): unknown {
    const parts = takeApart(value);
    if (!parts) throw this.#refusal(depth);
    this.#mark("", depth);
    const { tag, text, bytes, items = [] } = parts;
    if (text !== undefined) return `~${tag}:${text}`;
    if (bytes) return this.#use === "binary" ? [`~${tag}`, bytes] : `~${tag}:${toBase64(bytes)}`;
    const twins: unknown[] = [`~${tag}`];
    for (let i = 0; i < items.length; i++) {
      this.#path[depth] = i;
      twins.push(this.take(items[i], depth + 1));
    }
    return twins;
  }

  /** JSON.stringify would ask it, own or inherited, enumerable or not. */
  #refuseToJson(value: object, depth: number): void {
    if (typeof (value as { toJSON?: unknown }).toJSON === "function") {
      if (hasOwnProperty.call(value, "toJSON") && Object.keys(value).includes("toJSON")) return;
      throw this.#refusal(depth);
    }
  }

  #mark(twin: string, depth: number): string {
    if (this.#use === "json") throw this.#refusal(depth);
    return twin;
  }

  #refusal(depth: number): UnstorablePart {
    return new UnstorablePart(this.#path.slice(0, depth), this.#objectsLeft < 0);
  }
}
