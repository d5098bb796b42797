type AnyFunction = (...args: never[]) => unknown;

const NAME = /^[\p{ID_Start}$_][\p{ID_Continue}$]*/u;

const sourceOf = (fn: AnyFunction): string => Function.prototype.toString.call(fn);

/** An arrow function with one parameter and no parentheses. */
const SINGLE_PARAMETER = /^(?:async\s+)?([\p{ID_Start}$_][\p{ID_Continue}$]*)\s*=>/u;

/**
 * Returns the names of a function's parameters, read from its source; `""` for a destructured parameter.
 *
 * Used for `key` and `ignore` without the compiler. A minifier renames parameters; `cached()` refuses a name that is not
 * found.
 */
export function parameterNames(fn: AnyFunction): string[] {
  return parametersOf(fn).map(
    (parameter) => /^(?:\.\.\.)?\s*([\p{ID_Start}$_][\p{ID_Continue}$]*)/u.exec(parameter)?.[1] ?? "",
  );
}

/** A name that a destructured parameter binds: the index of the parameter, and the properties that lead to the value. */
export interface BoundProperty {
  readonly at: number;
  readonly path: readonly string[];
}

/** Returns the names that object patterns bind. Defaults are not known, and arrays and `...rest` are left out. */
export function boundProperties(fn: AnyFunction): ReadonlyMap<string, BoundProperty> {
  const found = new Map<string, BoundProperty>();
  const add = (pattern: string, at: number, path: readonly string[]): void => {
    if (!pattern.startsWith("{")) {
      const name = NAME.exec(pattern)?.[0];
      if (name !== undefined && path.length > 0) found.set(name, { at, path });
      return;
    }
    for (const property of split(pattern.slice(1), "}").parameters) {
      const [whole, name = ""] = /^([\p{ID_Start}$_][\p{ID_Continue}$]*)\s*:?\s*/u.exec(property) ?? [""];
      if (name === "") continue;
      add(whole.includes(":") ? property.slice(whole.length) : name, at, [...path, name]);
    }
  };
  for (const [at, parameter] of parametersOf(fn).entries()) add(parameter, at, []);
  return found;
}

/** Returns the index of a function's rest parameter, or -1. */
export const restIndex = (fn: AnyFunction): number =>
  parametersOf(fn).findIndex((parameter) => parameter.startsWith("..."));

function parametersOf(fn: AnyFunction): string[] {
  const text = sourceOf(fn);
  const single = SINGLE_PARAMETER.exec(text);
  return single ? [single[1]!] : split(text.slice(text.indexOf("(") + 1)).parameters;
}

/**
 * Returns whether a function may read its receiver. Arrow functions and functions without `this` in their source do
 * not: the object that holds such a function must not split its entries.
 */
export function readsReceiver(fn: AnyFunction): boolean {
  const text = sourceOf(fn);
  return /\b(?:this|super|eval)\b|\[native code\]/.test(text) && !isArrow(text);
}

function isArrow(text: string): boolean {
  if (text.startsWith("(") || SINGLE_PARAMETER.test(text)) return true;
  // A method can be named `async` too. Only an arrow function has `=>` after its parameters.
  const list = /^async\s*\(/.exec(text)?.[0].length;
  return list !== undefined && /^\s*=>/.test(text.slice(list + split(text.slice(list)).end));
}

/** Comments, strings, regular expressions (only where a value can start), brackets and commas. */
const TOKENS =
  /\/\*[^]*?\*\/|\/\/.*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`|(?<=[=(,:?[!&|>]\s*)\/(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\[])+\/|[()[\]{},]/g;

/** Splits a list at its commas, up to the bracket that closes it; `end` is the index after that. */
function split(list: string, close = ")"): { readonly parameters: string[]; readonly end: number } {
  const parameters: string[] = [];
  let depth = 0;
  let start = 0;
  for (const { 0: token, index } of list.matchAll(TOKENS)) {
    if ("([{".includes(token)) depth++;
    else if (depth === 0 && (token === "," || token === close)) {
      parameters.push(list.slice(start, index));
      start = index + 1;
      if (token === close) break;
    } else if (")]}".includes(token)) depth--;
  }
  const names = parameters.map((parameter) => parameter.replace(/\/\*[^]*?\*\/|\/\/.*/g, "").trim());
  return { parameters: names.filter((text) => text !== ""), end: start };
}
