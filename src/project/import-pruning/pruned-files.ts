/**
 * The files that were pruned from a program. They are still scanned: if they lead to global declarations
 * (`declare global`, a package with ambient types), these must be in the program.
 */
import { ts } from "ts-morph";
import { DECLARATION_FILE } from "../files/file-names.ts";
import { absolute, isInstalled } from "../files/paths.ts";
import { type ImportForm, type ScannedImports, scanImports } from "../files/scan-imports.ts";
import { hashOf } from "../files/trace.ts";

/** Access to files and to module resolution. */
export interface PrunedFilesHost {
  stampOf(path: string): string;
  textOf(path: string): string | undefined;
  resolve(specifier: string, from: string, mode: ts.ResolutionMode): ts.ResolvedModuleFull | undefined;
  /** Returns the resolution mode of the imports of a file. */
  modeOf(path: string, form: ImportForm): ts.ResolutionMode;
  /** Whether the options let imports lead to `.tsx` files. */
  readonly takesTsx: boolean;
  /** Whether imports add JavaScript to a program: that of the project, and that of packages. */
  readonly addsJavaScript: { readonly own: boolean; readonly installed: boolean };
  /** The modules that every source imports implicitly. */
  readonly implicitImports: readonly string[];
}

interface ScannedFile {
  readonly text: string | undefined;
  /** Undefined if the file must be in the program. */
  readonly imports: ScannedImports | undefined;
  readonly stamp: string;
  hash?: string;
  targets?: readonly ImportTarget[];
}

interface ImportTarget {
  readonly path: string;
  readonly resolved: ts.ResolvedModuleFull;
}

const targetOf = (resolved: ts.ResolvedModuleFull): ImportTarget => ({
  path: absolute(resolved.resolvedFileName),
  resolved,
});

export type RequiredFiles = ReadonlyMap<string, ts.ResolvedModuleFull>;

/** The imports of a program. */
export interface ProgramImports {
  /** Returns where the references and imports of a file lead to, in order. Empty if the program does not contain it. */
  importsOf(path: string): readonly ts.ResolvedModuleFull[];
  /** Called for each import of a pruned file. */
  onImport(from: string, to: string): void;
}

/** Extensions of the files that an import adds to a program under any options. */
const ALWAYS_TAKEN: ReadonlySet<string> = new Set(
  [".ts", ".mts", ".cts"].flatMap((extension) => [extension, `.d${extension}`]),
);

const JAVASCRIPT: ReadonlySet<string> = new Set([".js", ".jsx", ".mjs", ".cjs"]);

const RECHECK_INTERVAL_MS = 1000;

/** Scans pruned files, and finds the files that they need in the program. */
export class PrunedFiles {
  readonly #host: PrunedFilesHost;
  readonly #scanned = new Map<string, ScannedFile>();
  /** Files whose change was reported. */
  readonly #reported = new Set<string>();
  /** The file of each part of a package in a version, by its id. */
  readonly #packages = new Map<string, string>();
  /** Files of packages that are installed several times in the same version. TypeScript takes them for one. */
  readonly #duplicates = new Set<string>();
  /** When all stamps were last compared, in milliseconds. */
  #checkedAt = 0;

  constructor(host: PrunedFilesHost) {
    this.#host = host;
  }

  /** Whether the file may be missing from the program. */
  mayPrune(resolved: ts.ResolvedModuleFull): boolean {
    return this.#isUnneeded({ path: absolute(resolved.resolvedFileName), resolved });
  }

  /** Whether the file was found to be a module that may be missing from the program. */
  isScannedModule(path: string): boolean {
    return this.#scanned.get(path)?.imports !== undefined;
  }

  /** The scanned files of packages. */
  get installed(): readonly string[] {
    return [...this.#scanned.keys()].filter(isInstalled);
  }

  /**
   * Returns the files that must be in the program, among these and those that their imports lead to, by path. They are
   * in the order in which TypeScript merges their global declarations: each after what it imports.
   */
  requiredBy(starts: readonly ts.ResolvedModuleFull[], graph: ProgramImports): RequiredFiles {
    const required = new Map<string, ts.ResolvedModuleFull>();
    const seen = new Set<string>();
    // Without recursion: chains of imports are long.
    const stack: (ImportTarget & { readonly isDone?: true })[] = [...starts].reverse().map(targetOf);
    for (let next = stack.pop(); next; next = stack.pop()) {
      const { path, resolved, isDone } = next;
      if (isDone) required.set(path, resolved);
      if (isDone || seen.has(path)) continue;
      seen.add(path);
      const isUnneeded = this.#isUnneeded(next);
      if (!isUnneeded && this.#isAdded(resolved)) stack.push({ path, resolved, isDone: true });
      const targets = isUnneeded ? this.#importTargets(path) : graph.importsOf(path).map(targetOf);
      if (isUnneeded) for (const { path: to } of targets) graph.onImport(path, to);
      for (const target of targets.toReversed()) stack.push(target);
    }
    return required;
  }

  /** Whether the file existed when it was last scanned. */
  has(path: string): boolean {
    return this.#scanned.get(path)?.text !== undefined;
  }

  /**
   * Returns the text of a file as it was when it was scanned.
   *
   * @param stamp undefined for the text of any stamp
   */
  textOf(path: string, stamp?: string): string | undefined {
    const scanned = this.#scanned.get(path);
    return stamp === undefined || scanned?.stamp === stamp ? scanned?.text : undefined;
  }

  hashOf(path: string): string | undefined {
    const scanned = this.#scanned.get(path);
    return scanned?.text === undefined ? undefined : (scanned.hash ??= hashOf(scanned.text));
  }

  /**
   * Scans changed files again. Returns whether any text has changed, and whether any imports have. A build calls this
   * for each file, so unreported changes are checked for only once per {@link RECHECK_INTERVAL_MS}.
   */
  refresh(): { readonly changed: boolean; readonly importsChanged: boolean } {
    let changed = false;
    let importsChanged = false;
    const now = Date.now();
    const isDue = Math.abs(now - this.#checkedAt) >= RECHECK_INTERVAL_MS;
    if (isDue) this.#checkedAt = now;
    for (const path of isDue ? [...this.#scanned.keys()] : this.#reported) {
      // A restart or the watcher reports changes of packages.
      if (isInstalled(path) && !this.#reported.has(path)) continue;
      const scanned = this.#scanned.get(path);
      const stamp = this.#host.stampOf(path);
      if (!scanned || (stamp === scanned.stamp && !this.#reported.has(path))) continue;
      this.#scanned.delete(path);
      const next = this.#scan(path);
      if (next.text === scanned.text) continue;
      changed = true;
      if (JSON.stringify(next.imports) !== JSON.stringify(scanned.imports)) importsChanged = true;
    }
    this.#reported.clear();
    return { changed, importsChanged };
  }

  invalidate(path: string): void {
    if (this.#scanned.has(path)) this.#reported.add(path);
  }

  /** Drops all resolutions, so that imports are resolved again. */
  clearResolutions(): void {
    for (const scanned of this.#scanned.values()) delete scanned.targets;
  }

  #scan(path: string): ScannedFile {
    let scanned = this.#scanned.get(path);
    if (!scanned) {
      const stamp = this.#host.stampOf(path);
      const text = this.#host.textOf(path);
      const scan = isInstalled(path) ? scanPackage : scanImports;
      scanned = { text, stamp, imports: text === undefined ? undefined : scan(text) };
      this.#scanned.set(path, scanned);
    }
    return scanned;
  }

  #isUnneeded({ path, resolved }: ImportTarget): boolean {
    const { extension, isExternalLibraryImport } = resolved;
    const isTaken = ALWAYS_TAKEN.has(extension) || (extension === ts.Extension.Tsx && this.#host.takesTsx);
    if (!isTaken || (isExternalLibraryImport && !DECLARATION_FILE.test(path))) return false;
    return !this.#isDuplicate(path, resolved) && this.#scan(path).imports !== undefined;
  }

  /** Whether an import of a file adds it to a program. That of a package without types does not. */
  #isAdded({ extension, isExternalLibraryImport = false }: ts.ResolvedModuleFull): boolean {
    const { own, installed } = this.#host.addsJavaScript;
    return !JAVASCRIPT.has(extension) || (isExternalLibraryImport ? installed : own);
  }

  #isDuplicate(path: string, { packageId }: ts.ResolvedModuleFull): boolean {
    if (packageId) {
      const id = JSON.stringify(Object.entries(packageId).sort());
      const first = this.#packages.get(id) ?? path;
      this.#packages.set(id, first);
      if (first !== path) for (const each of [first, path]) this.#duplicates.add(each);
    }
    return this.#duplicates.has(path);
  }

  #importTargets(from: string): readonly ImportTarget[] {
    const scanned = this.#scan(from);
    return (scanned.targets ??= scanned.imports ? this.#resolveImports(from, scanned.imports) : []);
  }

  #resolveImports(from: string, { imports, requires, calls }: ScannedImports): readonly ImportTarget[] {
    const isDeclaration = DECLARATION_FILE.test(from);
    const implicit = isDeclaration ? [] : this.#host.implicitImports;
    const resolveAll = (form: ImportForm, specifiers: readonly string[]): readonly ImportTarget[] => {
      const mode = specifiers.length > 0 ? this.#host.modeOf(from, form) : undefined;
      return specifiers.flatMap((specifier) => {
        const resolved = this.#host.resolve(specifier, from, mode);
        return resolved ? { path: absolute(resolved.resolvedFileName), resolved } : [];
      });
    };
    return [
      ...resolveAll("import", [...imports, ...implicit]),
      ...resolveAll("require", requires),
      // In an expression, it resolves as an import of an ES module.
      ...resolveAll("call", isDeclaration ? [] : calls),
    ];
  }
}

/** A file of the project, as if an import resolved to it. */
export const moduleAt = (path: string): ts.ResolvedModuleFull => ({
  resolvedFileName: path,
  extension: ts.Extension.Ts,
  isExternalLibraryImport: false,
  resolvedUsingTsExtension: false,
});

/** Scans a declaration file of a package. Such files quote imports in comments. */
function scanPackage(text: string): ScannedImports | undefined {
  return scanImports(text) && scanImports(withoutComments(text));
}

/** Returns the text without comments. Template literals become empty, except for the code in them. */
function withoutComments(text: string): string {
  const code = text.replace(STRING_OR_COMMENT, (token) => (token.startsWith("/") ? " " : token));
  // The pattern does not read template literals.
  return code.includes("`") ? tokensOf(text).join("\n") : code;
}

const STRING_OR_COMMENT = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\/\*[^]*?\*\/|\/\/[^\n]*/g;

function tokensOf(text: string): readonly string[] {
  const { SyntaxKind } = ts;
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, true, ts.LanguageVariant.Standard, text);
  const tokens: string[] = [];
  /** The number of open braces in each template literal that is open. */
  const braces: number[] = [];
  for (let kind = scanner.scan(); kind !== SyntaxKind.EndOfFileToken; kind = scanner.scan()) {
    if (kind === SyntaxKind.CloseBraceToken && braces.at(-1) === 0) kind = scanner.reScanTemplateToken(false);
    else if (kind === SyntaxKind.CloseBraceToken && braces.length > 0) braces[braces.length - 1]!--;
    else if (kind === SyntaxKind.OpenBraceToken && braces.length > 0) braces[braces.length - 1]!++;
    if (kind === SyntaxKind.TemplateHead) braces.push(0);
    if (kind === SyntaxKind.TemplateTail) braces.pop();
    const isTemplate = kind >= SyntaxKind.FirstTemplateToken && kind <= SyntaxKind.LastTemplateToken;
    tokens.push(isTemplate ? '""' : scanner.getTokenText());
  }
  return tokens;
}

/** Returns the modules that TypeScript imports into every source: its helpers, and the JSX runtime. */
export function implicitImports(options: ts.CompilerOptions): readonly string[] {
  const { importHelpers, jsx, jsxImportSource } = options;
  const isDev = jsx === ts.JsxEmit.ReactJSXDev;
  const hasRuntime = jsx === ts.JsxEmit.ReactJSX || isDev || jsxImportSource !== undefined;
  const runtime = `${jsxImportSource ?? "react"}/${isDev ? "jsx-dev-runtime" : "jsx-runtime"}`;
  return [...(importHelpers ? ["tslib"] : []), ...(hasRuntime ? [runtime] : [])];
}
