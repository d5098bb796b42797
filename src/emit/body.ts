/**
 * Writes the inside of a cached function: the lookup, the return of a hit, and the run of its body. The body moves into
 * an inner function that is created only on a miss and takes the variables that it reads as parameters, so that a hit
 * allocates neither a closure nor a context for captured parameters. The body of a recursive sync function stays in its
 * place.
 */
import type MagicString from "magic-string";
import type { FunctionText, InlineBody, InnerParameter, Link, Site } from "../site.ts";
import { type EmittedNames, HIT_RESULT, inlineRun, method, RUNTIME } from "./names.ts";
import type { SiteWriter } from "./site-writer.ts";

/** Writes the lookup and the return of a hit before the body, and what runs the body. */
export function writeBody(out: MagicString, writer: SiteWriter): void {
  const {
    site,
    variable,
    definer,
    names,
    slotText,
    file: { typed },
  } = writer;
  const { text, mode, parts } = site;
  const ofInstance = site.perInstance ? `.${method("of")}(this)` : "";
  const cachedFunction = `(${variable} ?? ${firstUse(site.link, definer, names)})${ofInstance}`;
  if (site.multi || site.one !== undefined) {
    const { open, close } = batchCall(writer, cachedFunction);
    insertBody(out, text, { open: (site.multi ? slotText.before : "") + open, close });
    return;
  }
  const lookup = `${slotText.condition}${slotText.lookup(cachedFunction)}`;
  const declared = text.inline ? anyVariable(names.hit, typed) : `const ${names.hit}`;
  const hit = `${slotText.before}${declared} = ${lookup}; if (${names.hit} !== void 0) return ${asNever(`${names.hit}.${HIT_RESULT[mode]}`, typed)};`;
  // If a shape does not match, the lookup above is skipped and may not have created the `CachedFunction`.
  const created = parts.some(({ shape }) => shape)
    ? cachedFunction
    : `${variable}${typed ? "!" : ""}${ofInstance}`;
  const { open, close } = text.inline
    ? inlineBody(out, writer, created, text.inline)
    : innerFunction(writer, created);
  insertBody(out, text, { open: `${hit} ${open}`, close });
}

/** Inserts what comes before and after the body. */
function insertBody(
  out: MagicString,
  text: FunctionText,
  { open, close }: { readonly open: string; readonly close: string },
): void {
  if (text.expression) {
    out.appendLeft(text.body.start, `{ ${open}`);
    out.prependRight(text.body.end, `${close} }`);
  } else {
    out.appendLeft(text.prologue, ` ${open}{`);
    out.prependRight(text.body.end - 1, `}${close} `);
  }
  if (text.insertReturnType?.open !== undefined) out.appendLeft(text.insertReturnType.open, "(");
  if (text.insertReturnType) out.appendLeft(text.insertReturnType.at, text.insertReturnType.text);
}

const asNever = (value: string, typed: boolean): string =>
  typed ? `${value} as never` : `/** @type {never} */ (${value})`;

/** Writes the inner function that the body moves into. */
function innerFunction(
  { site, slotText, file: { typed } }: SiteWriter,
  cachedFunction: string,
): { readonly open: string; readonly close: string } {
  return {
    open: `${returned(site)}${cachedFunction}.${method("run")}(${innerArgs(site)}, { ${innerHead(site, typed)}`,
    close: ` }${runArguments(site, slotText)});`,
  };
}

// Without `await`, the promise that an async function returns costs additional microtasks.
const returned = ({ text }: Site): string => `return ${text.async ? "await " : ""}`;

const innerArgs = ({ text }: Site): string => `[${text.args.map((each) => innerName(each)).join(", ")}]`;

/** Writes the arguments after the inner function. Trailing ones that equal their defaults are omitted. */
function runArguments(site: Site, slotText: SiteWriter["slotText"]): string {
  const rest = [
    slotText.slots === innerArgs(site) ? NOTHING : slotText.slots,
    isMethod(site) ? "this" : NOTHING,
    site.text.given === undefined ? NOTHING : `[${site.text.given.join(", ")}]`,
  ];
  while (rest.at(-1) === NOTHING) rest.pop();
  return rest.map((part) => `, ${part}`).join("");
}

/** Writes the call of a batch function, or of a single-id function, which has the keys of one. */
function batchCall(
  { site, slotText, names: { namespace }, file: { typed } }: SiteWriter,
  cachedFunction: string,
): { readonly open: string; readonly close: string } {
  const inner = `${innerArgs(site)}, { ${innerHead(site, typed)}`;
  if (site.one === undefined)
    return {
      open: `${returned(site)}${namespace}.${RUNTIME.batch}(${cachedFunction}, ${inner}`,
      close: ` }${runArguments(site, slotText)});`,
    };
  const receiver = site.one.split(".").slice(0, -1).join(".") || NOTHING;
  const given = `[${site.text.given!.join(", ")}]`;
  return {
    open: `${returned(site)}${namespace}.${RUNTIME.one}([${site.one}, ${receiver}, ${given}], ${inner}`,
    close: ` }${isMethod(site) ? ", this" : ""});`,
  };
}

/** `undefined`, which may be the name of a variable. */
const NOTHING = "void 0";

const anyVariable = (name: string, typed: boolean): string =>
  typed ? `let ${name}: any` : `/** @type {any} */ let ${name}`;

/**
 * Writes the start and the end of a run around a body that stays in its place, and what takes its results. The hit
 * and the run share a variable, because each variable makes the stack frame of every level larger.
 */
function inlineBody(
  out: MagicString,
  { site: { text }, names: { namespace, hit, error }, slotText, file: { typed } }: SiteWriter,
  cachedFunction: string,
  { returns, endsInReturn, cleansUp }: InlineBody,
): { readonly open: string; readonly close: string } {
  const isAnnotated = text.returnType !== undefined;
  const run = typed ? `(${hit} as ${namespace}.InlineRun<${text.returnType ?? "any"}>)` : hit;
  // In a generic call, the returned expression keeps the type that its context gives it. An assignment needs less stack.
  const [call, property] = cleansUp ? (["hold", "held"] as const) : (["keep", "result"] as const);
  const [open, close] =
    typed && !isAnnotated ? [`${run}.${inlineRun(call)}(`, ")"] : [`${run}.${inlineRun(property)} = `, ""];
  const nothing = `${open}${NOTHING}${typed ? " as never" : ""}${close}`;
  // An expression body is one `return`, and opens at the same place.
  for (const { span, isList } of text.expression ? [] : returns) {
    if (span.start === span.end) out.appendLeft(span.start, ` ${nothing}`);
    else {
      out.appendLeft(span.start, `${open}${isList ? "(" : ""}`);
      out.prependRight(span.end, `${isList ? ")" : ""}${close}`);
    }
  }
  const given = text.given === undefined ? [] : [`[${text.given.join(", ")}]`];
  const started = `${hit} = ${namespace}.${RUNTIME.inlineRun}(${[cachedFunction, slotText.slots, ...given].join(", ")});`;
  const answered = `if (${hit}.${inlineRun("isAnswered")}) return ${hit}.${inlineRun("answer")};`;
  const caught = `catch (${error}) { return ${hit}.${inlineRun("fail")}(${error}); }${cleansUp ? ` finally { ${hit}.${inlineRun("settle")}(); }` : ""}`;
  return {
    open: `${started} ${answered} try ${text.expression ? `{ return ${open}` : ""}`,
    close: `${text.expression ? `${close}; }` : ""} ${caught}${endsInReturn ? "" : ` return ${hit}.${inlineRun("keep")}(${NOTHING});`}`,
  };
}

/**
 * Writes the expression that gets the `CachedFunction` at the first call. A private method may be called on an object
 * without that method, as in `texts.map(this.#length)`.
 */
function firstUse(link: Link, definer: string, { namespace }: EmittedNames): string {
  if (link.kind !== "none") return `${definer}()`;
  const linked = `${namespace}.${RUNTIME.link}(${link.access}, ${definer})`;
  const [, name] = /^this\.(#.+)$/.exec(link.access) ?? [];
  return name === undefined
    ? linked
    : `(${name} in ${namespace}.${RUNTIME.receiver}(this) ? ${linked} : ${definer}())`;
}

/**
 * Tells whether the inner function is a method, which receives `this` instead of capturing it. If the body reads
 * `super` or the return type contains `this`, only an arrow function is possible.
 */
function isMethod({ text }: Site): boolean {
  return text.receiver === "this" && !text.arrow && !/\bthis\b/.test(text.returnType ?? "");
}

/** A parameter of the inner function, as it is declared and passed. */
const innerName = ({ name, rest }: InnerParameter): string => (rest ? `...${name}` : name);

function innerHead(site: Site, typed: boolean): string {
  const { text } = site;
  const quoted = JSON.stringify(text.name);
  const isIdentifier = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(text.name);
  // As a plain property `__proto__` would set the prototype, and members of `Object` have types of their own.
  const computed = typed ? `[${quoted} as string]` : `[/** @type {string} */ (${quoted})]`;
  const name = text.name in Object.prototype ? computed : isIdentifier ? text.name : quoted;
  const receiver = isMethod(site) && text.receiverType !== undefined ? [`this: ${text.receiverType}`] : [];
  const parameters = text.args.map((each) =>
    typed && each.type !== undefined ? `${innerName(each)}: ${each.type}` : innerName(each),
  );
  const signature = `(${[...receiver, ...parameters].join(", ")})${text.returnType === undefined ? "" : `: ${text.returnType}`}`;
  const async = text.async ? "async " : "";
  return isMethod(site) ? `${async}${name}${signature} ` : `${name}: ${async}${signature} => `;
}
