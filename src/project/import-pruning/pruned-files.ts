/**
 * The files behind imports that a program leaves out. They are looked at all the same: what does something to
 * all files from there (`declare global`, a package with ambient types) has to be in the program.
 */
import { ts } from "ts-morph";
import { DECLARATION_FILE, TYPESCRIPT_FILE } from "../files/file-names.ts";
import { absolute } from "../files/paths.ts";
import { type ScannedImports, scanImports } from "./scan-imports.ts";
import { hashOf } from "../files/trace.ts";

type Resolved = ts.ResolvedModuleFull;

/** What the files are asked of; a text has a stamp that tells it from its next state. */
export interface PrunedFilesHost {
  stampOf(path: string): string;
  textOf(path: string): string | undefined;
  resolve(specifier: string, from: string, mode: ts.ResolutionMode): Resolved | undefined;
  /** What an import of the file means to the resolution of modules. */
  modeOf(path: string, isRequire: boolean): ts.ResolutionMode;
  /** What all sources import without a word of theirs. */
  readonly jsx: string | undefined;
}

interface ScannedFile {
  readonly text: string | undefined;
  readonly module: ScannedImports | undefined;
  readonly stamp: string;
  hash?: string;
  targets?: readonly Target[];
}

interface Target {
  readonly path: string;
  readonly to: Resolved;
}

/** Milliseconds. */
const RECHECK_MS = 1000;

export class PrunedFiles {
  readonly #host: PrunedFilesHost;
  readonly #scanned = new Map<string, ScannedFile>();
  /** Changed, as somebody says. */
  readonly #reported = new Set<string>();
  #refreshed = 0;

  constructor(host: PrunedFilesHost) {
    this.#host = host;
  }

  /** Tells whether the program can do without the file itself. */
  mayPrune(to: Resolved): boolean {
    return this.#isUnneeded({ path: absolute(to.resolvedFileName), to });
  }

  /** What has to be in the program of what these lead to, by path; `tie` hears of each import. */
  needs(starts: Iterable<Resolved>, tie: (from: string, to: string) => void): ReadonlyMap<string, Resolved> {
    const needs = new Map<string, Resolved>();
    const left = new Set<string>();
    for (const start of starts) left.add(absolute(start.resolvedFileName));
    // A set hands out what is added while it is walked.
    for (const from of left) {
      for (const target of this.#targetsOf(from)) {
        tie(from, target.path);
        if (left.has(target.path) || needs.has(target.path)) continue;
        if (this.#isUnneeded(target)) left.add(target.path);
        else needs.set(target.path, target.to);
      }
    }
    return needs;
  }

  has(path: string): boolean {
    return this.#scanned.has(path);
  }

  /** The text of a file as it was when it was looked at. */
  textOf(path: string): string | undefined {
    return this.#scanned.get(path)?.text;
  }

  hashOf(path: string): string | undefined {
    const look = this.#scanned.get(path);
    return look?.text === undefined ? undefined : (look.hash ??= hashOf(look.text));
  }

  /**
   * Looks again at what changed; tells whether any text is another one, or leads elsewhere. A build asks for one
   * file after the other, so that what is not reported is noticed after a moment.
   */
  refresh(): { readonly changed: boolean; readonly moved: boolean } {
    let changed = false;
    let moved = false;
    const now = Date.now();
    const isDue = Math.abs(now - this.#refreshed) >= RECHECK_MS;
    if (isDue) this.#refreshed = now;
    for (const path of isDue ? [...this.#scanned.keys()] : this.#reported) {
      const look = this.#scanned.get(path);
      const stamp = this.#host.stampOf(path);
      if (!look || (stamp === look.stamp && !this.#reported.has(path))) continue;
      this.#scanned.delete(path);
      const next = this.#scan(path);
      if (next.text === look.text) continue;
      changed = true;
      if (JSON.stringify(next.module) !== JSON.stringify(look.module)) moved = true;
    }
    this.#reported.clear();
    return { changed, moved };
  }

  invalidate(path: string): void {
    if (this.#scanned.has(path)) this.#reported.add(path);
  }

  /** What imports lead to may have changed. */
  resolveAnew(): void {
    for (const look of this.#scanned.values()) delete look.targets;
  }

  #scan(path: string): ScannedFile {
    let look = this.#scanned.get(path);
    if (!look) {
      const stamp = this.#host.stampOf(path);
      const text = this.#host.textOf(path);
      look = { text, stamp, module: text === undefined ? undefined : scanImports(text) };
      this.#scanned.set(path, look);
    }
    return look;
  }

  #isUnneeded({ path, to }: Target): boolean {
    if (to.isExternalLibraryImport || !TYPESCRIPT_FILE.test(path)) return false;
    return this.#scan(path).module !== undefined;
  }

  #targetsOf(from: string): readonly Target[] {
    const look = this.#scan(from);
    return (look.targets ??= look.module ? this.#resolve(from, look.module) : []);
  }

  #resolve(from: string, { imports, requires }: ScannedImports): readonly Target[] {
    const { jsx } = this.#host;
    const all = jsx !== undefined && !DECLARATION_FILE.test(from) ? [...imports, jsx] : imports;
    const resolved = (specifiers: readonly string[], isRequire: boolean): readonly Target[] => {
      const mode = specifiers.length > 0 ? this.#host.modeOf(from, isRequire) : undefined;
      return specifiers.flatMap((specifier) => {
        const to = this.#host.resolve(specifier, from, mode);
        return to ? { path: absolute(to.resolvedFileName), to } : [];
      });
    };
    return [...resolved(all, false), ...resolved(requires, true)];
  }
}

/** What TypeScript imports for JSX into every source. */
export function jsxImport({ jsx, jsxImportSource }: ts.CompilerOptions): string | undefined {
  const isDev = jsx === ts.JsxEmit.ReactJSXDev;
  if (jsx !== ts.JsxEmit.ReactJSX && !isDev && jsxImportSource === undefined) return undefined;
  return `${jsxImportSource ?? "react"}/${isDev ? "jsx-dev-runtime" : "jsx-runtime"}`;
}
