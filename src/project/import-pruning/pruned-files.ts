/**
 * The files that were pruned from a program. They are still scanned: if they lead to global declarations
 * (`declare global`, a package with ambient types), these must be in the program.
 */
import { ts } from "ts-morph";
import { DECLARATION_FILE, TYPESCRIPT_FILE } from "../files/file-names.ts";
import { absolute } from "../files/paths.ts";
import { type ScannedImports, scanImports } from "../files/scan-imports.ts";
import { hashOf } from "../files/trace.ts";

/** Access to files and to module resolution. */
export interface PrunedFilesHost {
  stampOf(path: string): string;
  textOf(path: string): string | undefined;
  resolve(specifier: string, from: string, mode: ts.ResolutionMode): ts.ResolvedModuleFull | undefined;
  /** Returns the resolution mode of the imports of a file. */
  modeOf(path: string, isRequire: boolean): ts.ResolutionMode;
  /** The module of the JSX runtime, which every source imports implicitly. */
  readonly jsx: string | undefined;
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

const RECHECK_INTERVAL_MS = 1000;

/** Scans pruned files, and finds the files that they need in the program. */
export class PrunedFiles {
  readonly #host: PrunedFilesHost;
  readonly #scanned = new Map<string, ScannedFile>();
  /** Files whose change was reported. */
  readonly #reported = new Set<string>();
  /** When all stamps were last compared, in milliseconds. */
  #checkedAt = 0;

  constructor(host: PrunedFilesHost) {
    this.#host = host;
  }

  /** Whether the file may be missing from the program. */
  mayPrune(resolved: ts.ResolvedModuleFull): boolean {
    return this.#isUnneeded({ path: absolute(resolved.resolvedFileName), resolved });
  }

  /**
   * Returns the files that must be in the program and that the imports of pruned files lead to, by path.
   *
   * @param onImport is called for each import of a pruned file
   */
  requiredBy(
    starts: Iterable<ts.ResolvedModuleFull>,
    onImport: (from: string, to: string) => void,
  ): ReadonlyMap<string, ts.ResolvedModuleFull> {
    const required = new Map<string, ts.ResolvedModuleFull>();
    const pruned = new Set<string>();
    for (const start of starts) pruned.add(absolute(start.resolvedFileName));
    // Iterating over a set also visits the values that the loop adds.
    for (const from of pruned) {
      for (const target of this.#importTargets(from)) {
        onImport(from, target.path);
        if (pruned.has(target.path) || required.has(target.path)) continue;
        if (this.#isUnneeded(target)) pruned.add(target.path);
        else required.set(target.path, target.resolved);
      }
    }
    return required;
  }

  /** Whether the file existed when it was last scanned. */
  has(path: string): boolean {
    return this.#scanned.get(path)?.text !== undefined;
  }

  /** Returns the text of a file as it was when it was scanned. */
  textOf(path: string): string | undefined {
    return this.#scanned.get(path)?.text;
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
      scanned = { text, stamp, imports: text === undefined ? undefined : scanImports(text) };
      this.#scanned.set(path, scanned);
    }
    return scanned;
  }

  #isUnneeded({ path, resolved }: ImportTarget): boolean {
    if (resolved.isExternalLibraryImport || !TYPESCRIPT_FILE.test(path)) return false;
    return this.#scan(path).imports !== undefined;
  }

  #importTargets(from: string): readonly ImportTarget[] {
    const scanned = this.#scan(from);
    return (scanned.targets ??= scanned.imports ? this.#resolveImports(from, scanned.imports) : []);
  }

  #resolveImports(from: string, { imports, requires }: ScannedImports): readonly ImportTarget[] {
    const { jsx } = this.#host;
    const withJsx = jsx !== undefined && !DECLARATION_FILE.test(from) ? [...imports, jsx] : imports;
    const resolveAll = (specifiers: readonly string[], isRequire: boolean): readonly ImportTarget[] => {
      const mode = specifiers.length > 0 ? this.#host.modeOf(from, isRequire) : undefined;
      return specifiers.flatMap((specifier) => {
        const resolved = this.#host.resolve(specifier, from, mode);
        return resolved ? { path: absolute(resolved.resolvedFileName), resolved } : [];
      });
    };
    return [...resolveAll(withJsx, false), ...resolveAll(requires, true)];
  }
}

/** Returns the module of the JSX runtime that TypeScript imports into every source. */
export function jsxRuntime({ jsx, jsxImportSource }: ts.CompilerOptions): string | undefined {
  const isDev = jsx === ts.JsxEmit.ReactJSXDev;
  if (jsx !== ts.JsxEmit.ReactJSX && !isDev && jsxImportSource === undefined) return undefined;
  return `${jsxImportSource ?? "react"}/${isDev ? "jsx-dev-runtime" : "jsx-runtime"}`;
}
