type AnyFunction = (...args: never[]) => unknown;

const textOf = (fn: AnyFunction): string => Function.prototype.toString.call(fn);

const SINGLE = /^(?:async\s+)?([\p{ID_Start}$_][\p{ID_Continue}$]*)\s*=>/u;

/**
 * The names of a function's parameters, read from its text; `""` for one that is destructured.
 *
 * For `key` and `ignore` without the compiler, which name parameters. A minifier renames them: a name that is
 * not found is an error where it is used.
 */
export function parameterNames(fn: AnyFunction): string[] {
  const text = textOf(fn);
  const single = SINGLE.exec(text);
  if (single) return [single[1]!];
  return split(text.slice(text.indexOf("(") + 1)).parameters.map(
    (parameter) => /^(?:\.\.\.)?\s*([\p{ID_Start}$_][\p{ID_Continue}$]*)/u.exec(parameter)?.[1] ?? "",
  );
}

/**
 * Tells whether the receiver of a call may make a difference. It makes none to an arrow function, nor where
 * the text has no `this`: then the object that a function was put into must not split its entries.
 */
export function readsReceiver(fn: AnyFunction): boolean {
  const text = textOf(fn);
  return /\b(?:this|super|eval)\b|\[native code\]/.test(text) && !isArrow(text);
}

function isArrow(text: string): boolean {
  if (text.startsWith("(") || SINGLE.test(text)) return true;
  // A method can be called `async`, too: what stands behind the list tells.
  const list = /^async\s*\(/.exec(text)?.[0].length;
  return list !== undefined && /^\s*=>/.test(text.slice(list + split(text.slice(list)).end));
}

// Comments, texts, regular expressions (where a value is expected), brackets, commas.
const TOKENS =
  /\/\*[^]*?\*\/|\/\/.*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`|(?<=[=(,:?[!&|>]\s*)\/(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\[])+\/|[()[\]{},]/g;

/** Splits a parameter list at its commas, up to the parenthesis that closes it; `end` is behind that. */
function split(list: string): { readonly parameters: string[]; readonly end: number } {
  const parameters: string[] = [];
  let depth = 0;
  let start = 0;
  for (const { 0: token, index } of list.matchAll(TOKENS)) {
    if ("([{".includes(token)) depth++;
    else if (depth === 0 && (token === "," || token === ")")) {
      parameters.push(list.slice(start, index));
      start = index + 1;
      if (token === ")") break;
    } else if (")]}".includes(token)) depth--;
  }
  const names = parameters.map((parameter) => parameter.replace(/\/\*[^]*?\*\/|\/\/.*/g, "").trim());
  return { parameters: names.filter((text) => text !== ""), end: start };
}
