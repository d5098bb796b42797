/**
 * Sites become edits on the original text. No line moves: everything inserted stands on a line that was there,
 * or after the last. The function keeps its signature (name, length, hoisting, defaults, types, `this`); its
 * body moves into an inner function that is made on a miss only, and takes what it reads as parameters, so that
 * a hit allocates neither a closure nor a context for captured parameters.
 */
import MagicString, { type SourceMap } from "magic-string";
import type { Site as RuntimeSite } from "../runtime/site.ts";
import type {
  bind,
  bindMember,
  link,
  named,
  options,
  site as define,
  SiteSpec,
} from "../runtime/internal.ts";
import { literal } from "./literal.ts";
import type { FileText, Link, Reference, Site, Span } from "./site.ts";

/** The runtime's names as emitted code uses them: a rename there is a compile error here. */
const RUNTIME = {
  link: "link",
  bind: "bind",
  bindMember: "bindMember",
  named: "named",
  options: "options",
  site: "site",
} satisfies {
  [N in keyof Internal]: N;
};
interface Internal {
  link: typeof link;
  bind: typeof bind;
  bindMember: typeof bindMember;
  named: typeof named;
  options: typeof options;
  site: typeof define;
}
type Method = Extract<keyof RuntimeSite, "get" | "get0" | "get1" | "get2" | "get3" | "run" | "of">;
const method = (name: Method): string => name;

/** The ABI number that emitted code states; see `runtime/link.ts`. */
const ABI_OF_EMITTED_CODE = 1;

/** What became of a file. */
export interface Emitted {
  readonly code: string;
  readonly map: SourceMap;
}

/** Names in emitted code, made so that the file has none of them. */
class Names {
  readonly namespace: string;
  readonly #taken = new Set<string>();

  constructor(text: string) {
    let name = "$aot";
    while (text.includes(name)) name += "_";
    this.namespace = name;
  }

  get hit(): string {
    return `${this.namespace}_hit`;
  }

  /** The variable of a site; its definer has the same name and an underscore. */
  of({ id }: Pick<Site, "id">): string {
    const stem = `${this.namespace}_${id.name.replace(/[^\p{ID_Continue}$]+/gu, "_")}`;
    let name = stem;
    for (let n = 2; this.#taken.has(name); n++) name = `${stem}${n}`;
    this.#taken.add(name);
    return name;
  }
}

/** One site on its way into the text. */
interface Job {
  readonly site: Site;
  readonly variable: string;
  readonly definer: string;
  readonly names: Names;
  readonly typed: boolean;
}

/** Writes the sites of a file into its text. */
export function emit(file: FileText, sites: readonly Site[], references: readonly Reference[] = []): Emitted {
  const out = new MagicString(file.text);
  const names = new Names(file.text);
  const jobs = [...sites]
    .sort((one, other) => one.text.body.start - other.text.body.start)
    .map((site): Job => {
      const variable = names.of(site);
      return { site, variable, definer: `${variable}_`, names, typed: file.typed };
    });
  // What goes away goes first, since taking a range out takes along what was inserted at its ends.
  for (const { span, text } of file.edits) replace(out, span, text);
  for (const job of jobs) writeDecorator(out, job);
  out.appendLeft(file.importAt, importText(file, names));
  // Outer functions first: openings are appended and closings prepended, so that they nest.
  for (const job of jobs) {
    writeLink(out, job);
    writeBody(out, job);
  }
  const named = references.map((reference) => writeReference(out, reference, names, file.typed));
  out.append(`${file.text.endsWith("\n") ? "" : "\n"}${[...jobs.map(definition), ...named].join("")}`);
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

function importText({ moduleSyntax }: FileText, { namespace }: Names): string {
  if (moduleSyntax === "require") return `const ${namespace} = require("aotcache/internal"); `;
  if (moduleSyntax === "import-require") return `import ${namespace} = require("aotcache/internal"); `;
  return `import * as ${namespace} from "aotcache/internal"; `;
}

/** The body: look-up, hit, and the inner function around what was there. */
function writeBody(out: MagicString, { site, variable, definer, names, typed }: Job): void {
  const { text, mode } = site;
  const slots = site.slots.map((slot) => slot.replace(/^\$aot\./, `${names.namespace}.`));
  const first = firstUse(site.link, definer, names);
  const of = site.perInstance ? `.${method("of")}(this)` : "";
  const get =
    slots.length > 3
      ? `${method("get")}([${slots.join(", ")}])`
      : `${method(`get${slots.length as 0 | 1 | 2 | 3}`)}(${slots.join(", ")})`;
  const give = { async: "value", sync: "value", promise: "promise()", either: "give()" }[mode];
  const hit = `const ${names.hit} = (${variable} ?? ${first})${of}.${get}; if (${names.hit} !== undefined) return ${names.hit}.${give}${typed ? " as never" : ""};`;
  const run = `return ${variable}${typed ? "!" : ""}${of}.${method("run")}([${text.args.join(", ")}], { ${innerHead(site)}`;
  const asMethod = isMethod(site);
  const key = slots.join(", ") === text.args.join(", ") ? undefined : `[${slots.join(", ")}]`;
  const rest = [key ?? (asMethod ? "undefined" : undefined), asMethod ? "this" : undefined].filter(
    (part) => part !== undefined,
  );
  const close = ` }${rest.map((part) => `, ${part}`).join("")});`;
  if (text.expression) {
    out.appendLeft(text.body.start, `{ ${hit} ${run}`);
    out.prependRight(text.body.end, `${close} }`);
  } else {
    out.appendLeft(text.prologue, ` ${hit} ${run}{`);
    out.prependRight(text.body.end - 1, `}${close} `);
  }
  if (text.insertReturnType) out.appendLeft(text.insertReturnType.at, text.insertReturnType.text);
}

/** Gets the site at the first call. A private method may be called on what has none: `texts.map(this.#length)`. */
function firstUse(link: Link, definer: string, { namespace }: Names): string {
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

function innerHead(site: Site): string {
  const { text } = site;
  const quoted = JSON.stringify(text.name);
  const isIdentifier = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(text.name);
  // As a plain property `__proto__` would set the prototype.
  const name = text.name === "__proto__" ? `[${quoted}]` : isIdentifier ? text.name : quoted;
  const signature = `(${text.args.join(", ")})${text.returnType === undefined ? "" : `: ${text.returnType}`}`;
  const async = text.async ? "async " : "";
  return isMethod(site) ? `${async}${name}${signature} ` : `${name}: ${async}${signature} => `;
}

/** Ties the function object to its site. */
function writeLink(out: MagicString, job: Job): void {
  const { site, variable, definer, names } = job;
  const { link } = site;
  const call = (access: string): string => `${names.namespace}.${RUNTIME.link}(${access}, ${definer})`;
  const declare = (access: string): string =>
    `var ${variable}${siteType(job)} = /* @__PURE__ */ ${call(access)};`;
  switch (link.kind) {
    case "hoisted": {
      if (link.rename) out.appendLeft(link.rename.at, ` ${link.rename.name}`);
      const access = link.rename
        ? `${names.namespace}.${RUNTIME.bind}(${link.access}, ${definer}, "default")`
        : link.access;
      out.appendLeft(link.at, link.module ? `${declare(access)} ` : ` ${call(access)};`);
      break;
    }
    case "after": {
      const semicolon = out.original[link.at - 1] === ";" ? "" : ";";
      out.appendRight(
        link.at,
        `${semicolon} ${link.module ? declare(link.access) : `${call(link.access)};`}`,
      );
      break;
    }
    case "static":
      if (!site.decorator?.options) out.appendRight(link.at, ` static { ${call(link.access)}; }`);
      break;
    case "wrap": {
      const name = link.name === "" ? "" : `, ${JSON.stringify(link.name)}`;
      out.appendLeft(link.span.start, `${names.namespace}.${RUNTIME.bind}(`);
      out.prependRight(link.span.end, `, ${definer}${name})${link.type ? ` as ${link.type}` : ""}`);
      break;
    }
    case "object":
      out.appendLeft(link.span.start, `${names.namespace}.${RUNTIME.bindMember}(`);
      out.prependRight(link.span.end, `, ${JSON.stringify(link.access)}, ${definer})`);
      break;
    case "none":
  }
}

/** A compiled decorator is gone; options that only the run time knows stay on their lines, in a static block. */
function writeDecorator(out: MagicString, { site, definer, names }: Job): void {
  if (!site.decorator) return;
  const { span, options } = site.decorator;
  if (!options) {
    replace(out, span, " ");
    return;
  }
  const { namespace } = names;
  const open =
    site.link.kind === "static"
      ? `${namespace}.${RUNTIME.link}(${site.link.access}, ${definer}, ${namespace}.${RUNTIME.options}(`
      : `${definer}().configure(${namespace}.${RUNTIME.options}(`;
  replace(out, { start: span.start, end: options.start }, `static { ${open}`);
  replace(out, { start: options.end, end: span.end }, ")); }");
}

/** A function that stands elsewhere is handed to `cached()` with its identity; returns the definition. */
function writeReference(out: MagicString, reference: Reference, names: Names, typed: boolean): string {
  const { id, argument, at } = reference;
  const variable = names.of(reference);
  const { namespace } = names;
  out.appendLeft(argument.start, `${namespace}.${RUNTIME.named}(`);
  out.prependRight(argument.end, `, ${variable})`);
  const type = typed ? `: ${namespace}.SiteSpec` : "";
  const spec: SiteSpec = { id: [id.namespace, id.name, id.version], at, mode: "either", parts: [] };
  return `function ${variable}()${type} { return ${literal(spec)}; }\n`;
}

const siteType = ({ typed, names }: Job): string => (typed ? `: ${names.namespace}.Site | undefined` : "");

/** What stands behind the last line: a function, since it has to work before its own line was reached. */
function definition(job: Job): string {
  const { site, variable, definer, names, typed } = job;
  const { link } = site;
  const declared = (link.kind === "hoisted" || link.kind === "after") && link.module;
  const type = typed ? `: ${names.namespace}.Site` : "";
  const call = `${names.namespace}.${RUNTIME.site}(${ABI_OF_EMITTED_CODE}, ${literal(specOf(site))})`;
  return `${declared ? "" : `var ${variable}${siteType(job)}; `}function ${definer}()${type} { return ${variable} ??= ${call}; }\n`;
}

function specOf(site: Site): SiteSpec {
  const { id, mode, parts, omitted, options } = site;
  return {
    id: [id.namespace, id.name, id.version],
    at: site.at,
    mode,
    parts,
    ...(omitted.length > 0 ? { omitted } : {}),
    ...(Object.keys(options).length > 0 ? { options } : {}),
    ...(site.perInstance ? { perInstance: true } : {}),
  };
}
