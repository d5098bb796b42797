/**
 * Finds callers that change what cached functions of other files returned to them, once all files of a project are
 * compiled. The texts tell which files may be such callers; only these are parsed.
 */
import { posix } from "node:path";
import type { CalledResult, ResultChange } from "./analyze/changed-results.ts";
import type { Compilation } from "./compilation.ts";
import { type Diagnostic, problem } from "./diagnostics/catalogue.ts";
import { applySettings } from "./diagnostics/filter.ts";
import { inNotation } from "./diagnostics/notation.ts";
import { locate } from "./diagnostics/position.ts";
import type { ResolvedCompilerOptions } from "./options/function.ts";
import { pathFrom } from "./project/files/paths.ts";
import type { Reference, SharedResult, Site, Span } from "./site.ts";

/** A file of a project that was compiled. */
export interface CompiledFile {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
  readonly compilation: Compilation;
}

/** A file that may change what some functions returned to it. */
export interface Caller {
  readonly path: string;
  readonly text: string;
  readonly results: readonly CalledResult[];
}

/** The texts of a project by their paths, which are absolute. */
export type ProjectTexts = ReadonlyMap<string, string>;

export interface SharedFunction {
  readonly file: CompiledFile;
  /** Where it is reported. */
  readonly span: Span;
  readonly form: Site["form"];
  /** Its callers in its own file are reported too. */
  readonly isReference: boolean;
  readonly shared: SharedResult;
  /** The names that it is called by. */
  readonly names: Set<string>;
  /** Names one of which a file mentions that calls the method of a class. Undefined for other functions. */
  readonly owners: Set<string> | undefined;
  /** The names of files that export it as default: an import of them may give it any name. */
  readonly files: Set<string>;
}

/** A file that may call some cached functions. */
export interface FoundCaller {
  readonly called: readonly SharedFunction[];
  readonly caller: Caller;
}

/** Finds the files that may change what functions of other files returned to them. */
export function findCallers(files: readonly CompiledFile[], texts: ProjectTexts): readonly FoundCaller[] {
  const functions = sharedFunctions(files);
  if (functions.length === 0) return [];
  addAliases(functions, texts);
  const changing = changingNames(texts.values());
  return [...texts].flatMap(([path, text]) => {
    const called = (mayChange(text, changing) ? calledIn(text, functions) : []).filter(
      ({ file, isReference }) => isReference || file.path !== path,
    );
    return called.length > 0 ? [{ called, caller: { path, text, results: called.map(resultOf) } }] : [];
  });
}

/**
 * Returns the warnings for each compiled file, by its path.
 *
 * @param changes what each caller changes
 */
export function callerWarnings(
  calls: readonly FoundCaller[],
  changes: readonly (readonly ResultChange[])[],
  { root, options }: { readonly root: string; readonly options: ResolvedCompilerOptions },
): ReadonlyMap<string, readonly Diagnostic[]> {
  const warned = new Set<SharedFunction>();
  const warnings = new Map<string, Diagnostic[]>();
  for (const [index, { called, caller }] of calls.entries()) {
    for (const { result, change, line } of changes[index]!) {
      const fn = called[result]!;
      if (warned.has(fn)) continue;
      warned.add(fn);
      const { file, span, form, shared } = fn;
      const details = { change, place: `${pathFrom(root, caller.path)}:${line}`, copyable: shared.copyable };
      const warning = inNotation(problem("result-shared", span, details), form);
      const added = applySettings([warning], options).map((each) =>
        locate(each, pathFrom(root, file.path), file.text),
      );
      warnings.set(file.path, [...(warnings.get(file.path) ?? []), ...added]);
    }
  }
  return warnings;
}

const resultOf = ({ file, shared, names }: SharedFunction): CalledResult => ({
  path: file.path,
  pos: shared.pos,
  names: [...names],
});

/** Tells whether a file has functions whose callers must not change the result. */
export const hasSharedResults = ({ sites, references }: Compilation): boolean =>
  [...sites, ...references].some(({ sharedResult }) => sharedResult);

function sharedFunctions(files: readonly CompiledFile[]): readonly SharedFunction[] {
  return files.flatMap((file) =>
    [...file.compilation.sites, ...file.compilation.references].flatMap(
      (cached): readonly SharedFunction[] => {
        const { span, sharedResult: shared } = cached;
        if (!shared) return [];
        const [outer, ...inner] = shared.path;
        const isMember = inner.length > 0;
        const place = isReference(cached)
          ? ({ span: cached.argument, form: "call", isReference: true } as const)
          : { span, form: cached.form, isReference: false };
        return [
          {
            file,
            ...place,
            shared,
            names: new Set([shared.path.at(-1)!]),
            owners: isMember ? new Set([outer!, ...holdersOf(outer!, file.text)]) : undefined,
            files: new Set(DEFAULT_EXPORT.test(file.text) ? [stemOf(file.path)] : []),
          },
        ];
      },
    ),
  );
}

const isReference = (cached: Site | Reference): cached is Reference => "argument" in cached;

const DEFAULT_EXPORT = /\bexport\s+default\b|\bas\s+default\b/;
const EXPORTED = /\bexport\s+(?:default\s+)?(?:async\s+)?(?:const|let|var|function|class)\s+([\w$]+)/g;

/** Returns the exports of a text that makes instances of a class: one of them may be an instance. */
const holdersOf = (owner: string, text: string): readonly string[] =>
  new RegExp(String.raw`\bnew\s+${owner.replaceAll("$", String.raw`\$`)}\b`).test(text)
    ? [...text.matchAll(EXPORTED)].map(([, name]) => name!)
    : [];

/** Returns what imports of a file end in: the name of the file, or of its folder. */
function stemOf(path: string): string {
  const [name = ""] = posix.basename(path).split(".");
  return name === "index" ? posix.basename(posix.dirname(path)) : name;
}

const EXPORT_LIST = /\bexport\s*\{([^}]*)\}/g;
const RENAMED = /([\w$]+)\s+as\s+([\w$]+)/g;
const EXPORTED_ALIAS =
  /\bexport\s+(?:const|let|var)\s+([\w$]+)[^=;\n]*=\s*(?:[\w$]+\s*\.\s*)*([\w$]+)\s*[;\n]/g;
const DEFAULT_ALIAS = /\bexport\s+default\s+([\w$]+)\s*[;\n]/g;

interface Alias {
  readonly path: string;
  readonly text: string;
  readonly from: string;
  readonly to: string;
}

/** Adds the names under which functions, and what holds them, are exported again. */
function addAliases(functions: readonly SharedFunction[], texts: ProjectTexts): void {
  const aliases = [...texts].flatMap(([path, text]) => aliasesOf(path, text));
  for (const { file, names, owners, files } of functions) {
    const known = owners ?? names;
    const isKnown = ({ path, text, from }: Alias): boolean =>
      known.has(from) || (from === "default" && path !== file.path && mentions(text, files));
    for (let size = -1; size !== known.size + files.size;) {
      size = known.size + files.size;
      for (const alias of aliases.filter(isKnown))
        if (alias.to === "default") files.add(stemOf(alias.path));
        else known.add(alias.to);
    }
  }
}

function aliasesOf(path: string, text: string): readonly Alias[] {
  if (!text.includes("export")) return [];
  const found: Alias[] = [];
  for (const [, list] of text.matchAll(EXPORT_LIST))
    for (const [, from, to] of list!.matchAll(RENAMED)) found.push({ path, text, from: from!, to: to! });
  for (const [, to, from] of text.matchAll(EXPORTED_ALIAS)) found.push({ path, text, from: from!, to: to! });
  for (const [, from] of text.matchAll(DEFAULT_ALIAS)) found.push({ path, text, from: from!, to: "default" });
  return found;
}

function mentions(text: string, parts: ReadonlySet<string>): boolean {
  for (const part of parts) if (text.includes(part)) return true;
  return false;
}

/** Syntax that may change an object: a method, a function, an assignment to a property, or `delete`. */
const CHANGE =
  /\.(?:add|append|clear|copyWithin|delete|fill|pop|push|reverse|set\w*|shift|sort|splice|unshift|assign|define\w+|deleteProperty)\s*(?:\?\.\s*)?\(|(?:\.\s*[\w$]+|[\]}])!?\s*(?:\?\?|\|\||&&|\*\*|<<|>>>?|[-+*/%&|^])?=(?![=>])|(?:\.\s*[\w$]+|\])!?\s*(?:\+\+|--)|(?:\+\+|--)\s*[\w$]+!?[.[]|\bdelete\s|\(\s*[\w$]+[.[][^()]*\s(?:of|in)\s/;

const METHOD =
  /^[ \t]+(?:(?:public|private|protected|static|override|async)[ \t]+)*([\w$]+)[ \t]*(?:<[^>\n]*>)?\([^;{]{0,400}\{/gm;
const CALLED = /([\w$]+)\s*\(|\(\s*(?:[\w$]+\s*\.\s*)*([\w$]+)\s*[,)]/g;

/** Returns the names of functions and methods that may change what they are given. */
function changingNames(texts: Iterable<string>): ReadonlySet<string> {
  const names = new Set<string>();
  for (const text of texts) {
    if (!CHANGE.test(text)) continue;
    for (const pattern of [EXPORTED, METHOD]) for (const [, name] of text.matchAll(pattern)) names.add(name!);
    for (const [, list] of text.matchAll(EXPORT_LIST))
      for (const name of list!.match(WORD) ?? []) names.add(name);
  }
  return names;
}

/** Tells whether a text changes an object, or calls or passes on a function that may. */
function mayChange(text: string, changing: ReadonlySet<string>): boolean {
  if (CHANGE.test(text)) return true;
  for (const [, called, passed] of text.matchAll(CALLED)) if (changing.has((called ?? passed)!)) return true;
  return false;
}

const WORD = /[\w$\u0080-\uffff]+/g;

/** Returns the functions that a text may call. */
function calledIn(text: string, functions: readonly SharedFunction[]): readonly SharedFunction[] {
  const words = new Set(text.match(WORD));
  const has = (names: ReadonlySet<string>): boolean => {
    for (const name of names) if (words.has(name)) return true;
    return false;
  };
  return functions.filter(({ names, owners, files }) =>
    owners ? has(names) && (has(owners) || mentions(text, files)) : has(names) || mentions(text, files),
  );
}
