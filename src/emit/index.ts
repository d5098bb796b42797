/**
 * Sites become edits on the original text. No line moves: everything inserted stands on a line that was there,
 * or after the last. The function keeps its signature (name, length, hoisting, defaults, types, `this`); its
 * body moves into an inner function that is made on a miss only, and takes what it reads as parameters, so that
 * a hit allocates neither a closure nor a context for captured parameters.
 */
import MagicString, { type SourceMap } from "magic-string";
import type { ABI } from "../../runtime/internal.ts";
import type { FunctionSpec } from "../../runtime/contract/spec.ts";
import { EmittedNames, HIT_RESULT, method, RUNTIME } from "./names.ts";
import { writeSlots, type SlotText } from "./slots.ts";
import { literal } from "./literal.ts";
import type { FileText, Link, Reference, ScriptText, Site, Span } from "../site.ts";

/** The ABI number that emitted code states; by its type, another one in the runtime is a compile error here. */
const ABI_OF_EMITTED_CODE: typeof ABI = 3;

/** What became of a file. */
export interface Emitted {
  readonly code: string;
  readonly map: SourceMap;
}

/** One site on its way into the text. */
interface Job {
  readonly site: Site;
  readonly variable: string;
  readonly definer: string;
  readonly file: FileText;
  readonly names: EmittedNames;
  readonly taken: SlotText;
  /** Ends of statements that have got the semicolon they lacked. */
  readonly ended: Set<number>;
}

/** Writes the sites of a file into its text. */
export function emit(file: FileText, sites: readonly Site[], references: readonly Reference[] = []): Emitted {
  const out = new MagicString(file.text);
  const names = new EmittedNames(file.text, file.stem);
  const ended = new Set<number>();
  const jobs = [...sites]
    .sort((one, other) => one.text.body.start - other.text.body.start)
    .map((site): Job => {
      const own = names.of(site.id.name);
      const taken = writeSlots(site, { names, definer: own.definer, typed: file.typed });
      return { site, ...own, file, names, taken, ended };
    });
  // What goes away goes first, since taking a range out takes along what was inserted at its ends.
  for (const { span, text } of file.edits) replace(out, span, text);
  for (const job of jobs) writeDecorator(out, job);
  insertAtImport(out, { place: file, ended }, importText(file, names));
  // Outer functions first: openings are appended and closings prepended, so that they nest.
  for (const job of jobs) {
    writeLink(out, job);
    writeBody(out, job);
  }
  const named = references.map((reference) => writeReference(out, reference, names, file.typed));
  writeDefinitions(out, file, [
    ...jobs.map((job) => ({ at: job.site.span.start, text: definition(job) })),
    ...references.map(({ argument }, index) => ({ at: argument.start, text: named[index]! })),
  ]);
  return {
    code: out.toString(),
    map: out.generateMap({ hires: "boundary", source: file.file, includeContent: true }),
  };
}

/** Puts one line in place of a range; the range's own line breaks stay, and what stands behind them with them. */
function replace(out: MagicString, { start, end }: Span, put: string): void {
  let text = put.replace(/[\r\n\u2028\u2029]+/g, "");
  for (const { index, 0: line } of out.original.slice(start, end).matchAll(/[^\r\n\u2028\u2029]+/g)) {
    const at = start + index;
    if (text === "") out.remove(at, at + line.length);
    else out.update(at, at + line.length, text);
    text = "";
  }
}

function importText({ moduleSyntax }: FileText, { namespace }: EmittedNames): string {
  if (moduleSyntax === "require") return `const ${namespace} = require("aotcache/internal");`;
  if (moduleSyntax === "import-require") return `import ${namespace} = require("aotcache/internal");`;
  return `import * as ${namespace} from "aotcache/internal";`;
}

/** Inserts a statement where the import stands: before the first statement, or behind it. */
function insertAtImport(
  out: MagicString,
  { place, ended }: { readonly place: Omit<ScriptText, "end">; readonly ended: Set<number> },
  statement: string,
): void {
  if (place.importBehind) insertBehind(out, place.importAt, ended, statement);
  else out.appendLeft(place.importAt, `${statement} `);
}

/** The script of a component that a place is in: another one does not see what is declared there. */
const scriptAt = ({ scripts }: FileText, at: number): ScriptText | undefined =>
  scripts?.find(({ end }) => at < end);

/** Definitions stand behind the last line; in a component, on the last line of their script. */
function writeDefinitions(
  out: MagicString,
  file: FileText,
  definitions: readonly { readonly at: number; readonly text: string }[],
): void {
  const texts = new Map<ScriptText | undefined, string>();
  for (const { at, text } of definitions) {
    const script = scriptAt(file, at);
    texts.set(script, `${texts.get(script) ?? ""}${text}`);
  }
  for (const [script, text] of texts) {
    const end = script?.end ?? file.text.length;
    const before = /[\r\n\u2028\u2029][^\S\r\n\u2028\u2029]*$/.test(file.text.slice(0, end)) ? "" : "\n";
    if (script) out.appendLeft(end, before + text.trimEnd().replaceAll("\n", " "));
    else out.append(before + text);
  }
}

/** Inserts a statement behind another one, which gets the semicolon that it may lack. */
function insertBehind(out: MagicString, at: number, ended: Set<number>, statement: string): void {
  const semicolon = ended.has(at) || out.original[at - 1] === ";" ? "" : ";";
  ended.add(at);
  out.appendRight(at, `${semicolon} ${statement}`);
}

/** The body: look-up, hit, and the inner function around what was there. */
function writeBody(out: MagicString, { site, variable, definer, names, taken, file: { typed } }: Job): void {
  const { text, mode, parts } = site;
  const ofInstance = site.perInstance ? `.${method("of")}(this)` : "";
  const found = `(${variable} ?? ${firstUse(site.link, definer, names)})${ofInstance}`;
  const result = `${names.hit}.${HIT_RESULT[mode]}`;
  const value = typed ? `${result} as never` : `/** @type {never} */ (${result})`;
  const hit = `${taken.before}const ${names.hit} = ${taken.condition}${found}.${taken.get}; if (${names.hit} !== undefined) return ${value};`;
  // With a shape that does not fit, the look-up above has not made the site.
  const made = parts.some(({ shape }) => shape) ? found : `${variable}${typed ? "!" : ""}${ofInstance}`;
  const args = `[${text.args.join(", ")}]`;
  // Without `await`, what an async function returns is waited for by a job more.
  const run = `return ${text.async ? "await " : ""}${made}.${method("run")}(${args}, { ${innerHead(site, typed)}`;
  // Trailing arguments that say nothing new are left out.
  const rest = [
    taken.slots === args ? "undefined" : taken.slots,
    isMethod(site) ? "this" : "undefined",
    text.given === undefined ? "undefined" : `[${text.given.join(", ")}]`,
  ];
  while (rest.at(-1) === "undefined") rest.pop();
  const close = ` }${rest.map((part) => `, ${part}`).join("")});`;
  if (text.expression) {
    out.appendLeft(text.body.start, `{ ${hit} ${run}`);
    out.prependRight(text.body.end, `${close} }`);
  } else {
    out.appendLeft(text.prologue, ` ${hit} ${run}{`);
    out.prependRight(text.body.end - 1, `}${close} `);
  }
  if (text.insertReturnType?.open !== undefined) out.appendLeft(text.insertReturnType.open, "(");
  if (text.insertReturnType) out.appendLeft(text.insertReturnType.at, text.insertReturnType.text);
}

/** Gets the site at the first call. A private method may be called on what has none: `texts.map(this.#length)`. */
function firstUse(link: Link, definer: string, { namespace }: EmittedNames): string {
  if (link.kind !== "none") return `${definer}()`;
  const linked = `${namespace}.${RUNTIME.link}(${link.access}, ${definer})`;
  const [, name] = /^this\.(#.+)$/.exec(link.access) ?? [];
  return name === undefined ? linked : `(${name} in Object(this) ? ${linked} : ${definer}())`;
}

/**
 * A method that takes `this` keeps it out of a captured context, as parameters are; not where `super` is read
 * or the type says `this`, which only an arrow function can.
 */
function isMethod({ text }: Site): boolean {
  return text.receiver === "this" && !text.arrow && !/\bthis\b/.test(text.returnType ?? "");
}

function innerHead(site: Site, typed: boolean): string {
  const { text } = site;
  const quoted = JSON.stringify(text.name);
  const isIdentifier = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(text.name);
  // As a plain property `__proto__` would set the prototype, and members of `Object` have types of their own.
  const computed = typed ? `[${quoted} as string]` : `[/** @type {string} */ (${quoted})]`;
  const name = text.name in Object.prototype ? computed : isIdentifier ? text.name : quoted;
  const signature = `(${text.args.join(", ")})${text.returnType === undefined ? "" : `: ${text.returnType}`}`;
  const async = text.async ? "async " : "";
  return isMethod(site) ? `${async}${name}${signature} ` : `${name}: ${async}${signature} => `;
}

/** Ties the function object to its site. */
function writeLink(out: MagicString, job: Job): void {
  const { site, definer, names, ended } = job;
  const { link } = site;
  const { namespace } = names;
  const call = (access: string): string => `${namespace}.${RUNTIME.link}(${access}, ${definer})`;
  switch (link.kind) {
    case "hoisted":
      if (!link.module) out.appendLeft(link.at, ` ${call(link.access)};`);
      else
        insertAtImport(
          out,
          { place: scriptAt(job.file, site.span.start) ?? job.file, ended },
          declared(job, call(namedAccess(out, job, link))),
        );
      break;
    case "after":
      insertBehind(
        out,
        link.at,
        ended,
        link.module ? declared(job, lazily(link.access, call(link.access))) : `${call(link.access)};`,
      );
      break;
    case "static":
      out.appendRight(link.at, ` static { ${call(link.access)}; }`);
      break;
    case "wrap": {
      const name = link.name === "" ? "" : `, ${JSON.stringify(link.name)}`;
      out.appendLeft(link.span.start, `${PURE}${namespace}.${RUNTIME.bind}(`);
      out.prependRight(link.span.end, `, ${definer}${name})${link.type ? ` as ${link.type}` : ""}`);
      break;
    }
    case "object":
      out.appendLeft(link.span.start, `${PURE}${namespace}.${RUNTIME.bindMember}(`);
      out.prependRight(link.span.end, `, ${JSON.stringify(link.access)}, ${definer})`);
      break;
    case "none":
  }
}

/** Tells bundlers that a call can go when nobody uses what it gives: the function and its site then go as well. */
const PURE = "/* @__PURE__ */ ";

/** The variable of a site, declared where its function is linked. */
function declared({ variable, names, file }: Job, call: string): string {
  const type = siteType(names, file);
  if (file.typed) return `var ${variable}: ${type} = ${PURE}${call};`;
  return `var ${variable} = /** @type {${type}} */ (${PURE}${call});`;
}

/** Reading a property may run a getter, so a bundler would keep it; a function around it that it may drop helps. */
const lazily = (access: string, call: string): string => (/[.[]/.test(access) ? `(() => ${call})()` : call);

/** What a function declaration is called; one without a name gets one, and keeps the name it had at run time. */
function namedAccess(out: MagicString, { definer, names }: Job, link: Link & { kind: "hoisted" }): string {
  if (!link.rename) return link.access;
  const name = names.unused(link.rename.name);
  out.appendLeft(link.rename.at, ` ${name}`);
  return `${PURE}${names.namespace}.${RUNTIME.bind}(${name}, ${definer}, "default")`;
}

/**
 * A compiled decorator is gone. Options that only the run time knows stay on their lines, in a static block, or
 * in a decorator of their own where another one stands in front, since that needs somebody to lower it anyway.
 */
function writeDecorator(out: MagicString, { site, definer, names, file }: Job): void {
  if (!site.decorator) return;
  const { span, options, behindOther } = site.decorator;
  if (!options) {
    replace(out, span, " ");
    return;
  }
  const { namespace } = names;
  const head = behindOther ? `@((${file.typed ? "..._: unknown[]" : ""}) => {` : "static {";
  replace(
    out,
    { start: span.start, end: options.start },
    `${head} ${definer}().configure(${namespace}.${RUNTIME.options}(${definer}().spec.seen, `,
  );
  replace(out, { start: options.end, end: span.end }, `)); }${behindOther ? ")" : ""}`);
}

/** A function that stands elsewhere is handed to `cached()` with its identity; returns the definition. */
function writeReference(out: MagicString, reference: Reference, names: EmittedNames, typed: boolean): string {
  const { id, argument, at } = reference;
  const { variable } = names.of(reference.id.name);
  const { namespace } = names;
  out.appendLeft(argument.start, `${namespace}.${RUNTIME.named}(`);
  out.prependRight(argument.end, `, ${variable})`);
  const type = typed ? `: ${namespace}.FunctionSpec` : "";
  const spec: FunctionSpec = { id: [id.namespace, id.name, id.version], at, mode: "either", parts: [] };
  return `function ${variable}()${type} { return ${literal(spec)}; }\n`;
}

/** The type of a site's variable. JavaScript has no name for the import's types and no `!` behind a variable. */
const siteType = ({ namespace }: EmittedNames, { typed }: FileText): string =>
  typed ? `${namespace}.CachedFunction | undefined` : 'import("aotcache/internal").CachedFunction';

/** What stands behind the last line: a function, since it has to work before its own line was reached. */
function definition({ site, variable, definer, names, taken, file }: Job): string {
  const { link } = site;
  const isDeclared = (link.kind === "hoisted" || link.kind === "after") && link.module;
  const type = siteType(names, file);
  const variableText = file.typed ? `var ${variable}: ${type}; ` : `/** @type {${type}} */ var ${variable}; `;
  const result = file.typed ? `: ${names.namespace}.CachedFunction` : "";
  const needs = site.needs.map((need) => `, ${names.namespace}.${RUNTIME[need]}`).join("");
  const call = `${names.namespace}.${RUNTIME.define}(${ABI_OF_EMITTED_CODE}, ${literal(specOf(site))}${needs})`;
  return `${isDeclared ? "" : variableText}function ${definer}()${result} { return ${variable} ??= ${call}; }\n${taken.functions}`;
}

function specOf(site: Site): FunctionSpec {
  const { id, mode, parts, omitted, options } = site;
  return {
    id: [id.namespace, id.name, id.version],
    at: site.at,
    mode,
    parts,
    ...(omitted.length > 0 ? { omitted } : {}),
    ...(Object.keys(options).length > 0 ? { options } : {}),
    ...(site.seen ? { seen: site.seen } : {}),
    ...(site.perInstance ? { perInstance: true } : {}),
  };
}
