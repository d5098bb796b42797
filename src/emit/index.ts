/**
 * Turns sites into edits of the original text. No line moves: inserted code goes on existing lines or after the last
 * one. The function keeps its signature (name, length, hoisting, defaults, types, `this`).
 */
import MagicString from "magic-string";
import type { FunctionSpec } from "../../runtime/contract/spec.ts";
import type { ABI } from "../../runtime/internal.ts";
import type { SourceMapObject } from "../compilation.ts";
import type { FileText, Invalidator, Link, Reference, ScriptText, Site, Span } from "../site.ts";
import { writeBody } from "./body.ts";
import { writeInvalidator } from "./invalidates.ts";
import { literal } from "./literal.ts";
import { EmittedNames, RUNTIME } from "./names.ts";
import type { SiteWriter } from "./site-writer.ts";
import { writeSlots } from "./slots.ts";
import { sourceMapOf } from "./source-map.ts";

/** The ABI number in emitted code. Its type makes a different number in the runtime a compile error here. */
const ABI_OF_EMITTED_CODE: typeof ABI = 3;

/** The compiled text of a file. */
export interface Emitted {
  readonly code: string;
  readonly map: SourceMapObject;
}

/** Compiles the sites and references of a file. */
export function emit(
  file: FileText,
  sites: readonly Site[],
  references: readonly Reference[] = [],
  invalidators: readonly Invalidator[] = [],
): Emitted {
  const out = new MagicString(file.text);
  const names = new EmittedNames(file.text, file.stem);
  const terminated = new Set<number>();
  const writers = [...sites]
    .sort((one, other) => one.text.body.start - other.text.body.start)
    .map((site): SiteWriter => {
      const { variable, definer } = names.of(site.id.name);
      const slotText = writeSlots(site, { names, definer, typed: file.typed });
      return { site, variable, definer, file, names, slotText, terminated };
    });
  // Removals come first, because removing a range also removes text that was inserted at its ends.
  for (const { span, text } of file.edits) replace(out, span, text);
  for (const writer of writers) writeDecorator(out, writer);
  insertAtImport(out, { place: file, terminated }, importText(file, names));
  writeDefaultVariable(out, writers);
  // Outer functions come first: openings are appended and closings prepended, so that they nest.
  // At a function that is cached, too, the entries of others are removed after each run.
  const inner = [...invalidators].sort((one, other) => one.body.start - other.body.start);
  const writeInvalidators = (end: number): void => {
    while (inner.length > 0 && inner[0]!.body.start < end) writeInvalidator(out, inner.shift()!, names, file);
  };
  for (const writer of writers) {
    writeInvalidators(writer.site.text.body.start);
    writeLink(out, writer);
    writeBody(out, writer);
  }
  writeInvalidators(Infinity);
  const referenceTexts = references.map((reference) => writeReference(out, reference, names, file.typed));
  writeDefinitions(out, file, [
    ...writers.map((writer) => ({ at: writer.site.span.start, text: definition(writer) })),
    ...references.map(({ argument }, index) => ({ at: argument.start, text: referenceTexts[index]! })),
  ]);
  return {
    code: out.toString(),
    map: sourceMapOf(
      out,
      file.file.replace(/^.*\//s, ""),
      new Set(sites.filter(({ text }) => text.expression).map(({ text }) => text.body.end)),
    ),
  };
}

/** Replaces a range by one line. The line breaks in the range stay, so that no following text moves. */
function replace(out: MagicString, { start, end }: Span, replacement: string): void {
  let text = replacement.replace(/[\r\n\u2028\u2029]+/g, "");
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

/** Inserts a statement where the import goes: before the first statement, or after it. */
function insertAtImport(
  out: MagicString,
  { place, terminated }: { readonly place: Omit<ScriptText, "end">; readonly terminated: Set<number> },
  statement: string,
): void {
  if (place.importAfter) insertAfter(out, place.importAt, terminated, statement);
  else out.appendLeft(place.importAt, `${statement} `);
}

/** Returns the script of a component that contains an offset. Scripts do not always see each other's declarations. */
const scriptAt = ({ scripts }: FileText, at: number): ScriptText | undefined =>
  scripts?.find(({ end }) => at < end);

/** Inserts definitions after the last line or, in a component, on the last line of their script. */
function writeDefinitions(
  out: MagicString,
  file: FileText,
  definitions: readonly { readonly at: number; readonly text: string }[],
): void {
  const texts = new Map<ScriptText | undefined, string>();
  for (const { at, text } of definitions) {
    const script = scriptAt(file, at);
    texts.set(script, `${texts.get(script) ?? ""}${script?.hoistsExports ? exported(text) : text}`);
  }
  for (const [script, text] of texts) {
    const end = script?.end ?? file.text.length;
    const before = /[\r\n\u2028\u2029][^\S\r\n\u2028\u2029]*$/.test(file.text.slice(0, end)) ? "" : "\n";
    if (script) out.appendLeft(end, `${before}${text.trimEnd().replaceAll("\n", " ")} `);
    else out.append(before + text);
  }
}

/** Exports definitions, so that a component hoists them out of the function that runs for each instance. */
const exported = (definitions: string): string =>
  definitions.replace(
    /^(var [^;]+; )?(?=function )/gm,
    (variable) => `${variable && "export "}${variable}export `,
  );

/** Inserts a statement after another one, and adds the semicolon that the other one may lack. */
function insertAfter(out: MagicString, at: number, terminated: Set<number>, statement: string): void {
  const semicolon = terminated.has(at) || out.original[at - 1] === ";" ? "" : ";";
  terminated.add(at);
  out.appendRight(at, `${semicolon} ${statement}`);
}

/** The name of a variable that is exported as the default. TypeScript has the same in declarations. */
const defaultVariable = (names: EmittedNames): string => names.unused("_default");

/** Declares an object that is exported as the default by a variable, so that its methods can be linked. */
function writeDefaultVariable(out: MagicString, writers: readonly SiteWriter[]): void {
  const writer = writers.find(({ site: { link } }) => link.kind === "after" && link.exported);
  if (writer?.site.link.kind !== "after") return;
  const { at, exported } = writer.site.link;
  const name = defaultVariable(writer.names);
  replace(out, exported!, `const ${name} = `);
  insertAfter(out, at, writer.terminated, `export default ${name};`);
}

/** Links the function object to its site. */
function writeLink(out: MagicString, writer: SiteWriter): void {
  const { site, definer, names, terminated } = writer;
  const { link } = site;
  const { namespace } = names;
  const call = (access: string): string => `${namespace}.${RUNTIME.link}(${access}, ${definer})`;
  switch (link.kind) {
    case "hoisted":
      // At the place of the import, the statement before may lack its semicolon.
      if (!link.module && link.at !== writer.file.importAt) out.appendLeft(link.at, ` ${call(link.access)};`);
      else
        insertAtImport(
          out,
          { place: scriptAt(writer.file, site.span.start) ?? writer.file, terminated },
          link.module ? declaration(writer, call(namedAccess(out, writer, link))) : `${call(link.access)};`,
        );
      break;
    case "after": {
      const access = link.exported ? defaultVariable(names) + link.access : link.access;
      insertAfter(
        out,
        link.at,
        terminated,
        link.module ? declaration(writer, wrapAccess(access, call(access))) : `${call(access)};`,
      );
      break;
    }
    case "static":
      out.appendRight(link.at, ` static { ${call(link.access)}; }`);
      break;
    case "wrap": {
      const name = link.name === "" ? "" : `, ${JSON.stringify(link.name)}`;
      out.appendLeft(link.span.start, `${PURE}${namespace}.${RUNTIME.bind}${typeArgument(link)}(`);
      out.prependRight(link.span.end, `, ${definer}${name})${link.type ? ` as ${link.type}` : ""}`);
      break;
    }
    case "property":
      // A property named "" does not name the function.
      out.appendLeft(link.span.start, `${namespace}.${RUNTIME.bindMember}({ "": `);
      out.prependRight(link.span.end, ` }, [""], ${definer})[""]`);
      break;
    case "object":
      out.appendLeft(link.span.start, `${PURE}${namespace}.${RUNTIME.bindMember}${typeArgument(link)}(`);
      out.prependRight(link.span.end, `, ${JSON.stringify(link.access)}, ${definer})`);
      break;
    case "none":
  }
}

const typeArgument = ({ context }: { readonly context?: string }): string =>
  context === undefined ? "" : `<${context}>`;

/** Lets bundlers drop a call whose result is unused, and with it the function and its site. */
const PURE = "/* @__PURE__ */ ";

/** Declares the variable of a site where its function is linked. */
function declaration({ site, variable, names, file }: SiteWriter, call: string): string {
  const type = variableType(names, file);
  const prefix = scriptAt(file, site.span.start)?.hoistsExports ? "export " : "";
  if (file.typed) return `${prefix}var ${variable}: ${type} = ${PURE}${call};`;
  return `var ${variable} = /** @type {${type}} */ (${PURE}${call});`;
}

/** Wraps a property access in a function. Bundlers keep an unused access, which may run a getter, but drop the call. */
const wrapAccess = (access: string, call: string): string =>
  /[.[]/.test(access) ? `(() => ${call})()` : call;

/** Returns the expression for a function declaration. One without a name gets one, and `.name` stays `default`. */
function namedAccess(
  out: MagicString,
  { definer, names }: SiteWriter,
  link: Link & { kind: "hoisted" },
): string {
  if (!link.rename) return link.access;
  const name = names.unused(link.rename.name);
  out.appendLeft(link.rename.at, ` ${name}`);
  return `${PURE}${names.namespace}.${RUNTIME.bind}(${name}, ${definer}, "default")`;
}

/**
 * Removes the decorator. Options that are known only at run time stay on their lines, in a static block. If another
 * decorator comes first, they go into a generated decorator, because decorators must be lowered there anyway.
 */
function writeDecorator(out: MagicString, { site, definer, names, file }: SiteWriter): void {
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

/** Adds the id to the function that a reference passes to `cached()`. Returns the definition of the id. */
function writeReference(out: MagicString, reference: Reference, names: EmittedNames, typed: boolean): string {
  const { id, argument, at, isVariable } = reference;
  const { variable } = names.of(reference.id.name);
  const { namespace } = names;
  out.appendLeft(argument.start, `${namespace}.${RUNTIME.named}(`);
  out.prependRight(argument.end, `, ${variable})`);
  const type = typed ? `: ${namespace}.FunctionSpec` : "";
  const spec: FunctionSpec = {
    id: [id.namespace, id.name, id.version],
    at,
    mode: "either",
    parts: [],
    ...(isVariable && { isVariable }),
  };
  return `function ${variable}()${type} { return ${literal(spec)}; }\n`;
}

/** The type of a site's variable. In JavaScript, JSDoc cannot use the import's name, and there is no `!` operator. */
const variableType = ({ namespace }: EmittedNames, { typed }: FileText): string =>
  typed ? `${namespace}.CachedFunction | undefined` : 'import("aotcache/internal").CachedFunction';

/** Writes the definition for the end of the file: a function declaration, which works before its line is reached. */
function definition({ site, variable, definer, names, slotText, file }: SiteWriter): string {
  const { link } = site;
  const isDeclared = (link.kind === "hoisted" || link.kind === "after") && link.module;
  const type = variableType(names, file);
  const variableText = file.typed ? `var ${variable}: ${type}; ` : `/** @type {${type}} */ var ${variable}; `;
  const result = file.typed ? `: ${names.namespace}.CachedFunction` : "";
  const needs = site.needs.map((need) => `, ${names.namespace}.${RUNTIME[need]}`).join("");
  const call =
    site.one === undefined
      ? `${names.namespace}.${RUNTIME.define}(${ABI_OF_EMITTED_CODE}, ${literal(specOf(site))}${needs})`
      : `${names.namespace}.${RUNTIME.batchOf}(() => ${site.one}${needs})`;
  return `${isDeclared ? "" : variableText}function ${definer}()${result} { return ${variable} ??= ${call}; }\n${slotText.functions}`;
}

function specOf(site: Site): FunctionSpec {
  const { id, mode, parts, multi, omitted, options } = site;
  return {
    id: [id.namespace, id.name, id.version],
    at: site.at,
    mode,
    ...(site.mixed ? { mixed: true } : {}),
    parts,
    ...(multi ? { multi } : {}),
    ...(omitted.length > 0 ? { omitted } : {}),
    ...(Object.keys(options).length > 0 ? { options } : {}),
    ...(site.seen ? { seen: site.seen } : {}),
    ...(site.perInstance ? { perInstance: true } : {}),
  };
}
